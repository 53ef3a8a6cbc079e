import { createServer, type Server } from 'node:http';
import type { Gateway } from './gateway.ts';

/**
 * Health, metrics and control of a gateway, on a loopback port of its own. Control (`POST /cut` and `POST /heal` with
 * `?from=&to=`) exists only where the configuration has a token, which test worlds do and installations do not.
 */
export function createGatewayAdmin(gateway: Gateway, controlToken: string | null): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const answer = (status: number, body: string) => {
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4' }).end(body);
    };
    if (request.method === 'GET' && url.pathname === '/health') return answer(200, 'ok\n');
    if (request.method === 'GET' && url.pathname === '/metrics') return answer(200, metrics(gateway));
    if (request.method !== 'POST' || controlToken === null) return answer(404, 'not found\n');
    if (request.headers.authorization !== `Bearer ${controlToken}`) return answer(403, 'forbidden\n');
    const [from, to] = [url.searchParams.get('from'), url.searchParams.get('to')];
    if (from === null || to === null) return answer(400, 'from and to are needed\n');
    if (url.pathname === '/cut') gateway.cut(from, to);
    else if (url.pathname === '/heal') gateway.heal(from, to);
    else return answer(404, 'not found\n');
    return answer(200, 'ok\n');
  });
}

function metrics(gateway: Gateway): string {
  const lines = [...gateway.counts()].map(([key, count]) => {
    const [outcome, from, to] = key.split(' ');
    return `besace_gateway_connections_total{outcome="${outcome}",from="${from}",to="${to}"} ${count}`;
  });
  return `${[
    '# TYPE besace_gateway_connections_total counter',
    ...lines,
    '# TYPE besace_gateway_open_connections gauge',
    `besace_gateway_open_connections ${gateway.openConnections()}`,
  ].join('\n')}\n`;
}
