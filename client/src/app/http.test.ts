import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { createConfigLoader } from './config.ts';
import { askJson } from './http.ts';

const schema = v.object({ name: v.string() });
const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
  (async () => new Response(body, { status, headers })) as typeof fetch;
const ask = (fetch: typeof globalThis.fetch) => askJson({ fetch, url: '/x', schema });

describe('an exchange with one of our services', () => {
  it('gives the parsed answer', async () => {
    expect(await ask(answering(200, '{"name":"a","more":1}'))).toEqual({ ok: true, value: { name: 'a' } });
  });

  it.each([
    ['nonsense that is not JSON', 200, '<html>', { code: 'server-nonsense' }],
    ['JSON that is something else', 200, '{"nom":1}', { code: 'server-nonsense' }],
    ['a failure of the server', 503, '{"code":"x"}', { code: 'server-failed' }],
    ['a failure of a proxy before it', 502, 'Bad Gateway', { code: 'server-failed' }],
    ['a refusal', 410, '{"code":"expired"}', { code: 'refused', status: 410, reason: 'expired', detail: '' }],
    ['a refusal without a word', 404, '{}', { code: 'server-nonsense' }],
  ])('names %s', async (_, status, body, error) => {
    expect(await ask(answering(status, body))).toEqual({ ok: false, error });
  });

  it('says how long to wait when it is limited', async () => {
    expect(await ask(answering(429, '', { 'retry-after': '7' }))).toEqual({
      ok: false,
      error: { code: 'limited', retryAfterMs: 7000 },
    });
    expect(await ask(answering(429, ''))).toMatchObject({ ok: false, error: { retryAfterMs: 30_000 } });
  });

  it('is offline when nothing answers', async () => {
    const fetch = async () => {
      throw new TypeError('Failed to fetch');
    };
    expect(await ask(fetch)).toEqual({ ok: false, error: { code: 'offline' } });
  });
});

const config = {
  organisations: [
    { id: 'a', serverName: 'a.test', homeserver: '/hs/a', outsiders: false, label: { fr: 'A', en: 'A' } },
  ],
  accounts: '/api/accounts',
  directory: '/api/directory',
};

describe('the configuration', () => {
  it('is asked for once, and again only after a failure', async () => {
    let asked = 0;
    const load = createConfigLoader(async () => {
      asked += 1;
      return asked === 1 ? new Response('oops', { status: 500 }) : Response.json(config);
    });
    expect(await load()).toEqual({ ok: false, error: { code: 'server-failed' } });
    const both = await Promise.all([load(), load()]);
    expect(both.map(({ ok }) => ok)).toEqual([true, true]);
    await load();
    expect(asked).toBe(2);
  });
});
