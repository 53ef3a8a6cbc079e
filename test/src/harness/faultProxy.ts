import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request instead of being carried. */
export type Fault =
  /** The connection breaks before an answer, and nothing was taken. */
  | { readonly kind: 'break' }
  /** The request is taken, and the answer is lost on the way back. */
  | { readonly kind: 'lose-answer' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    };

/** Chooses the fault of a request, by method and path with query; null carries it. */
export type FaultRule = (method: string, path: string) => Fault | null;

/** A real network that misbehaves as told, between a client and a real homeserver. */
export interface FaultProxy {
  /** Base URL of the client API, to sign in at. */
  readonly url: string;
  /** Until stopped, requests that the rule names fail. Requests under way that it would name are broken off. */
  fault(rule: FaultRule): () => void;
  /** How many requests were carried or failed so far whose path contains `part`. */
  count(part: string): number;
  stop(): Promise<void>;
}

export const LIMITED: Fault = {
  kind: 'answer',
  status: 429,
  body: JSON.stringify({ errcode: 'M_LIMIT_EXCEEDED', error: 'Too many requests', retry_after_ms: 200 }),
};
export const BROKEN: Fault = {
  kind: 'answer',
  status: 503,
  body: '<html>503 Service Unavailable</html>',
  headers: { 'content-type': 'text/html' },
};
export const NONSENSE: Fault = { kind: 'answer', status: 200, body: '<html>Bienvenue sur le Wi-Fi</html>' };
export const UNKNOWN_POS: Fault = {
  kind: 'answer',
  status: 400,
  body: JSON.stringify({ errcode: 'M_UNKNOWN_POS', error: 'Unknown position' }),
};
export const GONE: Fault = { kind: 'break' };

type Carried = {
  readonly method: string;
  readonly path: string;
  readonly response: ServerResponse;
  readonly abort: AbortController;
};

/** Starts a proxy in front of `target` (`http://127.0.0.1:PORT`), on a free loopback port. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const rules = new Set<FaultRule>();
  const carried = new Set<Carried>();
  const seen: string[] = [];

  function faultOf(method: string, path: string): Fault | null {
    for (const rule of rules) {
      const fault = rule(method, path);
      if (fault !== null) return fault;
    }
    return null;
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    seen.push(path);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const fault = faultOf(method, path);
    if (fault?.kind === 'break') {
      response.destroy();
      return;
    }
    if (fault?.kind === 'answer') {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(fault.body);
      return;
    }
    const abort = new AbortController();
    const one = { method, path, response, abort };
    carried.add(one);
    response.on('close', () => abort.abort());
    try {
      const upstream = await fetch(new URL(path, target), {
        method,
        headers: carriedHeaders(request),
        signal: abort.signal,
        ...(body.length > 0 && { body }),
      });
      const bytes = Buffer.from(await upstream.arrayBuffer());
      if (fault?.kind === 'lose-answer') {
        response.destroy();
        return;
      }
      const type = upstream.headers.get('content-type') ?? 'application/octet-stream';
      if (!response.destroyed) response.writeHead(upstream.status, { 'content-type': type }).end(bytes);
    } catch (error) {
      if (!abort.signal.aborted) response.destroy(error instanceof Error ? error : undefined);
    } finally {
      carried.delete(one);
    }
  }

  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    fault(rule) {
      rules.add(rule);
      for (const one of carried) if (rule(one.method, one.path) !== null) one.response.destroy();
      return () => {
        rules.delete(rule);
      };
    },
    count: (part) => seen.filter((path) => path.includes(part)).length,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function carriedHeaders(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const name of ['authorization', 'content-type']) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  return headers;
}
