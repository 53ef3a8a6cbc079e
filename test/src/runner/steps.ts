import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkSlices } from '../checks/slices.ts';

/** What one step of the suite came to. `output` is shown only when something failed, after what the step showed itself. */
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
    vitest('unit and property tests', 'vitest.config.ts', 10),
    command('build of the client', 'npm', ['run', '--silent', '-w', '@besace/client', 'build']),
    vitest('integration on real servers', 'vitest.it.config.ts', 30),
    vitest('clients of others', 'vitest.interop.config.ts', 5),
    vitest('end to end and accessibility', 'vitest.e2e.config.ts', 20),
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

/**
 * Runs vitest with its JSON report beside the readable one, because only the report's counts can be trusted. The readable
 * one is shown while it is written: a line for each file.
 */
function vitest(name: string, config: string, minutes: number): Step {
  return {
    name,
    run: async (root) => {
      const folder = join(root, '.besace', 'test');
      mkdirSync(folder, { recursive: true });
      const report = join(folder, `${config}.json`);
      rmSync(report, { force: true });
      const reporters = ['default', 'json', join(root, 'test/src/runner/startReporter.ts')];
      const args = ['run', '--config', config, ...reporters.map((one) => `--reporter=${one}`)];
      args.push(`--outputFile.json=${report}`);
      const { code, ended } = await execute(root, 'vitest', args, {
        limit: minutes * 60_000,
        onOutput: (chunk) => process.stdout.write(chunk),
      });
      const output = ended ?? '';
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

type Execution = {
  /** Milliseconds after which the program is ended, and the step has failed. */
  readonly limit?: number;
  /** Told every chunk of output when it comes, so that whoever reads the log of a run that was cut off knows where it was. */
  readonly onOutput?: (chunk: string) => void;
};

/** `ended` is the sentence that says why the program did not end by itself. */
type Ended = { readonly code: number; readonly output: string; readonly ended?: string };

/** Milliseconds for output that is still under way when a program ends, and for a program that was asked to end. */
const DRAIN = 2_000;
const GRACE = 20_000;

/**
 * Runs a program in a process group of its own, and ends with the program and not with its pipes: a server that a test lost
 * inherits them, and would keep the suite waiting for ever.
 */
function execute(root: string, program: string, args: readonly string[], how: Execution = {}): Promise<Ended> {
  const limit = how.limit ?? 15 * 60_000;
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' };
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const chunks: string[] = [];
    let ended: string | undefined;
    const keep = (chunk: Buffer) => {
      const text = chunk.toString('utf8');
      chunks.push(text);
      how.onOutput?.(text);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const signal = (name: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch (error) {
        // Nobody is left in the group, which is what was wanted.
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    };
    const timer = setTimeout(() => {
      ended = `${program} ${args.join(' ')} had not finished after ${limit / 60_000} minutes, and was ended.`;
      signal('SIGTERM');
      setTimeout(signal, GRACE, 'SIGKILL').unref();
    }, limit);
    // The program is in a group of its own: whoever stops the suite has to be passed on.
    const pass = (name: NodeJS.Signals) => {
      signal(name);
      process.exit(1);
    };
    process.once('SIGINT', pass);
    process.once('SIGTERM', pass);
    const finish = (code: number) => {
      clearTimeout(timer);
      process.off('SIGINT', pass);
      process.off('SIGTERM', pass);
      signal('SIGKILL');
      const output = [...chunks, ...(ended === undefined ? [] : [ended])].join('');
      resolve({ code: ended === undefined ? code : 1, output, ...(ended !== undefined && { ended }) });
    };
    child.on('error', (error) => {
      chunks.push(`${program}: ${error.message}`);
      finish(1);
    });
    child.on('close', (code) => finish(code ?? 1));
    child.on('exit', () => {
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, DRAIN).unref();
    });
  });
}
