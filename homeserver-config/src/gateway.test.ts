import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createGateway, type Gateway, type GatewayConfig, type GatewayEvent } from './gateway.ts';
import { createGatewayAdmin } from './gatewayAdmin.ts';

let echo: Server;
let gateway: Gateway;
let events: GatewayEvent[];

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket));
  await listening(echo);
  events = [];
  const free = createServer();
  await listening(free);
  const nobody = portOf(free);
  free.close();
  const config: GatewayConfig = {
    listen: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0, controlToken: null },
    clients: [{ id: 'interieur', password: 'pass:word', serverName: 'interieur.test' }],
    routes: {
      'culture.test': { host: '127.0.0.1', port: portOf(echo) },
      'down.test': { host: '127.0.0.1', port: nobody },
    },
  };
  gateway = createGateway(config, (event) => events.push(event));
  await listening(gateway.server);
});
afterEach(() => {
  gateway.server.close();
  echo.close();
});

it('carries bytes both ways to a partner of the list, on both federation ports', async () => {
  for (const port of [443, 8448]) {
    const { status, socket } = await tunnel(`culture.test:${port}`);
    expect(status).toBe(200);
    socket.write('hello');
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
    socket.destroy();
  }
  expect(gateway.counts().get('open interieur culture.test')).toBe(2);
});

it('answers 403 for every other name, port, address and kind of request', async () => {
  const others = [
    ...['evil.test:443', 'culture.test:22', 'culture.test', '127.0.0.1:443', '[::1]:443', 'culture.test:443:443'],
    ...['__proto__:443', 'constructor:443', 'culture.test.evil.test:443', 'xculture.test:443'],
  ];
  for (const authority of others) expect((await tunnel(authority)).status, authority).toBe(403);
  const plain = await fetch(`http://127.0.0.1:${portOf(gateway.server)}/`);
  expect(plain.status).toBe(403);
});

it('asks who it is', async () => {
  for (const credentials of [null, 'interieur:wrong', 'interieur:', 'culture:pass:word', 'interieur']) {
    expect((await tunnel('culture.test:443', credentials)).status, String(credentials)).toBe(407);
  }
  expect(events.every((event) => event.outcome === 'unauthorised')).toBe(true);
});

it('answers 502 for a partner that is down, and stays up', async () => {
  expect((await tunnel('down.test:443')).status).toBe(502);
  expect((await tunnel('culture.test:443')).status).toBe(200);
});

it('breaks and refuses the connections of a cut pair, until it heals', async () => {
  const { socket } = await tunnel('culture.test:443');
  gateway.cut('interieur', 'culture.test');
  await once(socket, 'close');
  expect((await tunnel('culture.test:443')).status).toBe(503);
  gateway.heal('interieur', 'culture.test');
  expect((await tunnel('culture.test:443')).status).toBe(200);
});

it('says what it did in metrics, and lets itself be controlled only with a token', async () => {
  await tunnel('culture.test:443');
  await tunnel('evil.test:443');
  await tunnel('evil.test:443', null);
  const [open, closed] = [createGatewayAdmin(gateway, 'token'), createGatewayAdmin(gateway, null)];
  await Promise.all([listening(open), listening(closed)]);
  const ask = (admin: Server, token: string) =>
    fetch(`http://127.0.0.1:${portOf(admin)}/cut?from=interieur&to=culture.test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    }).then((response) => response.status);
  expect(await ask(closed, 'token')).toBe(404);
  expect(await ask(open, 'guess')).toBe(403);
  expect(await ask(open, 'token')).toBe(200);
  const metrics = await (await fetch(`http://127.0.0.1:${portOf(open)}/metrics`)).text();
  expect(metrics).toContain('{outcome="open",from="interieur",to="culture.test"} 1');
  // What a stranger asked for is not a label: it would be theirs to choose.
  expect(metrics).toContain('{outcome="refused",from="interieur",to="other"} 1');
  expect(metrics).toContain('{outcome="unauthorised",from="unknown",to="other"} 1');
  open.close();
  closed.close();
});

async function tunnel(path: string, credentials: string | null = 'interieur:pass:word') {
  const authorization = `Basic ${Buffer.from(credentials ?? '').toString('base64')}`;
  const headers = credentials === null ? {} : { 'proxy-authorization': authorization };
  const asked = request({ host: '127.0.0.1', port: portOf(gateway.server), method: 'CONNECT', path, headers });
  asked.end();
  const [response, socket] = (await once(asked, 'connect')) as [{ statusCode: number }, Socket];
  if (response.statusCode !== 200) socket.destroy();
  return { status: response.statusCode, socket };
}

async function listening(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
