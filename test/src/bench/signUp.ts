import type { BenchWorld } from './benchWorld.ts';
import type { Scenario } from './scenario.ts';

/** A whole sign-up: address, mail, link, password, sign-in, keys and recovery code, without the time that a person thinks. */
export function wholeSignUp(bench: BenchWorld): Scenario {
  return {
    name: 'sign-up',
    runs: 5,
    figures: [{ figure: 'sign-up.whole', unit: 'ms', bar: null, better: 'lower' }],
    async prepare() {
      await bench.front();
      return {
        async run() {
          const start = performance.now();
          await bench.agent('interieur.gouv.fr', 'nouvelle');
          return new Map([['sign-up.whole', performance.now() - start]]);
        },
        end: async () => {},
      };
    },
  };
}
