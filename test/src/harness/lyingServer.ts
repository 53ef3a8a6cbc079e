import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request of the client API, as the client made it. */
export type LyingRequest = {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
};

/** JSON of the homeserver, on its way to the client. */
export type LyingAnswer = { readonly status: number; readonly body: unknown };

/** Gives what the client shall get; `answer` itself leaves it as it is. */
export type Lie = (answer: LyingAnswer, request: LyingRequest) => LyingAnswer;

/** What an event of a room becomes: another one, or null to withhold it. */
export type EventLie = (event: WireEvent, from: LyingRequest) => WireEvent | null;
export type WireEvent = Record<string, unknown> & {
  readonly type: string;
  readonly event_id: string;
  readonly state_key?: string;
};

/**
 * A homeserver that is not honest: it stands between a client and a real Synapse, and changes what the client is told. What it does not lie
 * about is carried as it is, so that encryption, membership and keys are real.
 */
export interface LyingServer {
  /** Base URL of the client API, to sign in at. */
  readonly url: string;
  /** Rewrites answers until stopped. Lies are told in the order in which they were given. */
  lie(lie: Lie): () => void;
  /** Rewrites every event of a room wherever one is carried: sync, `/state`, `/state/<type>/<key>`, `/event`, `/messages`. */
  lieAboutEvents(roomId: string, lie: EventLie): () => void;
  /** Changes what is not JSON, files that is, until stopped. */
  lieAboutFiles(lie: (bytes: Buffer, request: LyingRequest) => Buffer): () => void;
  /** Delivers events in the room's timeline with the next sync, which answers at once. Resolves when the client has them. */
  deliver(roomId: string, events: readonly WireEvent[]): Promise<void>;
  /** Every event of a room that was carried to the client so far, by event id, before any lie. */
  carried(roomId: string): ReadonlyMap<string, WireEvent>;
  stop(): Promise<void>;
}

const SYNC = /\/org\.matrix\.simplified_msc3575\/sync$/;

type Delivery = { readonly roomId: string; readonly events: readonly WireEvent[]; readonly done: () => void };
type Poll = {
  readonly pos: string;
  readonly answer: (body: unknown, done: () => void) => void;
  /** Called when the answer did not get through. */
  readonly whenLost: (listener: () => void) => void;
};

/** Starts a lying server in front of `target` (`http://127.0.0.1:PORT`), on a free loopback port. */
export async function startLyingServer(target: string): Promise<LyingServer> {
  const lies = new Set<Lie>();
  const fileLies = new Set<(bytes: Buffer, request: LyingRequest) => Buffer>();
  const seen = new Map<string, Map<string, WireEvent>>();
  const deliveries: Delivery[] = [];
  const polls = new Set<Poll>();

  function flush(): void {
    const [poll] = polls;
    const delivery = poll === undefined ? undefined : deliveries.shift();
    if (poll === undefined || delivery === undefined) return;
    polls.delete(poll);
    // A client that has gone away meanwhile did not get it.
    poll.whenLost(() => {
      deliveries.unshift(delivery);
      flush();
    });
    // The same position again: the client asks once more from where it was, and misses nothing.
    const room = { timeline: delivery.events, num_live: delivery.events.length };
    poll.answer({ pos: poll.pos, lists: {}, rooms: { [delivery.roomId]: room }, extensions: {} }, delivery.done);
  }

  async function carry(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', target);
    const bytes = await read(request);
    const asked: LyingRequest = {
      method: request.method ?? 'GET',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      body: parse(bytes),
    };
    const abort = new AbortController();
    let poll: Poll | null = null;
    response.on('close', () => {
      if (poll !== null) polls.delete(poll);
      abort.abort();
    });
    const pos = url.searchParams.get('pos');
    if (SYNC.test(url.pathname) && pos !== null) {
      poll = {
        pos,
        answer: (body, done) => {
          abort.abort();
          response.once('finish', done);
          reply(response, 200, JSON.stringify(body), 'application/json');
        },
        whenLost: (listener) =>
          response.once('close', () => {
            if (!response.writableFinished) listener();
          }),
      };
      polls.add(poll);
      flush();
    }
    if (response.writableEnded) return;
    try {
      const upstream = await fetch(url, {
        method: asked.method,
        headers: carriedHeaders(request),
        signal: abort.signal,
        ...(bytes.length > 0 && { body: new Uint8Array(bytes) }),
      });
      const carriedBytes = Buffer.from(await upstream.arrayBuffer());
      if (response.writableEnded) return;
      const type = upstream.headers.get('content-type') ?? 'application/octet-stream';
      if (!type.startsWith('application/json')) {
        const told = [...fileLies].reduce<Buffer>((bytes, lie) => lie(bytes, asked), carriedBytes);
        return reply(response, upstream.status, told, type);
      }
      const honest: LyingAnswer = { status: upstream.status, body: parse(carriedBytes) };
      remember(seen, asked, honest.body);
      const told = [...lies].reduce((answer, lie) => lie(answer, asked), honest);
      reply(response, told.status, JSON.stringify(told.body), type);
    } catch (error) {
      if (!abort.signal.aborted) reply(response, 502, String(error), 'text/plain');
    } finally {
      if (poll !== null) polls.delete(poll);
    }
  }

  const server = createServer((request, response) => {
    carry(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const add = (lie: Lie) => {
    lies.add(lie);
    return () => {
      lies.delete(lie);
    };
  };
  return {
    url: `http://127.0.0.1:${port}`,
    lie: add,
    lieAboutEvents: (roomId, lie) =>
      add((answer, request) => ({ ...answer, body: mapEvents(answer.body, request, roomId, lie) })),
    lieAboutFiles(lie) {
      fileLies.add(lie);
      return () => {
        fileLies.delete(lie);
      };
    },
    deliver: (roomId, events) =>
      new Promise((done) => {
        deliveries.push({ roomId, events, done });
        flush();
      }),
    carried: (roomId) => seen.get(roomId) ?? new Map(),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The answer with each event of the room put through `lie`, wherever the client API carries events. */
function mapEvents(body: unknown, request: LyingRequest, roomId: string, lie: EventLie): unknown {
  const one = (event: unknown) => (isWireEvent(event) ? lie(event, request) : event);
  const list = (events: unknown) =>
    Array.isArray(events) ? events.map(one).filter((event) => event !== null) : events;
  if (SYNC.test(request.path)) {
    const rooms = isRecord(body) && isRecord(body.rooms) ? body.rooms : null;
    const room = rooms?.[roomId];
    if (!isRecord(body) || rooms === null || !isRecord(room)) return body;
    const told = { ...room, timeline: list(room.timeline), required_state: list(room.required_state) };
    return { ...body, rooms: { ...rooms, [roomId]: told } };
  }
  if (roomOf(request.path) !== roomId || request.method !== 'GET') return body;
  if (request.path.endsWith('/messages')) return isRecord(body) ? { ...body, chunk: list(body.chunk) } : body;
  if (request.path.endsWith('/state')) return list(body);
  if (!/\/(event|state)\//.test(request.path) || !isWireEvent(body)) return body;
  return lie(body, request) ?? { errcode: 'M_NOT_FOUND', error: 'not found' };
}

function remember(seen: Map<string, Map<string, WireEvent>>, request: LyingRequest, body: unknown): void {
  const rooms = SYNC.test(request.path) && isRecord(body) && isRecord(body.rooms) ? Object.keys(body.rooms) : [];
  const room = roomOf(request.path);
  for (const roomId of room === null ? rooms : [room]) {
    const known = seen.get(roomId) ?? new Map<string, WireEvent>();
    seen.set(roomId, known);
    mapEvents(body, request, roomId, (event) => {
      known.set(event.event_id, event);
      return event;
    });
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

function roomOf(path: string): string | null {
  return /\/rooms\/([^/]+)/.exec(path)?.[1] ?? null;
}

function carriedHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ['authorization', 'content-type', 'accept']) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}

function reply(response: ServerResponse, status: number, body: string | Buffer, type: string): void {
  response.writeHead(status, { 'content-type': type, 'access-control-allow-origin': '*' });
  response.end(body);
}

function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) return null;
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isWireEvent(value: unknown): value is WireEvent {
  return isRecord(value) && typeof value.type === 'string' && typeof value.event_id === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
