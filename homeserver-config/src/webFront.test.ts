import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWebFront, routeOf, type WebFrontConfig } from './webFront.ts';

// The upstream answers with what reached it.
const upstream = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    // And asks for what no homeserver may ask of the origin where the keys are.
    response.writeHead(200, {
      'content-type': 'application/json',
      'clear-site-data': '"*"',
      'content-security-policy': "script-src 'unsafe-inline'",
      'service-worker-allowed': '/',
      'set-cookie': 'a=b',
    });
    response.end(JSON.stringify({ url: incoming.url, headers: incoming.headers, size: Buffer.concat(chunks).length }));
  });
});
let front: Server;
let config: WebFrontConfig;
let base: string;
let client: string;

beforeAll(async () => {
  client = mkdtempSync(join(tmpdir(), 'besace-front-'));
  mkdirSync(join(client, 'assets'));
  writeFileSync(join(client, 'index.html'), '<!doctype html><title>Besace</title>');
  writeFileSync(join(client, 'assets', 'app-1234.js'), 'plain');
  writeFileSync(join(client, 'assets', 'app-1234.js.br'), 'brotli');
  await listening(upstream);
  const here = `http://127.0.0.1:${portOf(upstream)}`;
  config = {
    listen: { host: '127.0.0.1', port: 0 },
    clientFolder: client,
    clientConfig: { organisations: [] },
    organisations: [
      {
        id: 'interieur',
        serverName: 'interieur.test',
        homeserver: here,
        publicHomeserver: 'http://localhost/hs/interieur',
      },
      {
        id: 'down',
        serverName: 'down.test',
        homeserver: 'http://127.0.0.1:1',
        publicHomeserver: 'http://localhost/hs/down',
      },
    ],
    appservices: here,
    notifier: null,
  };
  front = createWebFront(config, () => {});
  await listening(front);
  base = `http://127.0.0.1:${portOf(front)}`;
});
afterAll(() => {
  front.close();
  upstream.close();
  rmSync(client, { recursive: true });
});

it('serves the client at every path of its own, never cached, with strict headers', async () => {
  for (const path of ['/', '/inscription/abc', '/espaces/x/y']) {
    const response = await fetch(base + path);
    expect(await response.text(), path).toContain('<title>Besace</title>');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(policy).not.toContain("'unsafe-inline'");
    expect(policy).not.toContain("'unsafe-eval'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('x-frame-options')).toBe('DENY');
  }
});

it('serves what Vite named after its content for ever, compressed where the browser can', async () => {
  const asset = await get('/assets/app-1234.js', { 'accept-encoding': 'br' });
  expect(asset.headers['content-encoding']).toBe('br');
  expect(asset.body).toBe('brotli');
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect((await get('/assets/app-1234.js', {})).body).toBe('plain');
});

it('does not answer a missing asset with the page', async () => {
  expect((await fetch(`${base}/assets/gone-1.js`)).status).toBe(404);
});

it('passes the client API on, streaming, with the address of the connection and not a claimed one', async () => {
  const response = await fetch(`${base}/hs/interieur/_matrix/media/v3/upload?filename=a`, {
    method: 'POST',
    body: Buffer.alloc(3_000_000),
    headers: { 'x-forwarded-for': '6.6.6.6', authorization: 'Bearer x' },
  });
  const seen = (await response.json()) as { url: string; size: number; headers: Record<string, string> };
  expect(seen.url).toBe('/_matrix/media/v3/upload?filename=a');
  expect(seen.size).toBe(3_000_000);
  expect(seen.headers['x-forwarded-for']).toBe('127.0.0.1');
  expect(seen.headers.authorization).toBe('Bearer x');
});

it('keeps everything else of a homeserver inside', () => {
  const refused = [
    ...[
      '/hs/interieur/_synapse/admin/v1/register',
      '/hs/interieur/_matrix/federation/v1/version',
      '/hs/interieur/health',
    ],
    ...['/hs/interieur/_matrix/key/v2/server', '/hs/other/_matrix/client/versions', '/_matrix/client/versions'],
    ...[
      '/hs/interieur/_matrix/client/../../_synapse/admin',
      '/hs/interieur/_matrix/client/%2e%2e/%2e%2e/_synapse/admin',
    ],
    ...[
      '/hs/interieur/_matrix/client//_synapse',
      '/hs/interieur/_matrix/clientele',
      '/hs/__proto__/_matrix/client/versions',
    ],
    ...['/_synapse/admin/v1/register', '/as/interieur/transactions/1', '/metrics', '/hook/abc', '/api'],
  ];
  for (const path of refused) expect(routeOf(config, path), path).toBeNull();
  expect(routeOf(config, '/hs/interieur/_matrix/client/versions')?.path).toBe('/_matrix/client/versions');
  expect(routeOf(config, '/hs/interieur/_matrix/client/v3/rooms/!a%2Fb:c/messages')).not.toBeNull();
  expect(routeOf(config, '/api/accounts/organisation')?.path).toBe('/api/accounts/organisation');
});

it('answers 404 where an admin API would be, also for a path that is not normal', async () => {
  expect((await get('/hs/interieur/_synapse/admin/v1/register')).status).toBe(404);
  expect((await get('/hs/interieur/_matrix/client/../../_synapse/admin/v1/register')).status).toBe(404);
  expect((await get('/_synapse/admin/v1/register')).status).toBe(404);
});

it('answers what is no address, and goes on', async () => {
  for (const path of ['//', 'http://', '//[', 'http://a:99999/', '/%', '/%00', '\\\\']) {
    expect((await get(path)).status, path).toBeLessThan(500);
  }
  expect((await get('/health')).status).toBe(200);
});

it('lets no homeserver run a page in the origin of the client, wipe its storage or leave a cookie', async () => {
  const { headers } = await get('/hs/interieur/_matrix/client/versions');
  expect(headers['content-security-policy']).toBe("sandbox; default-src 'none'; frame-ancestors 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  for (const name of ['clear-site-data', 'set-cookie', 'service-worker-allowed']) expect(headers[name]).toBeUndefined();
});

it('says so in JSON when a homeserver does not answer', async () => {
  const response = await fetch(`${base}/hs/down/_matrix/client/versions`);
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ errcode: 'M_UNKNOWN' });
});

it('tells other clients where the homeserver of a name is', async () => {
  const of = (path: string, host: string) => get(path, { host });
  const client = await of('/.well-known/matrix/client', 'interieur.test:8080');
  expect(JSON.parse(client.body)).toEqual({ 'm.homeserver': { base_url: 'http://localhost/hs/interieur' } });
  expect(client.headers['access-control-allow-origin']).toBe('*');
  const server = await of('/.well-known/matrix/server', 'interieur.test');
  expect(JSON.parse(server.body)).toEqual({ 'm.server': 'interieur.test:8448' });
  expect((await of('/.well-known/matrix/client', 'evil.test')).status).toBe(404);
});

/** A request whose path and headers go out as they are, which fetch does not allow. */
async function get(path: string, headers: Record<string, string> = {}) {
  const asked = request({ host: '127.0.0.1', port: portOf(front), path, headers });
  asked.end();
  const [response] = await once(asked, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode as number, headers: response.headers as Record<string, string>, body };
}

async function listening(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
