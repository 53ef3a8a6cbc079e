import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Layout } from '../layout.ts';
import { SetupError } from '../setupError.ts';

/** What a start makes and `--fresh` removes. The virtual environment and the compiler's cache hold nothing of people. */
const DATA = [
  'homeservers',
  'appservices',
  'notifier',
  'config',
  'pki',
  'secrets.json',
  'demo.json',
  'logs',
  'run',
] as const;

/**
 * Asks, on a terminal, whether everything may be deleted; `yes` answers beforehand. Returns false when the person declined.
 * Throws a SetupError where nobody can be asked.
 */
export async function confirmFresh(of: Layout, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) {
    throw new SetupError('unsupported', '--fresh asks before it deletes, and there is no terminal', 'Add --yes.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(
    `This deletes all accounts, rooms, files and keys in ${of.data}. Nothing can bring them back.\nType yes to go on: `,
  );
  terminal.close();
  return ['yes', 'oui'].includes(answer.trim().toLowerCase());
}

export function removeData(of: Layout): void {
  for (const name of DATA) rmSync(join(of.data, name), { recursive: true, force: true });
}
