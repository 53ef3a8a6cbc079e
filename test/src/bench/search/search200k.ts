import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import type { BenchWorld } from '../benchWorld.ts';
import { heapOf } from '../browserDevice.ts';
import { quantile, type Scenario } from '../scenario.ts';
import type { Asked, Told } from './protocol.ts';

const MESSAGES = 200_000;
const ORIGIN = 'http://localhost:9';

/** Search over 200,000 messages in a worker of Chromium, on its IndexedDB, sealed as in the session. */
export function search200k(bench: BenchWorld): Scenario {
  return {
    name: 'search-200k',
    runs: 1,
    figures: [
      { figure: 'search-200k.query.p50', unit: 'ms', bar: null, better: 'lower' },
      { figure: 'search-200k.query.p95', unit: 'ms', bar: 100, better: 'lower' },
      { figure: 'search-200k.build', unit: '1/s', bar: null, better: 'higher' },
      { figure: 'search-200k.build.longest-task', unit: 'ms', bar: 50, better: 'lower' },
      { figure: 'search-200k.ask.longest-task', unit: 'ms', bar: 50, better: 'lower' },
      // A worker that does nothing, beside the one that builds: what of the two figures above is the machine's.
      { figure: 'search-200k.idle.longest-task', unit: 'ms', bar: null, better: 'lower' },
      { figure: 'search-200k.open', unit: 'ms', bar: null, better: 'lower' },
      { figure: 'search-200k.words', unit: 'MB', bar: null, better: 'lower' },
      { figure: 'search-200k.stored', unit: 'MB', bar: null, better: 'lower' },
      { figure: 'search-200k.heap.worker', unit: 'MB', bar: 30, better: 'lower' },
    ],
    async prepare() {
      const code = await workerCode();
      const browser = await bench.browser();
      const context = await browser.newContext();
      await context.route(`${ORIGIN}/**`, (route) =>
        route.request().url().endsWith('.js')
          ? route.fulfill({ body: code, contentType: 'text/javascript' })
          : route.fulfill({ body: '<!doctype html><title>bench</title>', contentType: 'text/html' }),
      );
      return {
        async run() {
          const page = await context.newPage();
          await page.goto(`${ORIGIN}/`);
          const [built, idle] = await Promise.all([
            tell(page, { kind: 'build', messages: MESSAGES }),
            tell(page, { kind: 'idle', messages: 0 }),
          ]);
          // A new worker: nothing but what is on disk.
          await page.reload();
          const asked = await tell(page, { kind: 'ask', messages: MESSAGES });
          const { worker } = await heapOf(page);
          const stored = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? Number.NaN);
          await page.close();
          return new Map([
            ['search-200k.query.p50', quantile(asked.queries, 0.5)],
            ['search-200k.query.p95', quantile(asked.queries, 0.95)],
            ['search-200k.build', MESSAGES / (built.took / 1_000)],
            ['search-200k.build.longest-task', built.longestTask],
            ['search-200k.ask.longest-task', asked.longestTask],
            ['search-200k.idle.longest-task', idle.longestTask],
            ['search-200k.open', asked.took],
            ['search-200k.words', asked.words / 1e6],
            ['search-200k.stored', stored / 1e6],
            ['search-200k.heap.worker', worker],
          ]);
        },
        end: () => context.close(),
      };
    },
  };
}

async function workerCode(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: join(import.meta.dirname, 'worker.ts'), formats: ['es'], fileName: 'worker' },
    },
  });
  const outputs = Array.isArray(built) ? built.flatMap(({ output }) => output) : 'output' in built ? built.output : [];
  const chunk = outputs.find((output) => output.type === 'chunk');
  if (chunk === undefined) throw new Error('the worker was not built');
  return chunk.code;
}

/** Asks a new worker, which stays alive so that its heap can be measured. */
function tell(page: Page, asked: Asked): Promise<Told> {
  return page.evaluate(
    (question) =>
      new Promise<Told>((resolve, reject) => {
        const worker = new Worker('/worker.js', { type: 'module' });
        worker.onmessage = ({ data }) => ('error' in data ? reject(new Error(data.error)) : resolve(data));
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.postMessage(question);
        Object.assign(window, { benchWorker: worker });
      }),
    asked,
  );
}
