import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What the network does: `up`; `down` (connections break); `lossy` (what is sent arrives, and its answer is lost); `failing` (502 of a proxy);
 * `limited` (429, once each request).
 */
export type Weather = 'up' | 'down' | 'lossy' | 'failing' | 'limited';

/** A proxy on the loopback between a device and its homeserver, for tests. */
export async function startFaultProxy(target: string) {
  let weather: Weather = 'up';
  const open = new Set<ServerResponse>();
  const server = createServer((incoming, response) => {
    open.add(response);
    response.on('close', () => open.delete(response));
    handle(weather, target, incoming, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    set(next: Weather) {
      weather = next;
      // Long polls of before do not outlive the change.
      if (next === 'down') for (const response of open) response.destroy();
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function handle(weather: Weather, target: string, incoming: IncomingMessage, response: ServerResponse): void {
  const isSync = incoming.url?.includes('/sync') ?? false;
  if (weather === 'down') {
    incoming.socket.destroy();
  } else if (weather === 'failing') {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>');
  } else if (weather === 'limited' && !isSync) {
    response
      .writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' })
      .end('{"errcode":"M_LIMIT_EXCEEDED"}');
  } else {
    forward(target, incoming, response, weather === 'lossy' && !isSync);
  }
}

function forward(target: string, incoming: IncomingMessage, response: ServerResponse, lose: boolean): void {
  const url = new URL(incoming.url ?? '/', target);
  const headers = { ...incoming.headers, host: url.host };
  const onward = request(url, { method: incoming.method ?? 'GET', headers }, (answer) => {
    if (lose) {
      answer.resume();
      answer.on('end', () => incoming.socket.destroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  incoming.pipe(onward);
}
