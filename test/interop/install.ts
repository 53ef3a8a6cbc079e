import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layout } from '@besace/homeserver-config/layout';
import { ensureVirtualEnvironment } from '@besace/homeserver-config/python';

const VENV = join(layout().root, '.besace', 'interop');

/** Python with the clients of others. */
export function peersPython(): string {
  return join(VENV, 'bin', 'python');
}

/** Installs the clients of others where they are missing or were changed. Throws a SetupError that says what to do. */
export async function ensurePeers(): Promise<void> {
  const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
  await ensureVirtualEnvironment({ venv: VENV, requirements, what: 'the clients of the interoperability tests' });
}
