import { describe, expect, test } from 'vitest';
import { first, follow, growDown, growUp, most, openAt } from './window.ts';

const keys = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `k${from + index}`);

describe('the window of a conversation', () => {
  test('[MSG-7] opens around the first unread row, or at the end', () => {
    expect(openAt(500, 1000)).toEqual({ start: 500 - first, end: 500 + first });
    expect(openAt(999, 1000)).toEqual({ start: 999 - first, end: 1000 });
    expect(openAt(-1, 0)).toEqual({ start: 0, end: 0 });
  });

  test('stays bounded while one reads up and down', () => {
    let window = openAt(999, 1000);
    for (let round = 0; round < 40; round += 1) {
      window = growUp(window);
      expect(window.end - window.start).toBeLessThanOrEqual(most);
    }
    expect(window.start).toBe(0);
    for (let round = 0; round < 40; round += 1) {
      window = growDown(window, 1000);
      expect(window.end - window.start).toBeLessThanOrEqual(most);
    }
    expect(window.end).toBe(1000);
  });

  test('[MSG-6] keeps the same rows when history loads above', () => {
    const before = keys(100, 300);
    const after = keys(0, 300);
    expect(follow({ start: 0, end: 120 }, before, after)).toEqual({ start: 100, end: 220 });
  });

  test('[MSG-6] follows the end when it is there', () => {
    expect(follow({ start: 40, end: 100 }, keys(0, 100), keys(0, 101))).toEqual({ start: 40, end: 101 });
    expect(follow({ start: 40, end: 100 }, keys(0, 200), keys(0, 201))).toEqual({ start: 40, end: 100 });
  });

  test('opens anew when nothing of it is left', () => {
    expect(follow({ start: 0, end: 10 }, keys(0, 10), keys(50, 60))).toEqual({ start: 0, end: 10 });
  });
});
