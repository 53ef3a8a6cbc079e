import { describe, expect, test } from 'vitest';
import { bars, clockOf, heightsOf, waveformOf } from './waveform.ts';

describe('a waveform', () => {
  test('[MSG-75] follows the loudness, against the loudest', () => {
    const samples = new Float32Array(64_000).map((_, at) => (at < 32_000 ? 0.1 : -0.5));
    const waveform = waveformOf(samples);
    expect(waveform).toHaveLength(bars);
    expect(waveform[0]).toBe(205);
    expect(waveform.at(-1)).toBe(1024);
    expect(Math.max(...waveformOf(new Float32Array(100)))).toBe(0);
    expect(waveformOf(new Float32Array(0))).toHaveLength(bars);
  });

  test('[MSG-75] is drawn whatever its length', () => {
    expect(heightsOf([])).toHaveLength(bars);
    expect(heightsOf([1024])).toEqual(Array.from({ length: bars }, () => 1));
    expect(heightsOf(Array.from({ length: 128 }, () => 0))[0]).toBe(0.08);
    expect([clockOf(0), clockOf(65.4), clockOf(3_600)]).toEqual(['0:00', '1:05', '60:00']);
  });
});
