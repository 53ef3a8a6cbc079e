import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../harness/connect.ts';
import { eventually } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';
import { ask, linkFor, mailsFor, newPerson, type OwnAppservices, ownAppservices } from './kit.ts';
import { type Relay, startRelay } from './relay.ts';

// What goes wrong on the way, against the world's real Synapse behind a network that can fail.
const REGISTER = '/_synapse/admin/v1/register';
const HOUR = 3600_000;
let world: World;
let relay: Relay;
let own: OwnAppservices;

beforeAll(async () => {
  world = sharedWorld();
  relay = await startRelay(world.org('interieur').clientUrl);
  own = await ownAppservices(world, { homeservers: { interieur: relay.url } });
});
afterEach(() => relay.clear());
afterAll(async () => {
  await own?.stop();
  await relay?.stop();
});

const newAgent = () => newPerson('interieur.gouv.fr');
const complete = (token: string, password: string) =>
  ask(`${own.url}/api/accounts/sign-up/${token}`, 'POST', { displayName: 'Camille Durand', password });

async function signsIn(address: string, password: string): Promise<boolean> {
  const place = await ask(`${own.url}/api/accounts/organisation?address=${encodeURIComponent(address)}`);
  const answer = await ask(`${world.org('interieur').clientUrl}/_matrix/client/v3/login`, 'POST', {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: place.body.localpart },
    password,
  });
  return answer.status === 200;
}

describe('a link', () => {
  it('[ACC-5, ACC-6] ends an hour after its mail', async () => {
    const { address, password } = newAgent();
    const token = await linkFor(own.url, own.mailUrl, address);
    own.advance(HOUR + 1000);
    const url = `${own.url}/api/accounts/sign-up/${token}`;
    expect(await ask(url)).toMatchObject({ status: 410, body: { code: 'expired' } });
    expect(await complete(token, password)).toMatchObject({ status: 410, body: { code: 'expired' } });
    const second = await linkFor(own.url, own.mailUrl, address, 1);
    expect((await complete(second, password)).status).toBe(201);
  });

  it('[ACC-6] is used with every other link of its address', async () => {
    const { address, password } = newAgent();
    const first = await linkFor(own.url, own.mailUrl, address);
    const second = await linkFor(own.url, own.mailUrl, address, 1);
    expect(second).not.toBe(first);
    expect((await complete(second, password)).status).toBe(201);
    expect(await complete(first, password)).toMatchObject({ status: 410, body: { code: 'used' } });
  });

  it('[ACC-5] is in the store as a hash only, and the queue keeps nothing of it', async () => {
    const { address } = newAgent();
    const token = await linkFor(own.url, own.mailUrl, address);
    for (const file of ['appservices.sqlite', 'appservices.sqlite-wal']) {
      expect(readFileSync(join(own.dataDir, file)).includes(token)).toBe(false);
    }
  });
});

describe('a homeserver that fails in the middle', () => {
  it('[ACC-7] before the account was made: the same call again makes it', async () => {
    const { address, password } = newAgent();
    const token = await linkFor(own.url, own.mailUrl, address);
    relay.set('cut', 'POST', REGISTER);
    const failed = await complete(token, password);
    expect(failed).toMatchObject({ status: 503, body: { code: 'homeserver-unavailable' } });
    expect(Number(failed.headers.get('retry-after'))).toBeGreaterThan(0);
    relay.clear();
    expect((await complete(token, password)).status).toBe(201);
    expect(await signsIn(address, password)).toBe(true);
  });

  it('[ACC-7] after it was made, its answer lost: the same call again ends well', async () => {
    const { address, password } = newAgent();
    const token = await linkFor(own.url, own.mailUrl, address);
    relay.set('lose-answer', 'POST', REGISTER);
    expect((await complete(token, password)).status).toBe(503);
    expect(await signsIn(address, password)).toBe(true);
    relay.clear();
    expect((await complete(token, password)).status).toBe(201);
    expect(await complete(token, password)).toMatchObject({ status: 410, body: { code: 'used' } });
  });

  it('[ACC-7] after it was made with another password: says that there is an account', async () => {
    const { address, password } = newAgent();
    const token = await linkFor(own.url, own.mailUrl, address);
    relay.set('lose-answer', 'POST', REGISTER);
    expect((await complete(token, password)).status).toBe(503);
    relay.clear();
    const other = newAgent().password;
    expect(await complete(token, other)).toMatchObject({ status: 409, body: { code: 'account-exists' } });
    expect(await signsIn(address, password)).toBe(true);
    expect(await signsIn(address, other)).toBe(false);
  });

  it('[ACC-7] and the appservices restarted between the tries', async () => {
    const { address, password } = newAgent();
    const token = await linkFor(own.url, own.mailUrl, address);
    relay.set('lose-answer', 'POST', REGISTER);
    expect((await complete(token, password)).status).toBe(503);
    relay.clear();
    await own.restart();
    expect((await complete(token, password)).status).toBe(201);
  });

  it('[ACC-7] two calls at once make one account', async () => {
    const { address, password } = newAgent();
    const token = await linkFor(own.url, own.mailUrl, address);
    const answers = await Promise.all([1, 2, 3, 4].map(() => complete(token, password)));
    const codes = answers.map(({ status, body }) => `${status} ${body.code ?? ''}`.trim());
    expect(codes.filter((code) => code === '201')).toHaveLength(1);
    expect(codes.filter((code) => !['201', '409 in-progress', '410 used'].includes(code))).toEqual([]);
  });

  it('[ACC-8] holds no mail up', async () => {
    const { address } = newAgent();
    relay.set('cut', 'GET', '/_matrix');
    expect((await ask(`${own.url}/api/accounts/sign-up`, 'POST', { address, locale: 'en' })).status).toBe(202);
    expect(await mailsFor(own.mailUrl, address)).toMatchObject([{ subject: 'Your Besace sign-up' }]);
  });

  it('[HEA-2] leaves the service degraded, not down', async () => {
    relay.set('cut', 'GET', '/_matrix');
    const health = await eventually(async () => {
      const answer = await ask(`${own.url}/health`);
      return answer.body.status === 'degraded' && answer;
    });
    expect(health.status).toBe(200);
    expect(health.body.checks).toMatchObject({ store: { ok: true }, 'homeserver:interieur': { ok: false } });
  });
});

describe('a mail server that fails', () => {
  it('[ACC-8] delays the mail, over a restart too, and loses none', async () => {
    const people = Array.from({ length: 10 }, newAgent);
    await own.mailDown();
    for (const { address } of people) {
      const body = { address, locale: 'fr' };
      expect((await ask(`${own.url}/api/accounts/sign-up`, 'POST', body)).status).toBe(202);
    }
    await own.restart();
    await own.mailUp();
    for (const { address } of people) expect((await mailsFor(own.mailUrl, address)).length).toBeGreaterThan(0);
  });
});

describe('asking too often', () => {
  it('[ACC-9] is limited for one address, over a restart too, and says how long to wait', async () => {
    const limited = await ownAppservices(world, { limits: { signUpAddress: { count: 3, seconds: 3600 } } });
    try {
      const { address } = newAgent();
      const sign = (text: string) =>
        ask(`${limited.url}/api/accounts/sign-up`, 'POST', { address: text, locale: 'fr' });
      expect((await sign(address)).status).toBe(202);
      expect((await sign(address.toUpperCase())).status).toBe(202);
      await limited.restart();
      expect((await sign(` ${address}`)).status).toBe(202);
      const refused = await sign(address);
      expect(refused).toMatchObject({ status: 429, body: { code: 'too-many-requests' } });
      const wait = Number(refused.headers.get('retry-after'));
      expect(wait).toBeGreaterThan(1000);
      expect(wait).toBeLessThanOrEqual(1200);
      expect((await sign(newAgent().address)).status).toBe(202);
      limited.advance(wait * 1000);
      expect((await sign(address)).status).toBe(202);
    } finally {
      await limited.stop();
    }
  });

  it('[ACC-9] is limited for one network', async () => {
    const limited = await ownAppservices(world, { limits: { signUpNetwork: { count: 2, seconds: 3600 } } });
    try {
      const sign = (from: string) =>
        fetch(`${limited.url}/api/accounts/sign-up`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
          body: JSON.stringify({ address: newAgent().address, locale: 'fr' }),
        }).then((response) => response.status);
      expect([await sign('2001:db8::1'), await sign('2001:db8:0:0:ff::2'), await sign('2001:db8::3')]).toEqual([
        202, 202, 429,
      ]);
      expect(await sign('2001:db8:0:1::1')).toBe(202);
      expect(await sign('192.0.2.1')).toBe(202);
    } finally {
      await limited.stop();
    }
  });
});
