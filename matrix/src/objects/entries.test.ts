import { authorityFrom } from '@besace/protocol/core/authority';
import type { UserId } from '@besace/protocol/core/ids';
import { taskKind } from '@besace/protocol/features/tasks';
import { kindOf } from '@besace/protocol/registry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countHoles,
  currentHole,
  type Entry,
  emptyEntry,
  needsCare,
  newerHolding,
  type Origin,
  takeAbsence,
  takeVersion,
} from './entries.ts';
import { judge } from './judge.ts';
import { ALICE, address, BOB, cardContent, EVE, type Field, opened, wireVersion } from './testing.ts';

const kind = kindOf(taskKind.type);
if (kind === null) throw new Error('tasks are not registered');
const task = kind;
const authority = authorityFrom({
  create: null,
  powerLevels: { users: { [ALICE]: 10, [BOB]: 10 }, users_default: 0, state_default: 10 },
  outsiders: [],
});

type Sent = { id: string; sender: UserId; content: Record<string, unknown> };

describe('an object in a room', () => {
  it('[OBJ-3][T4] comes to the same in any order and with any repetition', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(version(), { minLength: 1, maxLength: 8, selector: (one) => one.id }),
        fc.nat(),
        (all, seed) => {
          const straight = takeAll(all, 'past');
          const mixed = takeAll(shuffled([...all, ...all], seed), 'past');
          expect(shown(mixed)).toEqual(shown(straight));
        },
      ),
      { numRuns: 1000, seed: 20_261_121 },
    );
  });

  it('[OBJ-2][T3][T7] loses nothing to versions of someone without the right, wherever they come', () => {
    fc.assert(
      fc.property(
        fc.array(version(), { minLength: 1, maxLength: 6 }),
        fc.array(version(EVE), { maxLength: 4 }),
        fc.nat(),
        (good, bad, seed) => {
          const clean = takeAll(named(good, 'g'), 'past');
          const attacked = takeAll(shuffled([...named(good, 'g'), ...named(bad, 'b')], seed), 'past');
          expect(shown(attacked)).toEqual(shown(clean));
        },
      ),
      { numRuns: 1000, seed: 20_261_122 },
    );
  });

  it('[OBJ-5][T5] never goes back, whatever the server calls current', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(version(), origin()), { minLength: 2, maxLength: 10 }), (all) => {
        let entry = emptyEntry(address());
        for (const [index, [sent, from]] of all.entries()) {
          const before = entry.fold?.merged;
          entry = take(entry, { ...sent, id: `${index}` }, from);
          if (before !== undefined) expect(task.merge(entry.fold?.merged, before)).toBe(entry.fold?.merged);
        }
      }),
      { numRuns: 1000, seed: 20_261_123 },
    );
  });

  it('[OBJ-5][T5] counts a server that says an older version is current, once', () => {
    const first = card('one', ALICE, { title: ['a', 1, ALICE] });
    const second = card('two', ALICE, { title: ['b', 2, ALICE] });
    let entry = takeAll([first, second], 'state');
    expect([needsCare(entry), countHoles([entry]).rollbacks]).toEqual([false, 0]);
    entry = take(entry, first, 'state');
    entry = take(entry, first, 'state');
    expect(shown(entry).content).toMatchObject({ title: { value: 'b' } });
    expect([needsCare(entry), countHoles([entry]).rollbacks]).toEqual([true, 1]);
  });

  it('[OBJ-5] does not take old news for the state: what the sync brings again is known already', () => {
    const first = card('one', ALICE, { title: ['a', 1, ALICE] });
    const second = card('two', ALICE, { title: ['b', 2, ALICE] });
    const back = take(takeAll([first, second], 'live'), first, 'state');
    expect(take(back, second, 'live')).toBe(back);
    expect(needsCare(back)).toBe(true);
  });

  it('[OBJ-5][T5] counts an object that vanished from the state, and keeps it', () => {
    const entry = takeAbsence(takeAll([card('one', ALICE, { title: ['a', 1, ALICE] })], 'state'));
    expect(takeAbsence(entry)).toBe(entry);
    expect(shown(entry).content).toMatchObject({ title: { value: 'a' } });
    expect([needsCare(entry), countHoles([entry]).rollbacks]).toEqual([true, 1]);
  });

  it('[OBJ-4] asks for a merge when two wrote at once, until one version says everything', () => {
    const base = card('base', ALICE, { title: ['a', 1, ALICE], due: ['2026-12-01', 1, ALICE] });
    const alice = card('alice', ALICE, { title: ['b', 2, ALICE], due: ['2026-12-01', 1, ALICE] });
    const bob = card('bob', BOB, { title: ['a', 1, ALICE], due: ['2026-12-24', 2, BOB] });
    let entry = takeAll([base, alice], 'live');
    expect(needsCare(entry)).toBe(false);
    entry = take(entry, bob, 'live');
    expect([needsCare(entry), countHoles([entry]).rollbacks]).toEqual([true, 0]);
    expect(shown(entry).content).toMatchObject({ title: { value: 'b' }, due: { value: '2026-12-24' } });
    entry = take(entry, card('merge', BOB, { title: ['b', 2, ALICE], due: ['2026-12-24', 2, BOB] }), 'live');
    expect([needsCare(entry), entry.current]).toEqual([false, '$merge']);
  });

  it('[OBJ-6][T6] shows a hole while the current version does not count, and closes it when a good one comes', () => {
    let entry = take(emptyEntry(address()), card('good', ALICE, { title: ['a', 1, ALICE] }), 'state');
    entry = take(entry, card('bad', EVE, { title: ['mine', 9, EVE] }), 'live');
    expect([currentHole(entry), needsCare(entry), countHoles([entry]).forbidden]).toEqual(['forbidden', true, 1]);
    expect(shown(entry).content).toMatchObject({ title: { value: 'a' } });
    // The server is asked, and says that the good one is still current: the hole happened all the same.
    const asked = take(entry, card('good', ALICE, { title: ['a', 1, ALICE] }), 'state');
    expect([needsCare(asked), countHoles([asked]).forbidden]).toEqual([false, 1]);
    const healed = take(entry, card('heal', BOB, { title: ['a', 2, BOB] }), 'live');
    expect([needsCare(healed), countHoles([healed]).forbidden]).toEqual([false, 0]);
  });

  it('[OBJ-11] keeps what was folded when it is redacted, and asks for it to be written again whatever is found on the way back', () => {
    const first = card('one', ALICE, { title: ['a', 1, ALICE] });
    const entry = takeAll([first, card('two', ALICE, { title: ['b', 2, ALICE] })], 'live');
    const wire = wireVersion('two');
    const empty = { ok: false, error: { why: 'unreadable', sessionId: null, detail: '' } } as const;
    const redacted = takeVersion(task, entry, wire, judge(wire, empty, task, authority), 'state');
    expect(needsCare(redacted)).toBe(true);
    const back = take(redacted, first, 'past');
    expect(needsCare(back)).toBe(true);
    expect(shown(back).content).toMatchObject({ title: { value: 'b' } });
  });

  it('[OBJ-4][OBJ-5] doubts the state when somebody writes who knew less', () => {
    const entry = takeAll(
      [card('one', ALICE, { title: ['a', 1, ALICE] }), card('two', ALICE, { title: ['b', 2, ALICE] })],
      'live',
    );
    const less = take(entry, card('three', BOB, { title: ['a', 1, ALICE] }), 'live');
    expect([less.current, needsCare(less), countHoles([less]).rollbacks]).toEqual(['$two', true, 0]);
  });

  it('[OBJ-7][T6] counts what is locked and folds it when its key comes', () => {
    const wire = wireVersion('late');
    const locked = { ok: false, error: { why: 'waiting-for-key', sessionId: 's', detail: '' } } as const;
    const entry = takeVersion(task, emptyEntry(address()), wire, judge(wire, locked, task, authority), 'state');
    expect(countHoles([entry])).toEqual({ locked: 1, invalid: 0, forbidden: 0, rollbacks: 0 });
    const later = take(entry, card('late', ALICE, { title: ['a', 1, ALICE] }), 'past');
    expect([countHoles([later]).locked, needsCare(later)]).toEqual([0, false]);
  });

  it('[OBJ-8] keeps a version by a newer Besace, shows it, and never asks to write over it', () => {
    let entry = take(emptyEntry(address()), card('old', ALICE, { title: ['a', 1, ALICE] }), 'state');
    entry = take(entry, { id: 'new', sender: BOB, content: { v: 99, title: 'something else' } }, 'live');
    expect([entry.newer?.eventId, needsCare(entry)]).toEqual(['$new', false]);
  });

  it('[OBJ-8][T11] lets go of an object when a version follows the one by a newer Besace, and does not take old news of it for the state', () => {
    const newer = { id: 'new', sender: BOB, content: { v: 99 } };
    let entry = take(emptyEntry(address()), card('old', ALICE, { title: ['a', 1, ALICE] }), 'state');
    entry = take(entry, newer, 'live');
    const partly = take(entry, card('part', ALICE, { due: ['2026-12-01', 2, ALICE] }), 'live');
    expect([newerHolding(partly), partly.current, needsCare(partly)]).toEqual([null, '$part', true]);
    entry = take(entry, card('next', ALICE, { title: ['b', 2, ALICE] }), 'live');
    expect([newerHolding(entry), entry.current, needsCare(entry)]).toEqual([null, '$next', false]);
    expect(take(entry, newer, 'live')).toBe(entry);
    expect(take(entry, newer, 'past')).toBe(entry);
    expect(newerHolding(take(entry, newer, 'state'))?.eventId).toBe('$new');
  });

  it('[OBJ-8][T11] is not held by a newer version that is only found while looking back', () => {
    const entry = take(emptyEntry(address()), card('now', ALICE, { title: ['a', 1, ALICE] }), 'state');
    expect(newerHolding(take(entry, { id: 'new', sender: BOB, content: { v: 99 } }, 'past'))).toBeNull();
    const found = take(entry, { id: 'new', sender: BOB, content: { v: 99 } }, 'past');
    expect(newerHolding(take(found, { id: 'new', sender: BOB, content: { v: 99 } }, 'live'))?.eventId).toBe('$new');
  });

  it('[OBJ-8] is held by the current newer version, even when one of a higher number was seen before', () => {
    let entry = take(emptyEntry(address()), { id: 'far', sender: EVE, content: { v: 999 } }, 'past');
    entry = take(entry, { id: 'far2', sender: BOB, content: { v: 999 } }, 'past');
    entry = take(entry, { id: 'new', sender: ALICE, content: { v: 2 } }, 'state');
    expect(newerHolding(entry)?.eventId).toBe('$new');
  });
});

function card(id: string, sender: UserId, fields: Parameters<typeof cardContent>[0]): Sent {
  return { id, sender, content: cardContent(fields) };
}

function take(entry: Entry, sent: Sent, from: Origin): Entry {
  const wire = wireVersion(sent.id, { sender: sent.sender });
  return takeVersion(task, entry, wire, judge(wire, opened(wire, sent.content), task, authority), from);
}

function takeAll(all: readonly Sent[], from: Origin): Entry {
  return all.reduce((entry, sent) => take(entry, sent, from), emptyEntry(address()));
}

function shown(entry: Entry) {
  const fold = entry.fold;
  if (fold === null) return { content: null, last: null };
  return { content: task.encode(fold.merged), last: fold.tips.map((tip) => [...tip.ids]) };
}

function named(all: readonly Sent[], prefix: string): Sent[] {
  return all.map((sent, index) => ({ ...sent, id: `${prefix}${index}` }));
}

function origin(): fc.Arbitrary<Origin> {
  return fc.constantFrom('state', 'live', 'past');
}

function version(sender?: UserId): fc.Arbitrary<Sent> {
  const author = fc.constantFrom(ALICE, BOB);
  const written = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 4 }), author);
  const field = (name: Field) =>
    name === 'due'
      ? fc.tuple(fc.constantFrom('2026-01-01', '2026-02-02'), fc.integer({ min: 1, max: 4 }), author)
      : written;
  return fc
    .record({
      id: fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom('a', 'b', 'c', 'd') }),
      sender: sender === undefined ? author : fc.constant(sender),
      fields: fc.record(
        { title: field('title'), description: field('description'), due: field('due') },
        { requiredKeys: [] },
      ),
    })
    .map(({ id, sender: from, fields }) => ({ id, sender: from, content: cardContent(fields) }));
}

/** A permutation that depends on the seed only. */
function shuffled<T>(all: readonly T[], seed: number): T[] {
  let state = seed + 1;
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state;
  };
  return all
    .map((one) => ({ one, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ one }) => one);
}
