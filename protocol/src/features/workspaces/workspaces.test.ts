import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { authorityFrom, EPOCH_KEY } from '../../core/authority.ts';
import type { RoomId } from '../../core/ids.ts';
import { SINGLETON_ID } from '../../core/kind.ts';
import { nextStamp } from '../../core/registers.ts';
import { anyHostile, CONTRIBUTOR, FORMER, MANAGER, OUTSIDER, OWNER, READER } from '../../testing/arbitraries.ts';
import { LAW_TIMEOUT, runs } from '../../testing/runs.ts';
import { LEVELS, roomAuthority, server } from '../../testing/world.ts';
import {
  type ClearState,
  CREATE_TYPE,
  childContent,
  childrenOf,
  editRoom,
  isOpenToOutsiders,
  MAX_NAME,
  MAX_PURPOSE,
  mayCreateRooms,
  outsidersAmong,
  parentContent,
  parentsOf,
  powerLevelsFor,
  type RoomObject,
  roleOf,
  roleOfPower,
  rolesToGive,
  roomKind,
  roomKindOf,
  roomsOfWorkspace,
  type Template,
  whyNotInvite,
  withNextEpoch,
  withPower,
} from './index.ts';

vi.setConfig({ testTimeout: LAW_TIMEOUT });

const TEMPLATES: readonly Template[] = ['workspace', 'board', 'chat', 'conversation'];

function authorityOf(powerLevels: unknown) {
  return authorityFrom({
    create: { sender: OWNER, content: { room_version: '12' } },
    powerLevels,
    outsiders: [server('externes.test')],
  });
}

function open(openToOutsiders: boolean): RoomObject {
  const room = editRoom(roomKind.empty, { openToOutsiders }, [1, MANAGER]);
  if (!room.ok) throw new Error(room.error.field);
  return room.value;
}

describe('room kinds', () => {
  it('[WORK-1] come from the type of the create event', () => {
    expect(roomKindOf({ room_version: '12' })).toBe('chat');
    expect(roomKindOf({ type: CREATE_TYPE.board })).toBe('board');
    expect(roomKindOf({ type: CREATE_TYPE.workspace })).toBe('workspace');
    for (const hostile of [null, [], 'x', { type: null }, { type: 7 }, { type: '__proto__' }, { type: '' }]) {
      expect(roomKindOf(hostile)).toBe('other');
    }
  });
});

describe('roles', () => {
  it('[WORK-2] are powers, and a creator is an owner', () => {
    expect([100, 99, 50, 49, 10, 9, 0, -1].map(roleOfPower)).toEqual([
      'owner',
      'manager',
      'manager',
      'contributor',
      'contributor',
      'reader',
      'reader',
      'reader',
    ]);
    expect([OWNER, MANAGER, CONTRIBUTOR, READER, OUTSIDER].map((user) => roleOf(roomAuthority(), user))).toEqual([
      'owner',
      'manager',
      'contributor',
      'reader',
      'reader',
    ]);
  });

  it('[WORK-2] are given up to one’s own, to those below, by those who may', () => {
    const levels = { ...LEVELS, events: { 'm.room.power_levels': 50 } };
    const authority = roomAuthority(levels, []);
    expect(rolesToGive(authority, OWNER, MANAGER)).toEqual(['owner', 'manager', 'contributor', 'reader']);
    expect(rolesToGive(authority, MANAGER, READER)).toEqual(['manager', 'contributor', 'reader']);
    expect(rolesToGive(authority, MANAGER, MANAGER)).toEqual(['manager', 'contributor', 'reader']);
    expect(rolesToGive(authority, MANAGER, OWNER)).toEqual([]);
    expect(rolesToGive(authority, CONTRIBUTOR, READER)).toEqual([]);
    expect(
      rolesToGive(roomAuthority({ ...levels, users: { [MANAGER]: 50, [FORMER]: 50 } }, []), MANAGER, FORMER),
    ).toEqual([]);
  });
});

describe('power levels of a new room', () => {
  it.each(TEMPLATES)(
    '[WORK-3] of a %s never list the wire type, and let readers talk but not write objects',
    (template) => {
      const levels = powerLevelsFor(template);
      expect(Object.keys(levels.events)).not.toContain('m.room.encrypted');
      const authority = authorityOf(levels);
      expect(authority.eventLevel('m.room.encrypted')).toBe(0);
      expect(authority.stateLevel('m.room.encrypted')).toBe(10);
      for (const type of [
        'm.room.encryption',
        'm.room.power_levels',
        'm.room.history_visibility',
        'm.room.server_acl',
      ]) {
        expect(authority.stateLevel(type)).toBe(100);
      }
      expect(authority.stateLevel('m.room.tombstone')).toBe(100);
      expect(authority.stateLevel('m.room.join_rules')).toBe(100);
      for (const type of ['m.room.name', 'm.room.topic', 'm.room.avatar', 'fr.besace.room', 'm.space.child']) {
        expect(authority.stateLevel(type)).toBe(50);
      }
      for (const action of ['invite', 'kick', 'ban', 'redact'] as const) expect(authority.actionLevel(action)).toBe(50);
    },
  );

  it('[WORK-3] of a workspace make readers, of a conversation contributors, and outsiders only by name', () => {
    for (const template of TEMPLATES) {
      const power = template === 'conversation' ? 10 : 0;
      expect(authorityOf(powerLevelsFor(template)).powerOf(READER)).toBe(power);
      expect(authorityOf(powerLevelsFor(template)).powerOf(OUTSIDER)).toBe(0);
      expect(authorityOf(powerLevelsFor(template, [[OUTSIDER, 10]])).powerOf(OUTSIDER)).toBe(10);
    }
  });

  it('[WORK-3] are integers, as room version 12 requires', () => {
    for (const template of TEMPLATES) {
      const { users, events, notifications, ...levels } = powerLevelsFor(template, [[MANAGER, 50]]);
      const all = [
        ...Object.values(users),
        ...Object.values(events),
        ...Object.values(notifications),
        ...Object.values(levels),
      ];
      expect(all.every(Number.isSafeInteger)).toBe(true);
      expect(Object.keys(users)).toEqual([MANAGER]);
    }
  });

  it('[WORK-9] change one power, or the epoch, and keep all else', () => {
    const content = { ...LEVELS, 'org.example.other': { x: 1 } };
    const changed = withPower(content, READER, 10);
    expect(changed).toEqual({ ...content, users: { ...LEVELS.users, [READER]: 10 } });
    expect(authorityOf(changed).powerOf(READER)).toBe(10);
    expect(withNextEpoch(content)).toEqual({ ...content, [EPOCH_KEY]: 1 });
    expect(withNextEpoch(withNextEpoch(content))[EPOCH_KEY]).toBe(2);
    for (const hostile of [-1, '7', 1.5, Number.NaN])
      expect(withNextEpoch({ [EPOCH_KEY]: hostile })[EPOCH_KEY]).toBe(1);
    expect(withNextEpoch({ [EPOCH_KEY]: 2 ** 50 })[EPOCH_KEY]).toBe(2 ** 20);
  });
});

describe('what a room says of itself', () => {
  it('[WORK-4] is edited field by field, within its bounds, and only above what is there', () => {
    const room = open(true);
    expect(editRoom(room, { openToOutsiders: true }, [2, MANAGER])).toEqual({ ok: true, value: room });
    const stamp = nextStamp(roomKind.lamport(room), MANAGER);
    const edited = editRoom(room, { purpose: 'Préparer le comité' }, stamp);
    expect(edited.ok && edited.value.openToOutsiders).toBe(room.openToOutsiders);
    expect(editRoom(room, { purpose: 'x'.repeat(MAX_PURPOSE + 1) }, stamp)).toMatchObject({
      error: { field: 'purpose' },
    });
    const named = editRoom(room, { name: 'Réforme' }, stamp);
    expect(named.ok && named.value).toEqual({ ...room, name: { value: 'Réforme', at: stamp } });
    for (const name of ['x'.repeat(MAX_NAME + 1), 'two\nlines']) {
      expect(editRoom(room, { name }, stamp)).toMatchObject({ error: { field: 'name' } });
    }
    expect(editRoom(room, { openToOutsiders: false }, [0, MANAGER])).toMatchObject({ error: { field: 'at' } });
    expect(roomKind.singleton).toBe(true);
    expect(SINGLETON_ID).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});

describe('outsiders', () => {
  const authority = roomAuthority({ ...LEVELS, invite: 50 });

  it('[WORK-5] are invited only into rooms that are open to them', () => {
    expect(isOpenToOutsiders(null)).toBe(false);
    expect(isOpenToOutsiders(roomKind.empty)).toBe(false);
    expect(whyNotInvite(authority, null, MANAGER, OUTSIDER)).toBe('closed-to-outsiders');
    expect(whyNotInvite(authority, open(false), MANAGER, OUTSIDER)).toBe('closed-to-outsiders');
    expect(whyNotInvite(authority, open(true), MANAGER, OUTSIDER)).toBeNull();
    expect(whyNotInvite(authority, null, MANAGER, READER)).toBeNull();
    expect(whyNotInvite(authority, open(true), CONTRIBUTOR, OUTSIDER)).toBe('no-right');
  });

  it('[WORK-6] make no room', () => {
    expect([OWNER, READER, OUTSIDER].map((user) => mayCreateRooms(authority, user))).toEqual([true, true, false]);
  });

  it('[WORK-7] are named among the members, once each', () => {
    expect(outsidersAmong(authority, [READER, OUTSIDER, MANAGER, OUTSIDER])).toEqual([OUTSIDER]);
    expect(outsidersAmong(authority, [])).toEqual([]);
  });
});

describe('the rooms of a workspace', () => {
  const via = [server('interieur.test')];
  const child = (roomId: string, content: unknown): ClearState => ({
    type: 'm.space.child',
    stateKey: roomId,
    content,
  });

  it('[WORK-8] stand by order, then by id', () => {
    const state = [
      child('!d', childContent(via)),
      child('!c', childContent(via, 'b')),
      child('!b', childContent(via, 'b')),
      child('!a', childContent(via, 'c')),
      child('!0', childContent(via)),
    ];
    expect(childrenOf(state).map(({ roomId }) => roomId)).toEqual(['!b', '!c', '!a', '!0', '!d']);
    expect(childrenOf([...state].reverse())).toEqual(childrenOf(state));
  });

  it('[WORK-8] are those with servers to join through', () => {
    const state = [
      child('!a', {}),
      child('!b', { via: [] }),
      child('!c', { via: ['not a server', 7] }),
      child('nonsense', { via }),
    ];
    expect(childrenOf(state)).toEqual([]);
    const [kept] = childrenOf([child('!a', { via: [...via, 'bad name'], order: '\u0000', suggested: 1 })]);
    expect(kept).toEqual({ roomId: '!a', via, order: null, suggested: false });
    expect(parentsOf([{ type: 'm.space.parent', stateKey: '!w', content: parentContent(via) }])).toEqual(['!w']);
    expect(parentsOf([{ type: 'm.space.parent', stateKey: '!w', content: {} }, child('!x', { via })])).toEqual([]);
  });

  it('[WORK-8] are joined with what is known of them, and what is missing is told', () => {
    const children = childrenOf([child('!b', childContent(via, '1')), child('!a', childContent(via, '2'))]);
    const known = [
      { roomId: '!a' as RoomId, name: 'Tableau' },
      { roomId: '!z' as RoomId, name: 'Ailleurs' },
    ];
    expect(roomsOfWorkspace(children, known)).toEqual({ rooms: [known[0]], missing: [children[0]] });
  });

  it('[T3] [T7] are read from anything without throwing, one bad child costing one child', () => {
    fc.assert(
      fc.property(anyHostile, anyHostile, (content, order) => {
        const state = [child('!a', content), child('!b', { via: content, order }), child('!good', { via })];
        expect(childrenOf(state).map(({ roomId }) => roomId)).toContain('!good');
        parentsOf([{ type: 'm.space.parent', stateKey: '!w', content }]);
        roomKindOf(content);
        withPower(content, READER, 10);
        withNextEpoch(content);
      }),
      { numRuns: runs() },
    );
  });
});
