import { describe, expect, it } from 'vitest';
import { systemClock } from '../platform/common.ts';
import { createHttp, readError } from './http.ts';

const none = new Headers();

describe('what an answer means', () => {
  it.each([
    [429, none, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 300 }, { code: 'limited', retryAfterMs: 300 }],
    [429, new Headers({ 'retry-after': '7' }), null, { code: 'limited', retryAfterMs: 7_000 }],
    [429, new Headers({ 'retry-after': 'soon' }), {}, { code: 'limited', retryAfterMs: 1_000 }],
    [502, none, '<html>', { code: 'server-failed' }],
    [500, none, { errcode: 'M_UNKNOWN' }, { code: 'server-failed' }],
    [404, none, '<html>', { code: 'server-nonsense' }],
    [404, none, { errcode: 'M_NOT_FOUND' }, { code: 'not-found' }],
    [403, none, { errcode: 'M_FORBIDDEN' }, { code: 'forbidden' }],
    [401, none, { errcode: 'M_UNKNOWN_TOKEN' }, { code: 'signed-out' }],
    [413, none, { errcode: 'M_TOO_LARGE' }, { code: 'too-large' }],
    [400, none, { errcode: 'M_UNKNOWN_POS' }, { code: 'invalid', detail: 'M_UNKNOWN_POS' }],
  ])('[SYNC-1] %i %o %o', (status, headers, body, expected) => {
    expect(readError(status, headers, body)).toMatchObject(expected);
  });
});

describe('a request', () => {
  const platform = (fetch: typeof globalThis.fetch) => ({ fetch, clock: systemClock() });

  it('carries the token, and reads JSON and bytes', async () => {
    const seen: Request[] = [];
    const http = createHttp(
      platform(async (input, init) => {
        seen.push(new Request(input, init));
        return new Response('{"a":1}');
      }),
      'http://hs.test/base/',
      'token',
    );
    expect(await http.json({ method: 'PUT', path: '/x', query: { q: 'a b' }, body: { b: 2 } })).toEqual({
      ok: true,
      value: { a: 1 },
    });
    expect(await http.bytes({ method: 'GET', path: '/y' })).toEqual({
      ok: true,
      value: new TextEncoder().encode('{"a":1}'),
    });
    expect(seen[0]?.url).toBe('http://hs.test/base/x?q=a+b');
    expect(seen[0]?.headers.get('authorization')).toBe('Bearer token');
    expect(await seen[0]?.text()).toBe('{"b":2}');
  });

  it('says offline for a broken connection, and for one that takes too long', async () => {
    const broken = createHttp(
      platform(() => Promise.reject(new TypeError('fetch failed'))),
      'http://hs.test',
      null,
    );
    expect(await broken.json({ method: 'GET', path: '/' })).toMatchObject({ ok: false, error: { code: 'offline' } });
    const hanging = createHttp(platform(hang), 'http://hs.test', null);
    expect(await hanging.json({ method: 'GET', path: '/', timeoutMs: 1 })).toMatchObject({
      error: { code: 'offline' },
    });
  });

  it('says cancelled when the caller ended it, before or meanwhile', async () => {
    const http = createHttp(platform(hang), 'http://hs.test', null);
    expect(await http.json({ method: 'GET', path: '/', signal: AbortSignal.abort() })).toMatchObject({
      error: { code: 'cancelled' },
    });
    const controller = new AbortController();
    const asked = http.json({ method: 'GET', path: '/', signal: controller.signal });
    controller.abort();
    expect(await asked).toMatchObject({ error: { code: 'cancelled' } });
  });

  it('reads no more than was asked for, whatever the server says of the length', async () => {
    let given = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          given += 1;
          controller.enqueue(new Uint8Array(10));
        },
      });
    const answers = [
      new Response(endless()),
      new Response(endless(), { headers: { 'content-length': '1' } }),
      new Response(endless(), { headers: { 'content-length': '26' } }),
      new Response(new Uint8Array(25).fill(7)),
    ];
    const signals: (AbortSignal | null | undefined)[] = [];
    const http = createHttp(
      platform(async (_input, init) => {
        signals.push(init?.signal);
        return answers.shift() ?? Response.error();
      }),
      'http://hs.test',
      null,
    );
    const ask = () => http.bytes({ method: 'GET', path: '/', maxBytes: 25 });
    for (let index = 0; index < 3; index++) expect(await ask()).toMatchObject({ error: { code: 'too-large' } });
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true, true]);
    expect(given).toBeLessThan(12);
    expect(await ask()).toEqual({ ok: true, value: new Uint8Array(25).fill(7) });
  });

  it('says server-nonsense for an answer that is no JSON, and tells when the token died', async () => {
    const http = createHttp(
      platform(async () => new Response('<html>')),
      'http://hs.test',
      null,
    );
    expect(await http.json({ method: 'GET', path: '/' })).toMatchObject({ error: { code: 'server-nonsense' } });
    let out = 0;
    const dead = createHttp(
      platform(async () => new Response('{"errcode":"M_UNKNOWN_TOKEN"}', { status: 401 })),
      'http://hs.test',
      'token',
      () => {
        out += 1;
      },
    );
    expect(await dead.json({ method: 'GET', path: '/' })).toMatchObject({ error: { code: 'signed-out' } });
    expect(out).toBe(1);
  });
});

/** A server that never answers. */
function hang(_input: unknown, init?: RequestInit): Promise<Response> {
  return new Promise((_resolve, reject) => {
    const abort = () => reject(new DOMException('aborted', 'AbortError'));
    if (init?.signal?.aborted) abort();
    init?.signal?.addEventListener('abort', abort);
  });
}
