import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Suite } from '../suite.ts';
import { partNames } from '../suite.ts';
import type { Installation } from './installation.ts';
import { seconds } from './steps.ts';

/** What `npm run demo` leaves in `demo.json`, beside the data that it made. */
const demoSchema = v.object({
  accounts: v.array(v.object({ name: v.string(), address: v.string(), password: v.string() })),
});

/** The short page at the end of a start: where to go, with which accounts, what else there is to type. */
export function welcome(installation: Installation, suite: Suite, ms: number): string {
  const { organisations, ports, layout: of } = installation;
  const addresses = organisations
    .map((one) => one.domains[0] ?? (one.outsiders ? 'any other domain' : one.serverName))
    .join(', ');
  const mail = suite.parts.some((part) => part.name === partNames.mailCatcher)
    ? [`  Mail (sign-up links)   http://localhost:${ports.mailPage}`]
    : [];
  return [
    '',
    `Besace is ready after ${seconds(ms)}.`,
    '',
    `  Besace                 ${suite.publicUrl}`,
    ...mail,
    `  Sign up with           ${addresses}`,
    ...demoAccounts(join(of.data, 'demo.json')),
    '',
    `  Data and logs are in ${of.data}. Ctrl-C stops everything.`,
    '',
  ].join('\n');
}

function demoAccounts(file: string): string[] {
  if (!existsSync(file)) return ['  Demo accounts          none yet: npm run demo, in another terminal'];
  const { accounts } = v.parse(demoSchema, JSON.parse(readFileSync(file, 'utf8')));
  return accounts.map(
    ({ name, address, password }, index) =>
      `  ${(index === 0 ? 'Demo accounts' : '').padEnd(22)} ${name.padEnd(24)} ${address.padEnd(38)} ${password}`,
  );
}
