import { describe, expect, it } from 'vitest';
import { createTestClock } from '../platform/testClock.ts';
import { createSlices } from './slices.ts';

describe('slices', () => {
  it('go on at once while they are short, and let others in when they are not [INDEX-12]', async () => {
    const clock = createTestClock();
    const slices = createSlices(clock);
    await slices.breathe();
    clock.advance(9);
    let breathed = false;
    const waiting = slices.breathe().then(() => {
      breathed = true;
    });
    await Promise.resolve();
    expect(breathed).toBe(false);
    clock.advance(0);
    await waiting;
    expect(breathed).toBe(true);
  });
});
