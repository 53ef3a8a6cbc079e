import { execFile } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { promisify } from 'node:util';
import { privateFolder } from '../files.ts';
import type { Layout } from '../layout.ts';
import { busyPorts, type Ports } from '../ports.ts';
import { SetupError } from '../setupError.ts';

/** Bytes that a first start needs: Synapse's environment, packages, databases that grow. */
const DISK_FIRST_START = 1_500_000_000;
/** Below this, SQLite and the logs run into the wall while people write. */
export const DISK_MINIMUM = 300_000_000;

/** Refuses a machine that cannot run the suite, before anything is made. Throws a SetupError. */
export async function checkMachine(of: Layout, firstStart: boolean): Promise<void> {
  if (process.platform !== 'linux') {
    throw new SetupError('unsupported', `${process.platform} is not supported`, 'Run it on Linux, such as Debian 12.');
  }
  await checkTool('openssl', ['version'], 'apt-get install openssl');
  await checkTool('python3', ['--version'], 'apt-get install python3 python3-venv');
  privateFolder(of.data);
  const free = freeBytes(of);
  const needed = firstStart ? DISK_FIRST_START : DISK_MINIMUM;
  if (free < needed) {
    throw new SetupError(
      'disk-full',
      `${of.data} has ${megabytes(free)} MB left and needs ${megabytes(needed)} MB`,
      'Free some space, or put the data elsewhere with BESACE_DATA=/path npm start.',
    );
  }
}

/** Throws a SetupError that names every port of ours that another program holds. */
export async function checkPorts(ports: Ports): Promise<void> {
  const busy = await busyPorts(ports);
  const [first] = busy;
  if (first === undefined) return;
  const list = busy.map(({ part, port }) => `${port} (${part})`).join(', ');
  throw new SetupError(
    'busy-port',
    `in use by another program: ${busy.length > 1 ? 'ports' : 'port'} ${list}`,
    `Stop it (ss -ltnp 'sport = :${first.port}' shows it), or choose other ports: BESACE_PORT_BASE=9000 npm start.`,
  );
}

/** Bytes that we may still write where the data is. */
export function freeBytes(of: Layout): number {
  const { bavail, bsize } = statfsSync(of.data);
  return bavail * bsize;
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000);
}

async function checkTool(program: string, args: readonly string[], command: string): Promise<void> {
  try {
    await promisify(execFile)(program, args);
  } catch (cause) {
    throw new SetupError('missing-tool', `${program} is missing`, `Install it: ${command}`, { cause });
  }
}
