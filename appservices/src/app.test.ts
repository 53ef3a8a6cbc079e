import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, startApp } from './app.ts';
import { accounts } from './features/accounts/index.ts';
import { directory } from './features/directory/index.ts';
import { health } from './features/health/index.ts';
import { openStore, type Store } from './runtime/database.ts';
import { createLogger } from './runtime/logging.ts';
import { testConfig } from './testing/config.ts';

// The whole service without its homeservers and mail server: what it answers to whoever sends what they should not.
let folder: string;
let app: App;
let store: Store;
const lines: string[] = [];
const HS_TOKEN = 'hs-token-of-interieur-0123456789';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'besace-app-'));
  const config = testConfig(folder);
  store = await openStore(config);
  const log = createLogger('debug', { write: (line) => void lines.push(line) });
  app = await startApp({ config, slices: [accounts, directory, health], log, store });
});
afterAll(async () => {
  await app?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function send(path: string, init: RequestInit = {}) {
  const response = await fetch(app.url + path, init);
  return { status: response.status, headers: response.headers, body: await response.json() };
}
const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const SIGN_UP = '/api/accounts/sign-up';

describe('the accounts API', () => {
  it.each([
    ['{', 400, 'bad-json'],
    ['', 400, 'bad-request'],
    ['null', 400, 'bad-json'],
    ['[]', 400, 'bad-request'],
    ['"agent@gouv.fr"', 400, 'bad-json'],
    ['{"address":["agent@gouv.fr"],"locale":"fr"}', 400, 'bad-request'],
    ['{"address":{"toString":"x"},"locale":"fr"}', 400, 'bad-request'],
    ['{"address":"agent@gouv.fr","locale":"xx"}', 400, 'bad-request'],
    ['{"address":"agent@gouv.fr"}', 400, 'bad-request'],
    ['{"__proto__":{"address":"agent@gouv.fr","locale":"fr"}}', 400, 'bad-request'],
    ['{"address":"eve@evil.com,agent@gouv.fr","locale":"fr"}', 400, 'bad-address'],
    ['{"address":"agent@gouv.fr\\r\\nBcc: eve@evil.com","locale":"fr"}', 400, 'bad-address'],
    [`{"address":"${'a'.repeat(20_000)}","locale":"fr"}`, 413, 'too-large'],
    [`${'['.repeat(8_000)}${']'.repeat(8_000)}`, 400, 'bad-request'],
  ])('[ACC-1] answers %.40s with %d %s', async (body, status, code) => {
    expect(await send(SIGN_UP, json(body))).toMatchObject({ status, body: { code } });
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', ''])(
    'takes no body of type %j, which another site’s form can send',
    async (type) => {
      const body = new Blob(['{"address":"agent@gouv.fr","locale":"fr"}']);
      const answer = await send(SIGN_UP, { method: 'POST', headers: { 'content-type': type }, body });
      expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
    },
  );

  it('takes no compressed bomb and no foreign charset', async () => {
    const { gzipSync } = await import('node:zlib');
    const bomb = gzipSync(Buffer.alloc(5_000_000, ' '));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await send(SIGN_UP, { method: 'POST', headers, body: bomb })).status).toBe(413);
    const foreign = { 'content-type': 'application/json; charset=latin1' };
    expect((await send(SIGN_UP, { method: 'POST', headers: foreign, body: '{}' })).status).toBe(415);
  });

  it.each(['', '?address=', '?address=a@b.fr&address=c@d.fr', '?address[]=a@b.fr', '?address[x]=y', '?adress=a@b.fr'])(
    '[ACC-1] answers organisation%s with 400',
    async (query) => {
      expect((await send(`/api/accounts/organisation${query}`)).status).toBe(400);
    },
  );

  it('[ACC-2, ACC-3] says where an address belongs and what its local part is', async () => {
    expect(await send('/api/accounts/organisation?address=Agent%40sous.interieur.gouv.fr')).toMatchObject({
      status: 200,
      body: {
        organisation: 'interieur',
        serverName: 'interieur.test',
        homeserver: 'http://localhost:8080/hs/interieur',
        label: { fr: 'Organisation interieur' },
        outsider: false,
        localpart: 'agent_sous.interieur.gouv.fr',
      },
    });
    const stranger = await send('/api/accounts/organisation?address=a%40b.example');
    expect(stranger.body).toMatchObject({ organisation: 'externes', outsider: true });
  });

  it.each([
    '/api/accounts/sign-up/%00',
    '/api/accounts/sign-up/..%2f..%2fhealth',
    `/api/accounts/sign-up/${'x'.repeat(5000)}`,
  ])('[ACC-6] finds no link %.50s', async (path) => {
    expect(await send(path)).toMatchObject({ status: 404, body: { code: 'unknown' } });
  });

  it('answers a broken escape, an unknown path and an unknown method without a word too many', async () => {
    expect(await send('/api/accounts/sign-up/%zz')).toMatchObject({ status: 400, body: { code: 'bad-request' } });
    expect(await send('/api/nothing')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(await send(SIGN_UP, { method: 'DELETE' })).toMatchObject({ status: 404, body: { code: 'not-found' } });
    const { headers } = await send('/api/nothing');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('[ACC-4, ACC-8] has the mail in the queue before it answers, once for one address', async () => {
    const body = { address: 'queued@interieur.gouv.fr', locale: 'fr' };
    const answers = await Promise.all([1, 2, 3].map(() => send(SIGN_UP, json(body))));
    expect(answers.map((answer) => [answer.status, answer.body])).toEqual(Array(3).fill([202, {}]));
    const rows = await store.db.selectFrom('job').select('body').where('kind', '=', 'accounts.mail').execute();
    expect(rows.filter((row) => row.body.includes('queued@'))).toHaveLength(1);
  });
});

describe('the directory API', () => {
  it('[DIR-1] asks only declared homeservers, and says when they do not answer', async () => {
    const session = (server: string) =>
      send('/api/directory/session', json({ access_token: 't', matrix_server_name: server }));
    expect(await session('evil.example')).toMatchObject({ status: 403, body: { code: 'unknown-homeserver' } });
    expect(await session('interieur.test@evil.example')).toMatchObject({ status: 403 });
    const down = await session('interieur.test');
    expect(down).toMatchObject({ status: 503, body: { code: 'homeserver-unavailable' } });
    expect(Number(down.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it.each([
    {},
    { authorization: 'Bearer ' },
    { authorization: 'Basic x' },
    { authorization: `Bearer ${'x'.repeat(600)}` },
  ])('[DIR-2] answers nobody with %j', async (headers: Record<string, string>) => {
    expect((await send('/api/directory/search?q=dupont', { headers })).status).toBe(401);
  });
});

describe('a transaction', () => {
  const path = (txn: string) => `/as/interieur/_matrix/app/v1/transactions/${txn}`;
  const push = (txn: string, body: unknown, token = HS_TOKEN) =>
    send(path(txn), { ...json(body, { authorization: `Bearer ${token}` }), method: 'PUT' });
  const member = (event_id: string, sender: string) => ({
    type: 'm.room.member',
    event_id,
    room_id: '!r',
    sender,
    state_key: sender,
    content: { membership: 'join', displayname: 'Jean Secret' },
    origin_server_ts: 1,
  });
  const refreshes = async (of: string) =>
    (await store.db.selectFrom('job').select('key').where('key', '=', `directory.refresh:${of}`).execute()).length;

  it('is taken from the homeserver only, and by its header only', async () => {
    for (const token of ['wrong', 'hs-token-of-culture-0123456789', `${HS_TOKEN}x`]) {
      expect((await push('t0', { events: [] }, token)).status).toBe(403);
    }
    const byQuery = await send(`${path('t0')}?access_token=${HS_TOKEN}`, { ...json({ events: [] }), method: 'PUT' });
    expect(byQuery.status).toBe(403);
    expect((await push('t1', { events: [] })).status).toBe(200);
  });

  it('makes its work once, however often it comes', async () => {
    const sender = '@once:interieur.test';
    // Held back, so that the worker does not take it away before it is counted.
    const body = { events: [member('$1', sender)] };
    expect((await push('t2', body)).status).toBe(200);
    await store.db.deleteFrom('job').where('key', '=', `directory.refresh:${sender}`).execute();
    expect((await push('t2', body)).status).toBe(200);
    expect(await refreshes(sender)).toBe(0);
    const txns = await store.db.selectFrom('as_transaction').select('txn').where('txn', '=', 't2').execute();
    expect(txns).toHaveLength(1);
  });

  it('[T7] loses the one event that does not parse, and no other', async () => {
    const hostile: unknown[] = [null, 3, 'x', [], {}, { ...member('$2', '@x:interieur.test'), content: null }];
    hostile.push({ ...member('$3', 'x'), sender: 'y'.repeat(300) }, { ...member('$4', 'x'), state_key: {} });
    hostile.push(JSON.parse('{"type":"m.room.member","__proto__":{"sender":"@p:interieur.test"}}'));
    const answer = await push('t3', { events: [...hostile, member('$5', '@good:interieur.test')] });
    expect(answer).toMatchObject({ status: 200, body: {} });
    const known = await store.db.selectFrom('as_transaction').select('txn').where('txn', '=', 't3').execute();
    expect(known).toHaveLength(1);
  });

  it.each([[[]], ['{'], [{}], [{ events: {} }], [{ events: Array(1001).fill({}) }]])(
    'of shape %.40j is refused',
    async (body) => {
      expect((await push('t4', body)).status).toBe(400);
    },
  );

  it('may be large, but not without bound', async () => {
    const big = { ...member('$6', '@big:interieur.test'), padding: 'x'.repeat(60_000) };
    expect((await push('t5', { events: Array(100).fill(big) })).status).toBe(200);
    expect((await push('t6', { events: Array(150).fill(big) })).status).toBe(413);
  });

  it('route answers a ping, and knows no user or alias of its own', async () => {
    const headers = { authorization: `Bearer ${HS_TOKEN}` };
    const ping = await send('/as/interieur/_matrix/app/v1/ping', json({ transaction_id: 'x' }, headers));
    expect(ping).toMatchObject({ status: 200, body: {} });
    const alias = await fetch(`${app.url}/as/interieur/_matrix/app/v1/rooms/%23x%3Ainterieur.test`, { headers });
    expect(
      (await fetch(`${app.url}/as/unknown/_matrix/app/v1/transactions/1`, { method: 'PUT', headers })).status,
    ).toBe(404);
    expect(alias.status).toBeLessThan(500);
  });
});

describe('the health API', () => {
  it('[HEA-1, HEA-2, HEA-3] is degraded without homeservers and mail, tells no reason, and is not asked again at once', async () => {
    const first = await send('/health');
    expect(first).toMatchObject({
      status: 200,
      body: { status: 'degraded', checks: { store: { ok: true }, mail: { ok: false } } },
    });
    expect(JSON.stringify(first.body)).not.toMatch(/127\.0\.0\.1|ECONN|token/);
    expect((await send('/health')).body).toEqual(first.body);
  });

  it('[HEA-4] shows its figures to the bearer of the token only', async () => {
    const metrics = (token?: string) =>
      fetch(`${app.url}/metrics`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
    expect([(await metrics()).status, (await metrics('wrong')).status]).toEqual([401, 401]);
    const response = await metrics('metrics-token-0123456789');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const text = await response.text();
    expect(text).toMatch(
      /besace_http_request_seconds_count\{method="POST",route="\/api\/accounts\/sign-up",status="202"\} 3/,
    );
    expect(text).toMatch(/besace_jobs_queued\{state="waiting"\} \d+/);
  });
});

describe('the log', () => {
  it('has a line a request with its correlation id, and nothing personal', async () => {
    const answer = await send('/api/accounts/organisation?address=secret.agent%40interieur.gouv.fr', {
      headers: { 'x-request-id': 'given-by-the-front-1' },
    });
    expect(answer.headers.get('x-request-id')).toBe('given-by-the-front-1');
    const injected = await send('/health', { headers: { 'x-request-id': '{"level":"fatal"}' } });
    expect(injected.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const line = lines.map((text) => JSON.parse(text)).find((one) => one.correlation === 'given-by-the-front-1');
    expect(line).toMatchObject({ msg: 'request', method: 'GET', route: '/api/accounts/organisation', status: '200' });
    expect(lines.join('')).not.toMatch(
      /secret\.agent|queued@|gouv\.fr|Jean Secret|@once|127\.0\.0\.1|hs-token|\bx{20}/,
    );
  });
});

describe('a slow or rude sender', () => {
  it('with a header too many or too long is cut off', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${app.url}/health`, { headers: { 'x-long': 'x'.repeat(20_000) } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.once('error', reject);
      sent.end();
    });
    expect(status).toBe(431);
  });

  it('that leaves in the middle of a body costs nothing', async () => {
    const { hostname, port } = new URL(app.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `POST ${SIGN_UP} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a`,
          () => socket.destroy(),
        );
      });
      socket.once('close', () => resolve());
    });
    expect((await send('/api/nothing')).status).toBe(404);
  });
});

describe('an installation', () => {
  it('without a slice has no trace of it, and the others run', async () => {
    const bare = await startApp({
      config: { ...testConfig(join(folder, 'bare')) },
      slices: [accounts],
      log: createLogger('silent'),
    });
    try {
      const status = async (path: string) => (await fetch(bare.url + path)).status;
      expect(await status('/api/accounts/organisation?address=a%40b.fr')).toBe(200);
      expect([await status('/api/directory/search?q=ab'), await status('/health')]).toEqual([404, 404]);
    } finally {
      await bare.stop();
    }
  });

  it('whose port is taken says so, and leaves nothing open', async () => {
    const port = Number(new URL(app.url).port);
    const config = { ...testConfig(join(folder, 'taken')), listen: { host: '127.0.0.1', port } };
    await expect(startApp({ config, slices: [health], log: createLogger('silent') })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
