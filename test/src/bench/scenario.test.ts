import { describe, expect, test } from 'vitest';
import { line, measure, quantile } from './scenario.ts';

const figure = { figure: 'x', unit: 'ms', bar: 10, better: 'lower' } as const;

describe('a figure', () => {
  test('is the median of its runs, with their spread and whether the bar is met', () => {
    expect(line(figure, [12, 4, 9])).toEqual({
      figure: 'x',
      value: 9,
      unit: 'ms',
      bar: 10,
      met: true,
      runs: 3,
      spread: 8,
    });
    expect(line({ ...figure, better: 'higher' }, [9]).met).toBe(false);
    expect(line({ ...figure, bar: null }, [9]).met).toBeNull();
  });

  test('takes quantiles by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(quantile(values, 0.5)).toBe(50);
    expect(quantile(values, 0.95)).toBe(95);
  });

  test('that a run leaves out is an error, and what was set up is released', async () => {
    let ended = false;
    const scenario = {
      name: 'broken',
      runs: 1,
      figures: [figure],
      prepare: async () => ({
        run: async () => new Map<string, number>(),
        end: async () => {
          ended = true;
        },
      }),
    };
    await expect(measure(scenario)).rejects.toThrow('no value for x');
    expect(ended).toBe(true);
  });
});
