import { describe, expect, test } from 'vitest';
import { canDraw, humanSize, pictureBox } from './media.ts';

describe('pictures and files', () => {
  test('[MSG-15] the place of a picture is known from its dimensions', () => {
    expect(pictureBox({ width: 4000, height: 3000 })).toEqual({ width: 400, height: 300 });
    expect(pictureBox({ width: 100, height: 50 })).toEqual({ width: 100, height: 50 });
    expect(pictureBox({ width: 300, height: 9000 })).toEqual({ width: 24, height: 320 });
  });

  test('[MSG-15] [T3] absurd or absent dimensions get a modest place', () => {
    for (const [width, height] of [
      [null, null],
      [-4, 10],
      [Number.NaN, 3],
      [10, 1e12],
    ] as const) {
      expect(pictureBox({ width, height })).toEqual({ width: 240, height: 160 });
    }
  });

  test('[MSG-12] only plain pictures are drawn; SVG is a file', () => {
    expect(canDraw('image/PNG')).toBe(true);
    expect(canDraw('image/svg+xml')).toBe(false);
    expect(canDraw('text/html')).toBe(false);
  });

  test('sizes are told in steps of 1024', () => {
    expect(humanSize(512)).toEqual({ value: 512, unit: 'byte', unitDisplay: 'long' });
    expect(humanSize(1536)).toEqual({ value: 1.5, unit: 'kilobyte', unitDisplay: 'short' });
    expect(humanSize(3 * 1024 * 1024)).toEqual({ value: 3, unit: 'megabyte', unitDisplay: 'short' });
    const { value, ...unit } = humanSize(38);
    expect(new Intl.NumberFormat('en', { style: 'unit', ...unit }).format(value)).toBe('38 bytes');
  });
});
