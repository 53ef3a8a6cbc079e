import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBenchWorld } from '../test/src/bench/benchWorld.ts';
import { measure } from '../test/src/bench/scenario.ts';
import { scenariosOf } from '../test/src/bench/scenarios.ts';

// `npm run bench` measures every scenario; `npm run bench -- board rooms` those whose name contains one of the words.
// One JSON line a figure on standard output, and all of them in .besace/bench/latest.jsonl.
const only = process.argv.slice(2);
const lines: string[] = [];
const bench = createBenchWorld();
try {
  for (const scenario of scenariosOf(bench)) {
    const named = only.some((word) => scenario.name.includes(word));
    if (!named && (only.length > 0 || scenario.onlyWhenNamed)) continue;
    for (const figure of await measure(scenario)) {
      const text = JSON.stringify(figure);
      lines.push(text);
      process.stdout.write(`${text}\n`);
    }
  }
} finally {
  await bench.end();
}
const folder = join(import.meta.dirname, '..', '.besace', 'bench');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'latest.jsonl'), `${lines.join('\n')}\n`);
process.exit(0);
