import { createServer, type Server, type ServerResponse } from 'node:http';
import { createProxyServer } from 'httpxy';
import sirv from 'sirv';
import { DISARMED, securityHeaders, UNWANTED } from './webHeaders.ts';

export type WebFrontConfig = {
  readonly listen: { readonly host: string; readonly port: number };
  /** The built client. Null where there is none, and then only the APIs are served. */
  readonly clientFolder: string | null;
  /** What `/config.json` answers: the client's whole configuration. */
  readonly clientConfig: unknown;
  readonly organisations: readonly {
    readonly id: string;
    readonly serverName: string;
    /** The homeserver's loopback address. */
    readonly homeserver: string;
    readonly publicHomeserver: string;
  }[];
  readonly appservices: string | null;
  readonly notifier: string | null;
};

/**
 * The one door for browsers: the client's files, its configuration, `.well-known`, and the client API of each homeserver.
 * Nothing else of a homeserver can be reached from here: no admin API, no federation.
 */
export function createWebFront(config: WebFrontConfig, onError: (error: Error) => void): Server {
  // Long polls of /sync last 30 s and large media longer; a homeserver that says nothing for 5 minutes is gone.
  const proxy = createProxyServer({ xfwd: true, proxyTimeout: 300_000 });
  proxy.on('error', (error, _request, response) => {
    onError(error);
    if (response === undefined || !('writeHead' in response)) return;
    if (response.headersSent) response.destroy();
    else json(response, 502, { errcode: 'M_UNKNOWN', error: 'The server behind this address does not answer.' });
  });
  // A homeserver speaks from the origin where the keys are: it gives data there, never a page that runs, nor orders to the browser.
  proxy.on('proxyRes', ({ headers }) => {
    for (const name of UNWANTED) delete headers[name];
    Object.assign(headers, DISARMED);
  });
  const clientConfig = JSON.stringify(config.clientConfig);
  const files =
    config.clientFolder === null
      ? null
      : sirv(config.clientFolder, {
          brotli: true,
          gzip: true,
          etag: true,
          single: true,
          setHeaders(response, path) {
            // Vite names everything below assets/ after its content.
            response.setHeader(
              'cache-control',
              path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
            );
          },
        });

  return createServer((request, response) => {
    const url = addressOf(request.url);
    if (url === null) return json(response, 400, { errcode: 'M_UNRECOGNIZED', error: 'This is no address.' });
    const target = routeOf(config, url.pathname);
    if (target !== null) {
      // Nobody outside says which address it comes from but the connection itself.
      for (const name of ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded']) {
        delete request.headers[name];
      }
      request.url = target.path + url.search;
      void proxy.web(request, response, { target: target.origin }).catch(() => {
        // Reported by the error event above.
      });
      return;
    }
    for (const [name, value] of Object.entries(securityHeaders())) response.setHeader(name, value);
    if (url.pathname === '/config.json') return send(response, 200, clientConfig);
    if (url.pathname === '/health') return send(response, 200, '{"ok":true}');
    if (url.pathname.startsWith('/.well-known/matrix/')) {
      const { status, body } = wellKnown(config, request.headers.host, url.pathname);
      response.setHeader('access-control-allow-origin', '*');
      return json(response, status, body);
    }
    if (files === null || isApi(url.pathname) || !['GET', 'HEAD'].includes(request.method ?? '')) {
      return json(response, 404, { errcode: 'M_UNRECOGNIZED', error: 'Nothing is served at this address.' });
    }
    files(request, response, () => json(response, 404, { errcode: 'M_NOT_FOUND', error: 'No such file.' }));
  });
}

/** Where a path goes, or null when the front answers it. Exported for tests: this is what keeps admin APIs inside. */
export function routeOf(config: WebFrontConfig, pathname: string): { origin: string; path: string } | null {
  const match = /^\/hs\/([a-z0-9-]+)(\/_matrix\/(?:client|media)(?:\/.*)?)$/.exec(pathname);
  const homeserver = config.organisations.find((one) => one.id === match?.[1])?.homeserver;
  // A dot segment or an encoded slash or dot could mean another path to Twisted than to us.
  if (match?.[2] !== undefined && homeserver !== undefined && !hasTricks(match[2])) {
    return { origin: homeserver, path: match[2] };
  }
  if (config.appservices !== null && /^\/api\//.test(pathname)) return { origin: config.appservices, path: pathname };
  if (config.notifier !== null && /^\/hook\//.test(pathname)) return { origin: config.notifier, path: pathname };
  return null;
}

/** Null for what is no address, such as `//`: whatever is sent must not end the process. */
function addressOf(text: string | undefined): URL | null {
  return URL.parse(text ?? '/', 'http://localhost');
}

function hasTricks(path: string): boolean {
  const [api = ''] = /^\/_matrix\/[^/]+\/[^/]+/.exec(path) ?? [];
  return (
    path.includes('//') || /%2e|%2f|%5c/i.test(api) || path.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part))
  );
}

function isApi(pathname: string): boolean {
  return /^\/(api|hook|hs|_matrix|_synapse|\.well-known)(\/|$)/.test(pathname);
}

/** Discovery by server name (client-server specification, 2.1): this front may serve the domain of every organisation. */
function wellKnown(config: WebFrontConfig, host: string | undefined, path: string): { status: number; body: object } {
  const name = (host ?? '').split(':')[0];
  const organisation = config.organisations.find((one) => one.serverName === name);
  if (organisation !== undefined && path === '/.well-known/matrix/client') {
    return { status: 200, body: { 'm.homeserver': { base_url: organisation.publicHomeserver } } };
  }
  if (organisation !== undefined && path === '/.well-known/matrix/server') {
    return { status: 200, body: { 'm.server': `${organisation.serverName}:8448` } };
  }
  return { status: 404, body: { errcode: 'M_NOT_FOUND', error: 'No such document for this name.' } };
}

function json(response: ServerResponse, status: number, body: object): void {
  send(response, status, JSON.stringify(body));
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-cache' }).end(body);
}
