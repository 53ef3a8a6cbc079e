import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** Where the gateway connects to for one server name. */
export type Route = { readonly host: string; readonly port: number };

export type GatewayConfig = {
  readonly listen: { readonly host: string; readonly port: number };
  /** Metrics, health and, with a token, control. */
  readonly admin: { readonly host: string; readonly port: number; readonly controlToken: string | null };
  /** Homeservers that may use this gateway, and what each shows to it. */
  readonly clients: readonly { readonly id: string; readonly password: string; readonly serverName: string }[];
  /** The allow-list: host name -> where to connect. A `null` port keeps the asked one, 443 or 8448. */
  readonly routes: Readonly<Record<string, { readonly host: string; readonly port: number | null }>>;
};

/** What happened to one request to connect. Names of servers only: content is TLS between homeservers. */
export type GatewayEvent = {
  readonly outcome: 'open' | 'refused' | 'cut' | 'unreachable' | 'unauthorised';
  readonly from: string | null;
  readonly to: string;
};

export interface Gateway {
  readonly server: Server;
  /** Refuses connections from one organisation to one server name and breaks those that are open. For tests of a cut. */
  cut(from: string, to: string): void;
  heal(from: string, to: string): void;
  counts(): ReadonlyMap<string, number>;
  openConnections(): number;
}

/**
 * The border: a CONNECT proxy that carries federation to the partners of the list and refuses everything else with 403.
 * TLS stays end to end between the homeservers, so it sees names and volumes, never content. Each homeserver shows who it
 * is (`Proxy-Authorization`, 407 without).
 */
export function createGateway(config: GatewayConfig, log: (event: GatewayEvent) => void): Gateway {
  const cuts = new Set<string>();
  const counts = new Map<string, number>();
  const tunnels = new Map<Duplex, string>();
  const server = createServer((_request, response) => {
    response.writeHead(403, { 'content-type': 'text/plain' }).end('This gateway carries federation only.\n');
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy());
    const from = authenticate(config, request);
    const target = parseTarget(request.url ?? '');
    const to = target?.host ?? '';
    const refuse = (outcome: GatewayEvent['outcome'], status: string) => {
      record({ outcome, from, to });
      client.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    };
    if (from === null) {
      return refuse('unauthorised', '407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="besace"');
    }
    const route = target === null ? null : routeOf(config, target);
    if (route === null) return refuse('refused', '403 Forbidden');
    if (cuts.has(pair(from, to))) return refuse('cut', '503 Service Unavailable');
    const upstream = connect(route.port, route.host);
    upstream.setNoDelay(true);
    let answered = false;
    upstream.on('connect', () => {
      answered = true;
      record({ outcome: 'open', from, to });
      tunnels.set(client, pair(from, to));
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => (answered ? client.destroy() : refuse('unreachable', '502 Bad Gateway')));
    upstream.on('close', () => client.destroy());
    client.on('close', () => {
      tunnels.delete(client);
      upstream.destroy();
    });
  });

  return {
    server,
    cut(from, to) {
      cuts.add(pair(from, to));
      for (const [tunnel, of] of tunnels) if (of === pair(from, to)) tunnel.destroy();
    },
    heal(from, to) {
      cuts.delete(pair(from, to));
    },
    counts: () => counts,
    openConnections: () => tunnels.size,
  };

  function record(event: GatewayEvent): void {
    const key = `${event.outcome} ${event.from ?? 'unknown'} ${Object.hasOwn(config.routes, event.to) ? event.to : 'other'}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    log(event);
  }
}

function pair(from: string, to: string): string {
  return `${from} ${to}`;
}

function authenticate(config: GatewayConfig, request: IncomingMessage): string | null {
  const [scheme, encoded] = (request.headers['proxy-authorization'] ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic' || encoded === undefined) return null;
  const [id, password] = splitOnce(Buffer.from(encoded, 'base64').toString(), ':');
  const client = config.clients.find((one) => one.id === id);
  return client !== undefined && sameText(client.password, password) ? client.id : null;
}

function sameText(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}

/** `name:443` or `name:8448`, the two ports where federation lives. Anything else is not federation. */
function parseTarget(authority: string): Route | null {
  const match = /^([a-z0-9.-]+):(443|8448)$/i.exec(authority);
  return match?.[1] === undefined ? null : { host: match[1].toLowerCase(), port: Number(match[2]) };
}

function routeOf(config: GatewayConfig, target: Route): Route | null {
  if (!Object.hasOwn(config.routes, target.host)) return null;
  const route = config.routes[target.host];
  return route === undefined ? null : { host: route.host, port: route.port ?? target.port };
}
