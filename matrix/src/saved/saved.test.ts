import { expect, it } from 'vitest';
import { listOf } from './saved.ts';

it('[SAVED-1] [SAVED-2] lists what is kept, latest first, and drops what it cannot read alone', () => {
  const values = new Map<string, unknown>([
    ['!a:interieur.test $one', 10],
    ['!b $two', 30],
    ['!b $three', 20],
    ['nonsense', 40],
    ['!b', 40],
    ['!b $four', 'soon'],
    [`!b $${'x'.repeat(400)}`, 1],
  ]);
  expect(listOf(values).map(({ eventId, savedAt }) => [eventId, savedAt])).toEqual([
    ['$two', 30],
    ['$three', 20],
    ['$one', 10],
  ]);
});
