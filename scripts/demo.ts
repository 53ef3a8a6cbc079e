import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '@besace/homeserver-config/setupError';
import { readInstallation } from '@besace/homeserver-config/start/installation';
import { fillDemo } from '../test/src/demo/fill.ts';
import { findFront } from '../test/src/demo/signUp.ts';

// Fills the Besace that `npm start` runs with people, workspaces, conversations and a board, as clients would.
const say = (line: string) => process.stdout.write(`${line}\n`);
try {
  const { layout, organisations, ports } = readInstallation();
  const file = join(layout.data, 'demo.json');
  if (existsSync(file)) {
    say(`The demo is there already; its accounts are in ${file}. To make it again: npm start -- --fresh`);
    process.exit(0);
  }
  const front = await findFront(process.env.BESACE_URL ?? `http://localhost:${ports.front}`);
  const outsiders = organisations.filter((one) => one.outsiders).map((one) => one.serverName);
  const { agents } = await fillDemo(front, outsiders, (line) => say(`  ✓ ${line}`));
  const accounts = Object.values(agents).map(({ name, address, password, recoveryCode }) => ({
    name,
    address,
    password,
    recoveryCode,
  }));
  writeFileSync(file, `${JSON.stringify({ accounts }, null, 2)}\n`, { mode: 0o600 });
  say(`\nSign in at ${front.url} with one of these; a new device also asks for the recovery code.\n`);
  for (const { name, address, password, recoveryCode } of accounts)
    say(`  ${name}\n    ${address}  ${password}\n    ${recoveryCode}`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`Besace: ${describeError(error)}\n`);
  process.exit(1);
}
