import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '@besace/homeserver-config/layout';
import { freePorts } from '@besace/homeserver-config/ports';
import type { Scenario } from './scenario.ts';

/** A second `npm start` on a data folder of its own, everything installed: from the command until "Besace is ready". */
export const secondStart: Scenario = {
  name: 'start',
  runs: 3,
  figures: [{ figure: 'start.second', unit: 's', bar: 10, better: 'lower' }],
  async prepare() {
    const data = mkdtempSync(join(tmpdir(), 'besace-bench-'));
    const environment = { ...(await somePorts()), BESACE_DATA: data };
    await timeStart(ROOT, environment);
    return {
      run: async () => new Map([['start.second', await timeStart(ROOT, environment)]]),
      end: async () => rmSync(data, { recursive: true, force: true }),
    };
  },
};

/**
 * A clone of what is committed, without packages, Python's environment or data, until "Besace is ready". Minutes, and most of what npm
 * and pip bring comes from the network or their caches: only when it is asked for by its name.
 */
export const freshStart: Scenario = {
  name: 'fresh',
  onlyWhenNamed: true,
  runs: 1,
  figures: [{ figure: 'start.fresh', unit: 's', bar: 240, better: 'lower' }],
  async prepare() {
    const folder = mkdtempSync(join(tmpdir(), 'besace-fresh-'));
    const clone = join(folder, 'besace');
    return {
      async run() {
        const cloning = spawn('git', ['clone', '--quiet', ROOT, clone], { stdio: 'inherit' });
        const [code] = await once(cloning, 'exit');
        if (code !== 0) throw new Error('the checkout cannot be cloned');
        return new Map([['start.fresh', await timeStart(clone, await somePorts())]]);
      },
      end: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};

async function somePorts(): Promise<Record<string, string>> {
  return { BESACE_PORT_BASE: String((await freePorts(['interieur', 'culture', 'externes'])).front) };
}

/** Seconds of one start, which is stopped as by Ctrl-C. */
async function timeStart(folder: string, environment: Record<string, string>): Promise<number> {
  const begin = performance.now();
  // A group of its own, so that the signal reaches npm, its shell and what they run, as a terminal does it.
  const npm = spawn('npm', ['start'], { cwd: folder, env: { ...process.env, ...environment }, detached: true });
  const ended = once(npm, 'exit');
  let said = '';
  const ready = new Promise<number>((resolve) => {
    for (const stream of [npm.stdout, npm.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk;
        if (said.includes('Besace is ready')) resolve(performance.now());
      });
    }
  });
  const early = ended.then(([code]) => Promise.reject(new Error(`npm start ended with ${code}:\n${said}`)));
  early.catch(() => {});
  const end = await Promise.race([ready, early]);
  process.kill(-(npm.pid ?? Number.NaN), 'SIGINT');
  await ended;
  return (end - begin) / 1_000;
}
