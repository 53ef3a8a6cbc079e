import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchWorld } from './benchWorld.ts';
import type { Scenario } from './scenario.ts';

const parts = [
  'homeserver-interieur',
  'homeserver-culture',
  'homeserver-externes',
  'gateway',
  'appservices',
  'mail-catcher',
  'notifier',
  'web-front',
] as const;

/** Resident memory (VmRSS) of every process of a Besace that has served the scenarios before this one. */
export function memoryOfProcesses(bench: BenchWorld): Scenario {
  return {
    name: 'memory',
    runs: 1,
    figures: parts.map((part) => ({ figure: `memory.${part}`, unit: 'MB', bar: null, better: 'lower' }) as const),
    async prepare() {
      const { description } = await bench.world();
      const folder = join(description.dataDir, 'run');
      return {
        async run() {
          const used = new Map<string, number>();
          for (const file of readdirSync(folder)) {
            if (!file.endsWith('.json')) continue;
            const { pid } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { pid?: number };
            if (pid !== undefined) used.set(`memory.${file.slice(0, -'.json'.length)}`, residentMegabytes(pid));
          }
          return used;
        },
        end: async () => {},
      };
    },
  };
}

function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1_000;
}
