import type { UserId } from '@besace/protocol/core/ids';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { careDelay, MAX_ATTEMPTS } from './care.ts';
import { ALICE, BOB } from './testing.ts';

describe('who writes the merge', () => {
  it('[OBJ-4] is one of the authors first, one well after the other', () => {
    const first = careDelay({ me: ALICE, authors: [BOB, ALICE], attempts: 0, fraction: 0.99 });
    const second = careDelay({ me: BOB, authors: [BOB, ALICE], attempts: 0, fraction: 0 });
    expect(first).toBeLessThan(300);
    expect(second).toBeGreaterThanOrEqual(800);
  });

  it('[OBJ-4] is one or two of forty readers when no author is there', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 40, maxLength: 40 }),
        (fractions) => {
          const delays = fractions.map((fraction, index) =>
            careDelay({ me: `@r${index}:x.test` as UserId, authors: [ALICE, BOB], attempts: 0, fraction }),
          );
          for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(2_000);
          for (const delay of delays) expect(delay).toBeLessThan(8_000);
        },
      ),
    );
    // Evenly spread, they are 150 ms apart: more than a write takes to reach the others.
    expect(careDelay({ me: '@r:x.test' as UserId, authors: [], attempts: 0, fraction: 1 / 40 })).toBe(2_150);
  });

  it('[OBJ-4][OBJ-5] waits longer each time, and gives up on a server that does not keep what is written', () => {
    const delays = Array.from({ length: MAX_ATTEMPTS + 1 }, (_, attempts) =>
      careDelay({ me: ALICE, authors: [ALICE], attempts, fraction: 0 }),
    );
    expect(delays).toEqual([100, 200, 400, 800, 1600, null]);
  });
});
