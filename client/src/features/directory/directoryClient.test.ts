import { ok } from '@besace/protocol/core/result';
import { beforeEach, describe, expect, test } from 'vitest';
import { createDirectory, type DirectoryDeps } from './directoryClient.ts';

const token = { access_token: 'proof', matrix_server_name: 'interieur.test', expires_in: 3600, token_type: 'Bearer' };
const claire = {
  userId: '@claire:culture.test',
  name: 'Claire Petit',
  organisation: 'culture',
  outsider: false,
  address: null,
};

/** An HTTP answer for each request, in order; requests are kept. */
function answering(...answers: readonly (Response | Error)[]) {
  const asked: { url: string; init: RequestInit }[] = [];
  const left = [...answers];
  const fetch: DirectoryDeps['fetch'] = async (url, init = {}) => {
    asked.push({ url: String(url), init });
    const answer = left.shift();
    if (answer === undefined) throw new Error(`not expected: ${url}`);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { fetch, asked };
}

const session = () => Response.json({ token: 'secret', expiresIn: 600 });
const none = () => Response.json({ people: [] });
let clock = 0;

function directoryOver(fetch: DirectoryDeps['fetch']) {
  return createDirectory({
    fetch,
    api: { openIdToken: async () => ok(token) },
    base: '/api/directory',
    now: () => clock,
  });
}

beforeEach(() => {
  clock = 0;
});

describe('the directory over HTTP', () => {
  test('[PEOPLE-3] proves who asks once, then asks with the session until it ends', async () => {
    const { fetch, asked } = answering(session(), Response.json({ people: [claire] }), none(), session(), none());
    const directory = directoryOver(fetch);
    expect(await directory.search('cla & co')).toEqual(ok([claire]));
    await directory.search('clai');
    clock = 600_000;
    await directory.search('clair');
    expect(asked.map(({ url }) => url)).toEqual([
      '/api/directory/session',
      '/api/directory/search?q=cla+%26+co&limit=12',
      '/api/directory/search?q=clai&limit=12',
      '/api/directory/session',
      '/api/directory/search?q=clair&limit=12',
    ]);
    expect(JSON.parse(String(asked[0]?.init.body))).toEqual(token);
    expect(new Headers(asked[1]?.init.headers).get('authorization')).toBe('Bearer secret');
  });

  test('[PEOPLE-3] a refused session is renewed once', async () => {
    const again = answering(session(), Response.json({ code: 'no-session' }, { status: 401 }), session(), none());
    expect(await directoryOver(again.fetch).search('claire')).toEqual(ok([]));
    const never = answering(
      session(),
      Response.json({ code: 'no-session' }, { status: 401 }),
      session(),
      Response.json({ code: 'no-session' }, { status: 401 }),
    );
    expect(await directoryOver(never.fetch).search('claire')).toEqual({
      ok: false,
      error: { code: 'forbidden' },
    });
  });

  test('[PEOPLE-4] [T7] one bad entry costs that entry', async () => {
    const bad = [{ ...claire, userId: 'claire' }, null, { name: 'x' }, { ...claire, outsider: 'no' }, claire];
    const { fetch } = answering(session(), Response.json({ people: bad }));
    expect(await directoryOver(fetch).search('claire')).toEqual(ok([claire]));
  });

  test.each([
    [() => Response.json({ nonsense: true }), { code: 'server-nonsense' }],
    [() => new Response('<html>'), { code: 'server-nonsense' }],
    [() => new Response('', { status: 502 }), { code: 'server-failed' }],
    [() => new Response('', { status: 429, headers: { 'retry-after': '7' } }), { code: 'limited', retryAfterMs: 7000 }],
    [() => Response.json({ code: 'outsiders-look-up' }, { status: 403 }), { code: 'forbidden' }],
    [() => new TypeError('network'), { code: 'offline' }],
  ])('[PEOPLE-4] a failure has its code: %o', async (answer, error) => {
    const { fetch } = answering(session(), answer());
    expect(await directoryOver(fetch).search('claire')).toEqual({ ok: false, error });
  });
});
