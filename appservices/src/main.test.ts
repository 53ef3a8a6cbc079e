import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMailCatcher } from './mail-catcher/catcher.ts';
import type { CaughtMail } from './mail-catcher/caught.ts';
import { createLogger } from './runtime/logging.ts';
import { configJson } from './testing/config.ts';

// The entries as processes: what an operator's supervisor and an unlucky power cut do to them.
type Running = { readonly child: ChildProcess; readonly url: string; readonly ended: Promise<number | null> };

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'besace-main-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function run(entry: string, config: object | undefined) {
  const file = join(folder, 'config.json');
  if (config !== undefined) writeFileSync(file, JSON.stringify(config));
  const path = fileURLToPath(new URL(entry, import.meta.url));
  const env = { ...process.env, BESACE_APPSERVICES_CONFIG: config === undefined ? '' : file };
  const child = spawn(process.execPath, ['--no-deprecation', path], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const out = { text: '' };
  child.stdout.on('data', (chunk) => {
    out.text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    out.text += chunk;
  });
  const ended = once(child, 'exit').then(([code]): number | null => code);
  return { child, out, ended };
}

async function start(smtpPort = 9): Promise<Running> {
  const json = configJson(join(folder, 'data'));
  const { child, out, ended } = run('main.ts', { ...json, logLevel: 'info', smtp: { ...json.smtp, port: smtpPort } });
  const port = await until(() => /"port":(\d+).*"msg":"listening"/.exec(out.text)?.[1], ended);
  return { child, url: `http://127.0.0.1:${port}`, ended };
}

/** Asks again until there is an answer. Rejects when the process ends first. */
async function until<T>(ask: () => T | undefined | Promise<T | undefined>, ended: Promise<unknown>): Promise<T> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (over) throw new Error('the process ended');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const signUp = (url: string, address: string) =>
  fetch(`${url}/api/accounts/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ address, locale: 'fr' }),
  });

describe('the process', () => {
  it('[ACC-8] loses no mail that it answered for when it is killed', async () => {
    const catcher = await startMailCatcher({ smtpPort: 0, httpPort: 0 }, createLogger('silent'));
    await catcher.stop();
    const first = await start(catcher.smtpPort);
    const addresses = Array.from({ length: 5 }, (_, n) => `kill${n}@interieur.gouv.fr`);
    for (const address of addresses) expect((await signUp(first.url, address)).status).toBe(202);
    first.child.kill('SIGKILL');
    await first.ended;
    const again = await startMailCatcher(catcher, createLogger('silent'));
    try {
      const second = await start(catcher.smtpPort);
      for (const address of addresses) {
        const mails = await until(async () => {
          const response = await fetch(`http://127.0.0.1:${catcher.httpPort}/api/mails?to=${address}`);
          const found = ((await response.json()) as { mails: CaughtMail[] }).mails;
          return found.length > 0 ? found : undefined;
        }, second.ended);
        expect(mails).toHaveLength(1);
      }
    } finally {
      await again.stop();
    }
  }, 90_000);

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends on %s with its requests answered',
    async (signal) => {
      const { child, url, ended } = await start();
      // These wait for dependencies that do not answer, so they are under way when the signal comes.
      const pending = [fetch(`${url}/health`), signUp(url, 'leaving@interieur.gouv.fr')];
      await signUp(url, 'before@interieur.gouv.fr');
      child.kill(signal);
      expect((await Promise.all(pending)).map((answer) => answer.status)).toEqual([200, 202]);
      expect(await ended).toBe(0);
    },
    60_000,
  );

  it('says in one line what is wrong with its configuration, and ends with 78', async () => {
    const unset = run('main.ts', undefined);
    expect(await unset.ended).toBe(78);
    expect(unset.out.text).toContain('BESACE_APPSERVICES_CONFIG');
    const bad = run('main.ts', { ...configJson(), metricsToken: 'short' });
    expect(await bad.ended).toBe(78);
    expect(bad.out.text).toContain('metricsToken');
    expect(bad.out.text).not.toContain('    at ');
  }, 90_000);

  it('says that its port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const json = configJson(join(folder, 'data'));
    const taken = run('main.ts', { ...json, listen: { host: '127.0.0.1', port } });
    expect(await taken.ended).toBe(1);
    expect(taken.out.text).toContain(`EADDRINUSE`);
    holder.close();
  }, 90_000);
});

describe('the mail catcher’s process', () => {
  it('refuses to run where no mail is to be caught', async () => {
    const { out, ended } = run('mail-catcher.ts', configJson());
    expect(await ended).toBe(78);
    expect(out.text).toContain('mailCatcher');
  }, 90_000);

  it('ends on SIGTERM', async () => {
    const { child, out, ended } = run('mail-catcher.ts', {
      ...configJson(),
      logLevel: 'info',
      mailCatcher: { smtpPort: 0, httpPort: 0 },
    });
    await until(() => (out.text.includes('catching mail') ? true : undefined), ended);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  }, 90_000);
});
