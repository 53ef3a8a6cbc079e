import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  anyHostile,
  anyUser,
  CONTRIBUTOR,
  FORMER,
  MANAGER,
  OUTSIDER,
  OWNER,
  READER,
  user,
} from '../testing/arbitraries.ts';
import { LAW_TIMEOUT, runs } from '../testing/runs.ts';
import { LEVELS, roomAuthority, server } from '../testing/world.ts';
import { authorityFrom, EPOCH_KEY, objectLevel } from './authority.ts';
import { mayRedact } from './redaction.ts';
import { lamportCeiling, MAX_EPOCH } from './registers.ts';

vi.setConfig({ testTimeout: LAW_TIMEOUT });

const outsiders = [server('externes.test')];

describe('authority', () => {
  it('[CORE-10] puts the creators of room version 12 above every level, the additional ones too', () => {
    const content = { room_version: '12', additional_creators: [MANAGER, 'nobody', 12, null, '@__proto__:a.test'] };
    const authority = authorityFrom({
      create: { sender: OWNER, content },
      powerLevels: { users: { [OWNER]: 0 } },
      outsiders,
    });
    expect(authority.powerOf(OWNER)).toBe(Number.POSITIVE_INFINITY);
    expect(authority.powerOf(MANAGER)).toBe(Number.POSITIVE_INFINITY);
    expect(authority.powerOf(user('@__proto__:a.test'))).toBe(Number.POSITIVE_INFINITY);
    expect(authority.powerOf(READER)).toBe(0);
  });

  it('[CORE-10] knows no creators before room version 12, nor in a version it does not know', () => {
    for (const version of ['1', '11', '13', 12, undefined, '__proto__']) {
      const create = { sender: OWNER, content: { room_version: version, additional_creators: [OWNER] } };
      expect(authorityFrom({ create, powerLevels: {}, outsiders }).powerOf(OWNER)).toBe(0);
    }
  });

  it('[CORE-10] takes integers only: strings, floats and huge numbers give nobody power and open nothing', () => {
    const users = { [READER]: '100', [MANAGER]: 50.5, [CONTRIBUTOR]: 2 ** 60, [FORMER]: Number.NaN };
    const events = { 'fr.besace.task': '0', 'fr.besace.board': 0.5 };
    const authority = roomAuthority({ users, events, state_default: '0', redact: '0', users_default: '100' }, []);
    for (const someone of [READER, MANAGER, CONTRIBUTOR, FORMER]) expect(authority.powerOf(someone)).toBe(0);
    expect(authority.stateLevel('fr.besace.task')).toBe(100);
    expect(authority.stateLevel('fr.besace.board')).toBe(100);
    expect(authority.stateLevel('fr.besace.other')).toBe(100);
    expect(authority.actionLevel('redact')).toBe(100);
  });

  it('[CORE-10] lets nobody but creators do anything while the power levels are not known', () => {
    for (const unknown of [null, [], 'x', 7]) {
      const authority = roomAuthority(unknown, []);
      expect(authority.everAllowed(READER, 'fr.besace.task', 10)).toBe(false);
      expect(authority.everAllowed(OWNER, 'fr.besace.task', 10)).toBe(true);
      expect(mayRedact(authority, READER, READER)).toBe(false);
    }
  });

  it('[T3] takes names of JavaScript as data', () => {
    const levels = JSON.parse(
      '{"users": {"__proto__": 100, "constructor": 100}, "events": {"__proto__": 0}, "state_default": 50}',
    );
    const authority = roomAuthority(levels, []);
    expect(authority.powerOf(user('@constructor:a.test'))).toBe(0);
    expect(authority.stateLevel('toString')).toBe(50);
    expect(authority.stateLevel('__proto__')).toBe(0);
  });

  it('[CORE-11] gives an outsider what the room says of her by name, else nothing', () => {
    const conversation = { users_default: 10, state_default: 10 };
    expect(roomAuthority(conversation, []).powerOf(OUTSIDER)).toBe(0);
    expect(roomAuthority(conversation, []).powerOf(READER)).toBe(10);
    expect(roomAuthority({ ...conversation, users: { [OUTSIDER]: 10 } }, []).powerOf(OUTSIDER)).toBe(10);
    const own = { sender: OUTSIDER, content: { room_version: '12' } };
    expect(authorityFrom({ create: own, powerLevels: conversation, outsiders }).powerOf(OUTSIDER)).toBe(0);
  });

  it('[CORE-11] knows an outsider by her server, whatever its case or port', () => {
    for (const id of ['@eve:EXTERNES.test', '@eve:externes.test:8448'])
      expect(roomAuthority().isOutsider(user(id))).toBe(true);
    for (const id of ['@externes.test:culture.test', '@eve:notexternes.test', '@eve:externes.test.evil.org']) {
      expect(roomAuthority().isOutsider(user(id))).toBe(false);
    }
  });

  it('[CORE-12] asks for the level of the wire type and of the inner type, and of the kind where the room lists nothing', () => {
    expect(objectLevel(roomAuthority(), 'fr.besace.task', 10)).toBe(10);
    expect(objectLevel(roomAuthority(), 'fr.besace.board', 50)).toBe(50);
    expect(objectLevel(roomAuthority({ state_default: 0 }), 'fr.besace.task', 10)).toBe(10);
    expect(objectLevel(roomAuthority({ state_default: 10 }), 'fr.besace.column', 50)).toBe(50);
    const open = { state_default: 50, events: { 'fr.besace.task': 0, 'm.room.encrypted': 30 } };
    expect(objectLevel(roomAuthority(open), 'fr.besace.task', 10)).toBe(30);
    // Hole 6: the wire type opened to all does not open the inner types.
    const hole = { state_default: 10, events: { 'm.room.encrypted': 0 } };
    expect(objectLevel(roomAuthority(hole), 'fr.besace.task', 10)).toBe(10);
  });

  it('[CORE-13] judges the past by any power levels there were, and now by those of now', () => {
    const authority = roomAuthority();
    expect(authority.powerOf(FORMER)).toBe(0);
    expect(authority.everHeld(FORMER)).toBe(50);
    expect(authority.everAllowed(FORMER, 'fr.besace.column', 50)).toBe(true);
    expect(authority.everAllowed(CONTRIBUTOR, 'fr.besace.column', 50)).toBe(false);
  });

  it('[CORE-13] does not add the power of one time to the level of another', () => {
    const before = { users: { [READER]: 10 }, events: { 'fr.besace.task': 50 } };
    const now = { users: { [READER]: 0 }, events: { 'fr.besace.task': 5 }, state_default: 5 };
    expect(roomAuthority(now, [before]).everAllowed(READER, 'fr.besace.task', 0)).toBe(false);
  });

  it('[CORE-13] [T4] only ever allows more as more of the past is known', () => {
    const anyLevels = fc.record({
      users: fc.dictionary(anyUser, fc.integer({ min: 0, max: 100 }), { maxKeys: 3 }),
      state_default: fc.constantFrom(0, 10, 50),
      events: fc.dictionary(fc.constant('fr.besace.task'), fc.constantFrom(0, 10, 50, 100)),
      [EPOCH_KEY]: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(
        anyLevels,
        fc.array(anyLevels, { maxLength: 3 }),
        anyLevels,
        anyUser,
        (now, earlier, more, someone) => {
          const less = roomAuthority(now, earlier);
          const known = roomAuthority(now, [more, ...earlier]);
          const shuffled = roomAuthority(now, [...earlier].reverse().concat(more));
          const asks = (authority: typeof less): boolean => authority.everAllowed(someone, 'fr.besace.task', 10);
          expect(asks(less) && !asks(known)).toBe(false);
          expect(asks(shuffled)).toBe(asks(known));
          expect(known.everHeld(someone)).toBeGreaterThanOrEqual(less.everHeld(someone));
          expect(known.lamportCeiling()).toBeGreaterThanOrEqual(less.lamportCeiling());
        },
      ),
      { numRuns: runs() },
    );
  });

  it('[T3] is made of anything without throwing, and hostile levels make no owner', () => {
    fc.assert(
      fc.property(anyHostile, anyHostile, anyHostile, (create, levels, earlier) => {
        const authority = authorityFrom({
          create: { sender: OWNER, content: create },
          powerLevels: { ...LEVELS, users: levels, events: earlier },
          earlier: [levels, earlier],
          outsiders,
        });
        for (const someone of [READER, OUTSIDER]) expect(authority.powerOf(someone)).toBe(0);
        expect(Number.isNaN(authority.stateLevel('fr.besace.task'))).toBe(false);
        expect(Number.isSafeInteger(authority.lamportCeiling())).toBe(true);
      }),
      { numRuns: runs() },
    );
  });

  it('[CORE-6] reads the epoch of the room, bounded, and never lets it go down', () => {
    expect(roomAuthority({ [EPOCH_KEY]: 1 }).lamportCeiling()).toBe(lamportCeiling(1));
    expect(roomAuthority({}, [{ [EPOCH_KEY]: 3 }]).lamportCeiling()).toBe(lamportCeiling(3));
    for (const hostile of ['5', -1, 1.5, 2 ** 60, Number.NaN, {}, null]) {
      expect(roomAuthority({ [EPOCH_KEY]: hostile }, []).lamportCeiling()).toBe(lamportCeiling(0));
    }
    expect(roomAuthority({ [EPOCH_KEY]: 2 ** 40 }, []).lamportCeiling()).toBe(lamportCeiling(MAX_EPOCH));
    expect(Number.isSafeInteger(lamportCeiling(MAX_EPOCH) + 1)).toBe(true);
  });
});

describe('redaction', () => {
  it('[CORE-14] is for the author, and for those with the power', () => {
    const authority = roomAuthority();
    expect(mayRedact(authority, READER, READER)).toBe(true);
    expect(mayRedact(authority, CONTRIBUTOR, READER)).toBe(false);
    expect(mayRedact(authority, MANAGER, READER)).toBe(true);
    expect(mayRedact(authority, FORMER, READER)).toBe(false);
    expect(mayRedact(authority, OUTSIDER, OWNER)).toBe(false);
  });

  it('[CORE-14] takes the level of redactions themselves, also for one’s own event', () => {
    const authority = roomAuthority({ ...LEVELS, events: { 'm.room.redaction': 10 }, redact: 60 });
    expect(mayRedact(authority, READER, READER)).toBe(false);
    expect(mayRedact(authority, CONTRIBUTOR, CONTRIBUTOR)).toBe(true);
    expect(mayRedact(authority, MANAGER, READER)).toBe(false);
  });
});
