import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, startApp } from '@besace/appservices/app';
import { features } from '@besace/appservices/features';
import { type MailCatcher, startMailCatcher } from '@besace/appservices/mail-catcher/catcher';
import type { CaughtMail } from '@besace/appservices/mail-catcher/caught';
import { parseConfig } from '@besace/appservices/runtime/config';
import { createLogger } from '@besace/appservices/runtime/logging';
import type { World } from '../harness/connect.ts';
import { eventually } from '../harness/http.ts';

/** An answer of the appservices, its body read as JSON. */
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };

/** Appservices in this process beside the world's own, with a clock of their own and their own mail. */
export type OwnAppservices = {
  readonly url: string;
  readonly mailUrl: string;
  readonly dataDir: string;
  /** Lets time pass for the appservices, and for nothing else. */
  advance(ms: number): void;
  /** Ends them and starts them again on the same store. */
  restart(): Promise<void>;
  /** Stops taking mail, and takes it again. */
  mailDown(): Promise<void>;
  mailUp(): Promise<void>;
  stop(): Promise<void>;
};

export type OwnOptions = {
  /** Where an organisation's homeserver is reached, when it is not straight. */
  readonly homeservers?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, { count: number; seconds: number }>>;
};

const quiet = createLogger('silent');
const generous = { count: 1000, seconds: 1 };

export async function ownAppservices(world: World, options: OwnOptions = {}): Promise<OwnAppservices> {
  const dataDir = mkdtempSync(join(tmpdir(), 'besace-appservices-'));
  let catcher: MailCatcher | undefined = await startMailCatcher({ smtpPort: 0, httpPort: 0 }, quiet);
  const { smtpPort, httpPort } = catcher;
  const worlds = JSON.parse(readFileSync(join(world.description.dataDir, 'config', 'appservices.json'), 'utf8'));
  const config = parseConfig({
    ...worlds,
    listen: { host: '127.0.0.1', port: 0 },
    dataDir,
    logLevel: 'silent',
    smtp: { ...worlds.smtp, port: smtpPort },
    mailCatcher: { smtpPort, httpPort },
    limits: { signUpAddress: generous, signUpNetwork: generous, ...options.limits },
    organisations: worlds.organisations.map((one: { id: string; homeserver: string }) => ({
      ...one,
      homeserver: options.homeservers?.[one.id] ?? one.homeserver,
    })),
  });
  let passed = 0;
  const start = () =>
    startApp({ config, slices: features, clock: () => Date.now() + passed, log: quiet, retryBaseMs: 50 });
  let app: App = await start();
  return {
    get url() {
      return app.url;
    },
    mailUrl: `http://127.0.0.1:${httpPort}`,
    dataDir,
    advance(ms) {
      passed += ms;
    },
    async restart() {
      await app.stop();
      app = await start();
    },
    async mailDown() {
      await catcher?.stop();
      catcher = undefined;
    },
    async mailUp() {
      catcher = await startMailCatcher({ smtpPort, httpPort }, quiet);
    },
    async stop() {
      await app.stop();
      await catcher?.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export async function ask(url: string, method = 'GET', body?: unknown, token?: string): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** The mails caught for an address, oldest first, once there are `count`. */
export async function mailsFor(mailUrl: string, address: string, count = 1): Promise<CaughtMail[]> {
  return eventually(async () => {
    const { body } = await ask(`${mailUrl}/api/mails?to=${encodeURIComponent(address)}`);
    const mails = body.mails as CaughtMail[];
    return mails.length >= count && [...mails].reverse();
  });
}

/** Asks for a link and gives back its token, as read in the mail. `earlier` mails of the address are waited past. */
export async function linkFor(url: string, mailUrl: string, address: string, earlier = 0): Promise<string> {
  const asked = await ask(`${url}/api/accounts/sign-up`, 'POST', { address, locale: 'fr' });
  if (asked.status !== 202) throw new Error(`no link for ${address}: ${asked.status} ${JSON.stringify(asked.body)}`);
  const mail = (await mailsFor(mailUrl, address, earlier + 1)).at(-1);
  const token = mail?.links.map((link) => /\/inscription\/([\w-]{43})$/.exec(link)?.[1]).find(Boolean);
  if (token === undefined) throw new Error(`no link in the mail for ${address}`);
  return token;
}

/** A new address of the domain, and a password that passes. Worlds are shared, so names get a random end. */
export function newPerson(domain: string, name = 'camille.durand') {
  const tag = randomBytes(4).toString('hex');
  return { address: `${name}.${tag}@${domain}`, password: randomBytes(15).toString('base64url'), tag };
}
