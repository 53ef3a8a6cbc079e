import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { boardKind, editBoard } from '../features/tasks/index.ts';
import { withNextEpoch } from '../features/workspaces/index.ts';
import { anyStamp, CONTRIBUTOR, eventId, MANAGER } from '../testing/arbitraries.ts';
import { LAW_TIMEOUT, runs } from '../testing/runs.ts';
import { LEVELS, roomAuthority } from '../testing/world.ts';
import { fold } from './fold.ts';
import { SINGLETON_ID } from './kind.ts';
import { EMPTY_OR_MAP, isRemoved, mergeOrMaps, type OrMap, present, removeEntry, setEntry } from './or-map.ts';
import { compareStamps, lamportCeiling, mergeRegisters, nextStamp, parseStamp, register } from './registers.ts';

vi.setConfig({ testTimeout: LAW_TIMEOUT });

describe('registers', () => {
  it('[CORE-2] take the higher counter, then the author, then the value', () => {
    const low = register('a', [1, MANAGER]);
    const high = register('b', [2, CONTRIBUTOR]);
    expect(mergeRegisters(low, high)).toBe(high);
    expect(mergeRegisters(high, low)).toBe(high);
    const tie = register('c', [2, MANAGER]);
    expect(mergeRegisters(high, tie)).toBe(mergeRegisters(tie, high));
    const forged = register('z', [2, MANAGER]);
    expect(mergeRegisters(tie, forged)).toBe(forged);
    expect(mergeRegisters(forged, tie)).toBe(forged);
  });

  it('[CORE-2] are ordered totally by their stamps', () => {
    fc.assert(
      fc.property(anyStamp, anyStamp, (a, b) => {
        expect(Math.sign(compareStamps(a, b))).toBe(0 - Math.sign(compareStamps(b, a)));
        expect(compareStamps(nextStamp(a[0], b[1]), a)).toBeGreaterThan(0);
      }),
      { numRuns: runs() },
    );
  });

  it('[T3] take no stamp that is not a counter and a user id', () => {
    const bad = [
      null,
      [],
      [1],
      [1, '@a:b', 2],
      ['1', '@a:b'],
      [1.5, '@a:b'],
      [-1, '@a:b'],
      [2 ** 53, '@a:b'],
      [1, 'nobody'],
      { 0: 1 },
    ];
    for (const stamp of bad) expect(parseStamp(stamp, 'at').ok).toBe(false);
    expect(parseStamp([0, '@a:b'], 'at').ok).toBe(true);
  });
});

describe('a vandal who takes the highest counter', () => {
  const vandal = register('VANDALISED', [lamportCeiling(0), CONTRIBUTOR] as const);
  const vandalised = { ...boardKind.empty, title: vandal };
  const version = (id: string, content: unknown) => ({
    eventId: eventId(id),
    sender: MANAGER,
    type: boardKind.type,
    objectId: SINGLETON_ID,
    content,
  });

  it('[CORE-6] cannot go past the ceiling of the room', () => {
    const past = { ...boardKind.empty, title: register('x', [lamportCeiling(0) + 1, MANAGER] as const) };
    expect(boardKind.mayWrite(roomAuthority(), MANAGER, past)).toBe(false);
    expect(fold(boardKind, roomAuthority(), [version('$a', boardKind.encode(past))]).forbidden).toEqual(['$a']);
  });

  it('[CORE-6] is written over once the owner has raised the epoch', () => {
    const mended = editBoard(vandalised, { title: 'Accueil' }, nextStamp(boardKind.lamport(vandalised), MANAGER));
    if (!mended.ok) throw new Error('the command was refused');
    const before = roomAuthority();
    expect(boardKind.mayWrite(before, MANAGER, mended.value)).toBe(false);
    const after = roomAuthority(withNextEpoch(LEVELS), [LEVELS]);
    expect(boardKind.mayWrite(after, MANAGER, mended.value)).toBe(true);
    const versions = [version('$a', boardKind.encode(vandalised)), version('$b', boardKind.encode(mended.value))];
    expect(fold(boardKind, after, versions).object?.title?.value).toBe('Accueil');
  });

  it('[CORE-6] [T4] finds the same state whichever of the mend and the epoch comes first', () => {
    const title = register('Accueil', nextStamp(lamportCeiling(0), MANAGER));
    const versions = [version('$b', boardKind.encode({ ...boardKind.empty, title }))];
    const late = fold(boardKind, roomAuthority(withNextEpoch(LEVELS), [LEVELS]), versions);
    const again = fold(boardKind, roomAuthority(LEVELS, [withNextEpoch(LEVELS)]), versions);
    expect(again).toEqual(late);
    expect(late.object?.title?.value).toBe('Accueil');
  });
});

describe('maps', () => {
  const none: OrMap<string> = EMPTY_OR_MAP;
  const put = (map: OrMap<string>, key: string, value: string, lamport: number, limit = 4): OrMap<string> => {
    const next = setEntry(map, key, value, [lamport, MANAGER], limit);
    if (!next.ok) throw new Error('full');
    return next.value;
  };

  it('[CORE-3] lose an entry that was removed, unless someone changed it at the same time', () => {
    const base = put(none, 'urgent', 'red', 1);
    const removed = removeEntry(base, 'urgent');
    expect([...present(removed)]).toEqual([]);
    expect([...present(mergeOrMaps(base, removed, 4))]).toEqual([]);
    const changed = put(base, 'urgent', 'orange', 2);
    for (const merged of [mergeOrMaps(removed, changed, 4), mergeOrMaps(changed, removed, 4)]) {
      expect([...present(merged)]).toEqual([['urgent', 'orange']]);
    }
  });

  it('[CORE-3] take back an entry that was removed when it is added again', () => {
    const removed = removeEntry(put(none, 'urgent', 'red', 1), 'urgent');
    const again = put(removed, 'urgent', 'red', 2);
    expect([...present(mergeOrMaps(removed, again, 4)).keys()]).toEqual(['urgent']);
  });

  it('[CORE-3] give the same object where there is nothing to remove', () => {
    expect(removeEntry(none, '__proto__')).toBe(none);
    const removed = removeEntry(put(none, '__proto__', 'red', 1), '__proto__');
    expect(removeEntry(removed, '__proto__')).toBe(removed);
  });

  it('[CORE-3] drop traces of removals before what is there, and refuse more than they hold', () => {
    let map = put(put(none, 'kept', 'red', 1), 'gone', 'red', 2);
    map = removeEntry(map, 'gone');
    for (const [index, key] of ['a', 'b', 'c'].entries()) map = put(map, key, 'blue', 3 + index);
    expect([...present(map).keys()].sort()).toEqual(['a', 'b', 'c', 'kept']);
    expect(map.has('gone')).toBe(false);
    expect(setEntry(map, 'd', 'blue', [9, MANAGER], 4)).toEqual({ ok: false, error: 'full' });
    const stale = put(none, 'gone', 'red', 2);
    expect(present(mergeOrMaps(map, stale, 4)).has('gone')).toBe(false);
  });

  it('[CORE-3] [T4] keep the same newest entries in whatever order they are merged', () => {
    const entry = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', '__proto__'), anyStamp, fc.boolean());
    const anyMap = fc
      .array(entry, { maxLength: 4 })
      .map(
        (entries): OrMap<string> =>
          new Map(entries.map(([key, at, gone]) => [key, gone ? { removed: true, at } : { value: `${at[0]}`, at }])),
      );
    fc.assert(
      fc.property(fc.array(anyMap, { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.nat()), (maps, picks) => {
        const forward = maps.reduce((a, b) => mergeOrMaps(a, b, 4));
        const pool = [...maps, ...maps].map((map) => [picks.next().value ?? 0, map] as const);
        const shuffled = pool.sort(([a], [b]) => a - b).map(([, map]) => map);
        const any = shuffled.reduce((a, b) => mergeOrMaps(a, b, 4));
        const text = (map: OrMap<string>): string => JSON.stringify([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
        expect(text(any)).toBe(text(forward));
        expect(any.size).toBeLessThanOrEqual(4);
        for (const [key, value] of present(any))
          expect(isRemoved(any.get(key) ?? { removed: true, at: [0, MANAGER] })).toBe(value === undefined);
      }),
      { numRuns: runs() },
    );
  });
});
