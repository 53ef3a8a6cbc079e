import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writePrivate } from './files.ts';
import { type Layout, ROOT } from './layout.ts';
import { SetupError } from './setupError.ts';

const REQUIREMENTS = join(ROOT, 'homeserver-config', 'requirements.txt');
/** The oldest Python that requirements.txt was resolved for. */
const MINIMUM = [3, 11] as const;

/** A virtual environment with what a file of requirements says, each pinned with its hashes. `what` names it in a sentence. */
export type PythonPackages = { readonly venv: string; readonly requirements: string; readonly what: string };

/**
 * Installs Synapse into the virtual environment from the pinned, hashed requirements. Returns false, at once, when they
 * have not changed since. Throws a SetupError for a missing Python, a missing venv module, no network and a full disk.
 */
export function ensureSynapse(of: Layout): Promise<boolean> {
  return ensureVirtualEnvironment({ venv: of.venv, requirements: REQUIREMENTS, what: 'Synapse' });
}

/** What `ensureSynapse` does, for any other packages. */
export async function ensureVirtualEnvironment({ venv, requirements, what }: PythonPackages): Promise<boolean> {
  const stamp = join(venv, 'besace-requirements');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false;
  await checkPython();
  rmSync(venv, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', venv], venvTrouble);
  const options = ['--require-hashes', '--no-deps'];
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--progress-bar=off'];
  await run(join(venv, 'bin', 'pip'), ['install', ...quiet, ...options, '-r', requirements], pipTrouble(what));
  writePrivate(stamp, wanted);
  return true;
}

/** The version of Synapse in the virtual environment. Null when there is none. */
export async function synapseVersion(of: Layout): Promise<string | null> {
  const python = join(of.venv, 'bin', 'python');
  if (!existsSync(python)) return null;
  const code = 'from importlib.metadata import version; print(version("matrix-synapse"))';
  return (await promisify(execFile)(python, ['-c', code])).stdout.trim();
}

async function checkPython(): Promise<void> {
  const code = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const version = (await run('python3', ['-c', code], () => null)).trim();
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === MINIMUM[0] && minor >= MINIMUM[1]) return;
  throw new SetupError('unsupported', `Python ${version} is too old`, `Install Python ${MINIMUM.join('.')} or newer.`);
}

type Trouble = (output: string) => SetupError | null;

const venvTrouble: Trouble = (output) =>
  /ensurepip|No module named venv/.test(output)
    ? new SetupError('missing-tool', "Python's venv module is missing", 'Install it: apt-get install python3-venv')
    : null;

function pipTrouble(what: string): Trouble {
  return (output) =>
    /HASHES FROM THE REQUIREMENTS FILE|do not match the hashes/i.test(output)
      ? new SetupError('no-answer', 'a Python package differs from its pinned hash', 'Do not go on: find out why.')
      : new SetupError(
          'no-answer',
          `pip could not install ${what}: ${lastLine(output)}`,
          'Check the network, then try again.',
        );
}

async function run(program: string, args: readonly string[], trouble: Trouble): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const { code, stdout = '', stderr = '' } = cause as Error & { code?: unknown; stdout?: string; stderr?: string };
    if (code === 'ENOENT') {
      throw new SetupError(
        'missing-tool',
        `${program} is missing`,
        'Install it: apt-get install python3 python3-venv',
        { cause },
      );
    }
    const output = `${stdout}\n${stderr}`;
    if (/No space left on device/.test(output)) {
      throw new SetupError('disk-full', 'the disk is full', 'Free 1 GB, then try again.', { cause });
    }
    throw (
      trouble(output) ??
      new SetupError('part-failed', `${program} failed: ${lastLine(output)}`, 'See the message.', { cause })
    );
  }
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
