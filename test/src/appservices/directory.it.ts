import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../harness/connect.ts';
import { call, eventually } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';
import { type Answer, ask, linkFor, newPerson, type OwnAppservices, ownAppservices } from './kit.ts';

// People of three organisations find one another, as far as they may.
type Member = {
  readonly userId: string;
  readonly address: string;
  readonly clientUrl: string;
  readonly accessToken: string;
  readonly password: string;
  readonly session: string;
};
type Found = { userId: string; name: string; organisation: string; outsider: boolean; address: string | null };

let world: World;
let own: OwnAppservices;
let agent: Member;
let other: Member;
let outsider: Member;
const family = `Zéphyrin${randomBytes(3).toString('hex')}`;
/** As typed by somebody in a hurry. */
const plain = family.replace('é', 'e').toUpperCase();

beforeAll(async () => {
  world = sharedWorld();
  own = await ownAppservices(world);
  agent = await member('interieur.gouv.fr', 'interieur', `Anaïs ${family}`);
  other = await member('culture.gouv.fr', 'culture', `Benoît ${family}`);
  outsider = await member('association.example', 'externes', `Chloé ${family}`);
});
afterAll(() => own?.stop());

async function member(domain: string, organisation: string, displayName: string): Promise<Member> {
  const { address, password } = newPerson(domain, 'p');
  const token = await linkFor(own.url, own.mailUrl, address);
  const made = await ask(`${own.url}/api/accounts/sign-up/${token}`, 'POST', { displayName, password });
  const { clientUrl } = world.org(organisation);
  const login = await ask(`${clientUrl}/_matrix/client/v3/login`, 'POST', {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: made.body.userId },
    password,
  });
  const userId = String(made.body.userId);
  const account = { userId, address, clientUrl, accessToken: String(login.body.access_token), password };
  const opened = await open(await openId(account));
  expect(opened).toMatchObject({ status: 200, body: { expiresIn: 3600 } });
  return { ...account, session: String(opened.body.token) };
}

function openId(of: { userId: string; clientUrl: string; accessToken: string }): Promise<Record<string, unknown>> {
  return call(of, 'POST', `v3/user/${encodeURIComponent(of.userId)}/openid/request_token`, {});
}

function open(body: unknown): Promise<Answer> {
  return ask(`${own.url}/api/directory/session`, 'POST', body);
}

async function search(who: Member, q: string, more = ''): Promise<Found[]> {
  const answer = await ask(
    `${own.url}/api/directory/search?q=${encodeURIComponent(q)}${more}`,
    'GET',
    undefined,
    who.session,
  );
  expect(answer.status).toBe(200);
  return answer.body.people as Found[];
}

const ids = (people: Found[]) => people.map((person) => person.userId);

describe('a search', () => {
  it('[DIR-4, DIR-5, DIR-9] finds people of every organisation, accents and case ignored, one’s own first', async () => {
    const mine = await search(agent, plain);
    expect(ids(mine)).toEqual([agent.userId, other.userId, outsider.userId]);
    expect(ids(await search(other, plain))[0]).toBe(other.userId);
    expect(mine.map((person) => person.outsider)).toEqual([false, false, true]);
    expect(mine[1]).toEqual({
      userId: other.userId,
      name: `Benoît ${family}`,
      organisation: 'culture',
      outsider: false,
      address: other.address,
    });
  });

  it('[DIR-4] takes beginnings of words in any order, and beginnings of addresses', async () => {
    expect(ids(await search(agent, `${plain.slice(0, 10)} beno`))).toEqual([other.userId]);
    expect(ids(await search(agent, `ana ${plain}`))).toEqual([agent.userId]);
    expect(await search(agent, `eno ${plain}`)).toEqual([]);
    expect(ids(await search(agent, other.address.split('.gouv')[0] ?? ''))).toEqual([other.userId]);
    expect(ids(await search(agent, other.address.toUpperCase()))).toEqual([other.userId]);
  });

  it('[DIR-5] is bounded, and finds nobody for one letter', async () => {
    expect(await search(agent, plain, '&limit=1')).toHaveLength(1);
    expect(await search(agent, 'z')).toEqual([]);
    expect(await search(agent, '%')).toEqual([]);
    expect(await search(agent, 'a'.repeat(5000).slice(0, 2000))).toEqual([]);
  });

  it('[DIR-6] of an outsider takes a whole exact address and nothing else', async () => {
    expect(await search(outsider, plain)).toEqual([]);
    expect(await search(outsider, other.address.slice(0, -1))).toEqual([]);
    expect(await search(outsider, other.address.slice(0, other.address.indexOf('@') + 1))).toEqual([]);
    expect(ids(await search(outsider, ` ${other.address.toUpperCase()} `))).toEqual([other.userId]);
  });

  it('[DIR-8] of an outsider is limited far earlier, with the time to wait', async () => {
    const strict = await ownAppservices(world, { limits: { searchOutsider: { count: 2, seconds: 3600 } } });
    try {
      const session = async (who: Member) =>
        String((await ask(`${strict.url}/api/directory/session`, 'POST', await openId(who))).body.token);
      const look = (token: string) =>
        ask(`${strict.url}/api/directory/search?q=${other.address}`, 'GET', undefined, token);
      const token = await session(outsider);
      expect([(await look(token)).status, (await look(token)).status]).toEqual([200, 200]);
      // Another session is no way round it.
      const refused = await look(await session(outsider));
      expect(refused).toMatchObject({ status: 429, body: { code: 'too-many-requests' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1000);
      expect((await look(await session(agent))).status).toBe(200);
    } finally {
      await strict.stop();
    }
  });

  it('[DIR-7] does not find who hides, by name or address, until they show up again', async () => {
    const me = (hidden: boolean) => ask(`${own.url}/api/directory/me`, 'PUT', { hidden }, other.session);
    expect((await me(true)).status).toBe(200);
    expect(ids(await search(agent, plain))).not.toContain(other.userId);
    expect(await search(outsider, other.address)).toEqual([]);
    const mine = await ask(`${own.url}/api/directory/me`, 'GET', undefined, other.session);
    expect(mine.body).toMatchObject({ userId: other.userId, hidden: true });
    await me(false);
    expect(ids(await search(agent, plain))).toContain(other.userId);
  });
});

describe('a name', () => {
  it('[DIR-3] that was changed is found under the new one soon after the old one was shown', async () => {
    const name = `Bérénice ${family}`;
    await call(other, 'PUT', `v3/profile/${encodeURIComponent(other.userId)}/displayname`, { displayname: name });
    own.advance(11 * 60_000);
    await search(agent, plain);
    await eventually(async () => (await search(agent, `berenice ${plain}`)).length === 1);
    expect(await search(agent, `benoit ${plain}`)).toEqual([]);
  });

  it('[DIR-11] of an account that is gone is gone', async () => {
    const leaver = await member('culture.gouv.fr', 'culture', `Parti ${family}`);
    expect(ids(await search(agent, `parti ${plain}`))).toEqual([leaver.userId]);
    const path = 'v3/account/deactivate';
    const challenge = await ask(`${leaver.clientUrl}/_matrix/client/${path}`, 'POST', {}, leaver.accessToken);
    expect(challenge.status).toBe(401);
    await call(leaver, 'POST', path, {
      erase: true,
      auth: {
        type: 'm.login.password',
        session: challenge.body.session,
        identifier: { type: 'm.id.user', user: leaver.userId },
        password: leaver.password,
      },
    });
    own.advance(11 * 60_000);
    await search(agent, `parti ${plain}`);
    await eventually(async () => (await search(agent, `parti ${plain}`)).length === 0);
  });
});

describe('a session', () => {
  it('[DIR-1] is refused to a token that is of nobody, of another homeserver, or of an undeclared one', async () => {
    const token = await openId(agent);
    expect(await open({ ...token, access_token: 'made-up' })).toMatchObject({
      status: 403,
      body: { code: 'bad-token' },
    });
    expect(await open({ ...token, matrix_server_name: 'culture.test' })).toMatchObject({ status: 403 });
    expect(await open({ ...token, matrix_server_name: 'evil.example' })).toMatchObject({
      status: 403,
      body: { code: 'unknown-homeserver' },
    });
    expect(await open({ ...token, matrix_server_name: '127.0.0.1:1' })).toMatchObject({ status: 403 });
    // An access token is not an OpenID token.
    expect(await open({ ...token, access_token: agent.accessToken })).toMatchObject({ status: 403 });
    expect(await open({})).toMatchObject({ status: 400 });
  });

  it('[DIR-2] ends after an hour, and nothing is answered without one', async () => {
    const url = `${own.url}/api/directory/search?q=${plain}`;
    expect((await ask(url)).status).toBe(401);
    expect((await ask(url, 'GET', undefined, 'x'.repeat(43))).status).toBe(401);
    const brief = String((await open(await openId(agent))).body.token);
    expect((await ask(url, 'GET', undefined, brief)).status).toBe(200);
    own.advance(3600_000);
    expect((await ask(url, 'GET', undefined, brief)).status).toBe(401);
  });

  it('[DIR-3] of somebody whose account was made by other means puts them in', async () => {
    const name = `Dimitri${randomBytes(3).toString('hex')}`;
    const account = await world.register('culture', 'dimitri', name);
    const reader = String((await open(await openId(agent))).body.token);
    expect(await search({ ...agent, session: reader }, name)).toEqual([]);
    await open(await openId(account));
    expect(await search({ ...agent, session: reader }, name)).toMatchObject([
      { userId: account.userId, address: null },
    ]);
  });
});

describe('a homeserver’s transaction', () => {
  it('[DIR-10] reaches the appservices: the service leaves where it is invited', async () => {
    const alice = await world.register('interieur', 'alice');
    const bot = '@_besace:interieur.test';
    const { room_id } = await call<{ room_id: string }>(alice, 'POST', 'v3/createRoom', { invite: [bot] });
    const room = encodeURIComponent(room_id);
    const membership = () =>
      call<{ membership: string }>(alice, 'GET', `v3/rooms/${room}/state/m.room.member/${encodeURIComponent(bot)}`);
    await eventually(async () => (await membership()).membership === 'leave');
    const metrics = await fetch(`${world.description.appservicesUrl}/metrics`, {
      headers: { authorization: `Bearer ${world.description.metricsToken}` },
    });
    expect(await metrics.text()).toMatch(
      /besace_transactions_total\{organisation="interieur",outcome="stored"\} [1-9]/,
    );
  });
});
