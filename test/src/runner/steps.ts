import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkSlices } from '../checks/slices.ts';

/** What one step of the suite came to. `output` is shown only when something failed. */
export type StepResult = { readonly passed: number; readonly failed: number; readonly output: string };

export type Step = { readonly name: string; readonly run: (root: string) => Promise<StepResult> };

/** The suite, in its order: what is cheap and tells most comes first, and the first failure ends it. */
export function suite(): readonly Step[] {
  return [
    { name: 'browser', run: ensureChromium },
    command('types', 'tsc', ['-b']),
    command('types of the client', 'npm', ['run', '--silent', '-w', '@besace/client', 'types']),
    command('lint and format', 'biome', ['ci', '--error-on-warnings', '.']),
    command('layers, slices, cycles', 'depcruise', [
      '--config',
      '.dependency-cruiser.cjs',
      ...['protocol', 'matrix', 'client', 'appservices', 'homeserver-config'].map((name) => `${name}/src`),
      'bots/notifier/src',
      'scripts',
      'test',
    ]),
    command('dead code', 'knip', []),
    { name: 'slices and their rules', run: slices },
    vitest('unit and property tests', 'vitest.config.ts'),
    command('build of the client', 'npm', ['run', '--silent', '-w', '@besace/client', 'build']),
    vitest('integration on real servers', 'vitest.it.config.ts'),
    vitest('end to end and accessibility', 'vitest.e2e.config.ts'),
  ];
}

function command(name: string, program: string, args: readonly string[]): Step {
  return {
    name,
    run: async (root) => {
      const { code, output } = await execute(root, program, args);
      return code === 0 ? { passed: 1, failed: 0, output } : { passed: 0, failed: 1, output };
    },
  };
}

/** Runs vitest with its JSON report beside the readable one, because only the report's counts can be trusted. */
function vitest(name: string, config: string): Step {
  return {
    name,
    run: async (root) => {
      const folder = join(root, '.besace', 'test');
      mkdirSync(folder, { recursive: true });
      const report = join(folder, `${config}.json`);
      rmSync(report, { force: true });
      const { code, output } = await execute(root, 'vitest', [
        'run',
        ...['--config', config],
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ]);
      if (!existsSync(report)) return { passed: 0, failed: 1, output };
      const counts: { numPassedTests: number; numFailedTests: number } = JSON.parse(readFileSync(report, 'utf8'));
      // A file that cannot be loaded fails the run without a failed test: count it.
      const failed = code === 0 ? counts.numFailedTests : Math.max(1, counts.numFailedTests);
      const none = counts.numPassedTests === 0 ? 1 : 0;
      return { passed: counts.numPassedTests, failed: Math.max(failed, none), output };
    },
  };
}

async function slices(root: string): Promise<StepResult> {
  const report = checkSlices(root);
  return {
    passed: report.problems.length === 0 ? 1 : 0,
    failed: report.problems.length,
    output: report.problems.join('\n'),
  };
}

async function ensureChromium(root: string): Promise<StepResult> {
  if (existsSync('/usr/bin/chromium')) return { passed: 1, failed: 0, output: '' };
  const how = 'apt-get update && apt-get install -y --no-install-recommends chromium';
  if (process.getuid?.() !== 0) {
    return { passed: 0, failed: 1, output: `Chromium is missing. As root: ${how}` };
  }
  const { code, output } = await execute(root, 'sh', ['-c', how]);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, output };
}

function execute(root: string, program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' };
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    const keep = (chunk: Buffer) => {
      chunks.push(chunk);
      if (process.env.BESACE_VERBOSE) process.stdout.write(chunk);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: 1, output: `${program}: ${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }));
  });
}
