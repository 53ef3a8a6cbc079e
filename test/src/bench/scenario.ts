/** One figure that a scenario measures, with the bar that the product must reach. */
export type FigureSpec = {
  readonly figure: string;
  readonly unit: 'ms' | 's' | 'KB' | 'MB' | '1/s' | 'count' | 'ppm';
  /** `null` where the figure is only watched. */
  readonly bar: number | null;
  readonly better: 'lower' | 'higher';
};

/** A thing that is set up once and measured `runs` times; each run gives a value for each of its figures. */
export type Scenario = {
  readonly name: string;
  /** Too long for a run of everything: measured only when `npm run bench -- NAME` asks for it. */
  readonly onlyWhenNamed?: true;
  readonly runs: number;
  readonly figures: readonly FigureSpec[];
  /** Sets up and gives the measurement of one run; `end` releases what was set up. */
  prepare(): Promise<{ run(): Promise<ReadonlyMap<string, number>>; end(): Promise<void> }>;
};

/** One line of `npm run bench`: the median of the runs, and how far they spread (maximum minus minimum). */
export type FigureLine = {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly bar: number | null;
  readonly met: boolean | null;
  readonly runs: number;
  readonly spread: number;
};

/** Measures one scenario. Throws when a run gives no value for a figure that it declares. */
export async function measure(scenario: Scenario): Promise<readonly FigureLine[]> {
  const values = new Map<string, number[]>(scenario.figures.map(({ figure }) => [figure, []]));
  const prepared = await scenario.prepare();
  try {
    for (let run = 0; run < scenario.runs; run++) {
      const result = await prepared.run();
      for (const [figure, collected] of values) {
        const value = result.get(figure);
        if (value === undefined) throw new Error(`${scenario.name}: no value for ${figure}`);
        collected.push(value);
      }
    }
  } finally {
    await prepared.end();
  }
  return scenario.figures.map((spec) => line(spec, values.get(spec.figure) ?? []));
}

/** The value below which a share `quantile` (0 to 1) of the values lies, by the nearest-rank method. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

export function line(spec: FigureSpec, values: readonly number[]): FigureLine {
  const value = round(quantile(values, 0.5));
  const met = spec.bar === null ? null : spec.better === 'lower' ? value <= spec.bar : value >= spec.bar;
  const spread = round(Math.max(...values) - Math.min(...values));
  return { figure: spec.figure, value, unit: spec.unit, bar: spec.bar, met, runs: values.length, spread };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
