import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseDeviceId, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import type { ConnectionState } from '../api/types.ts';
import { openLocalDb } from '../local/db.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import type {
  CryptoPort,
  KnownRoom,
  Locked,
  NewDevice,
  Receipt,
  RoomKey,
  SessionContext,
  TimelineBatch,
} from '../session/context.ts';
import { createEmitter, createKeyedEmitter } from '../session/emitter.ts';
import { createHttp } from '../session/http.ts';
import { createScope } from '../session/scope.ts';
import { isRecord, parseRawEvent, type RawEvent } from '../sync/rawEvent.ts';

export type TestRequest = { readonly method: string; readonly path: string; readonly body: Buffer };
/** What the server does with a request: an answer, or a connection that breaks before or after the request was taken. */
export type TestAnswer =
  | { readonly status: number; readonly json: unknown; readonly headers?: Record<string, string> }
  | { readonly status: number; readonly text: string }
  | { readonly status: number; readonly bytes: Uint8Array }
  | 'break';

/** A real HTTP server on the loopback that answers as the test says. */
export async function startServer(answer: (request: TestRequest) => TestAnswer | Promise<TestAnswer>) {
  const requests: TestRequest[] = [];
  const server: Server = createServer((incoming, response) => {
    void take(incoming).then(async (request) => {
      requests.push(request);
      give(incoming, response, await answer(request));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function take(incoming: IncomingMessage): Promise<TestRequest> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return { method: incoming.method ?? '', path: incoming.url ?? '', body: Buffer.concat(parts) };
}

function give(incoming: IncomingMessage, response: ServerResponse, answer: TestAnswer): void {
  if (answer === 'break') {
    incoming.socket.destroy();
    return;
  }
  if ('headers' in answer && answer.headers)
    for (const [k, v] of Object.entries(answer.headers)) response.setHeader(k, v);
  response.statusCode = answer.status;
  if ('bytes' in answer) response.end(answer.bytes);
  else response.end('text' in answer ? answer.text : JSON.stringify(answer.json));
}

/**
 * A session over a real HTTP server, whose sync and crypto are driven by the test. Its "encryption" is a reversal of the JSON, enough to see what
 * left sealed and what did not: the real one is tested on real homeservers.
 */
export async function testSession(
  homeserver: string,
  options: { storagePrefix: string; me: string; encrypted?: boolean },
) {
  const platform = createMemoryPlatform({ storagePrefix: options.storagePrefix });
  const me = must(parseUserId(options.me));
  const deviceId = must(parseDeviceId('DEVICE'));
  const scope = createScope();
  const timeline = createKeyedEmitter<RoomId, TimelineBatch>(platform.logger, 'timeline');
  const receipts = createKeyedEmitter<RoomId, readonly Receipt[]>(platform.logger, 'receipts');
  const changes = createKeyedEmitter<RoomId, KnownRoom>(platform.logger, 'room');
  const connection = createEmitter<ConnectionState>(platform.logger, 'connection');
  const devices = createEmitter<readonly NewDevice[]>(platform.logger, 'devices');
  const keys = createEmitter<readonly RoomKey[]>(platform.logger, 'keys');
  const known = new Map<RoomId, KnownRoom>();
  const withheld = new Set<string>();
  const ignored = new Set<string>();
  const restored = new Map<string, 'trusted' | 'disproved'>();
  const crypto: CryptoPort = {
    async decrypt(event) {
      const { session_id: sessionId, ciphertext } = event.content;
      if (typeof sessionId !== 'string' || typeof ciphertext !== 'string' || withheld.has(sessionId)) {
        const locked: Locked = { why: 'waiting-for-key', sessionId: String(sessionId), detail: 'test' };
        return err(locked);
      }
      if (restored.get(sessionId) === 'disproved')
        return err({ why: 'refused-sender' as const, sessionId, detail: 'test' });
      const inner: unknown = JSON.parse([...ciphertext].reverse().join(''));
      if (!isRecord(inner) || typeof inner.type !== 'string' || !isRecord(inner.content))
        throw new Error('bad test event');
      const stateKey = typeof inner.state_key === 'string' ? inner.state_key : null;
      const { event_id: eventId, room_id: roomId, sender, origin_server_ts: at } = event;
      const { type, content } = inner;
      const proof = restored.has(sessionId) ? ('restored' as const) : ('signed' as const);
      return ok({ eventId, roomId, sender, type, stateKey, content, wireRelation: null, at, proof });
    },
    async encrypt(_roomId, { type, stateKey, content }) {
      const sealed = seal({ type, content, ...(stateKey === undefined ? {} : { state_key: stateKey }) });
      return ok({
        type: 'm.room.encrypted',
        stateKey: stateKey === undefined ? null : `${type}:${stateKey}`,
        content: sealed,
      });
    },
    prepareToEncrypt() {},
    onRoomKeys: (listener) => keys.on(listener),
  };
  const context: SessionContext = {
    account: { userId: me, deviceId, homeserver, displayName: 'me' },
    platform,
    client: { getCrypto: () => ({ isEncryptionEnabledInRoom: async () => options.encrypted ?? true }) } as never,
    http: createHttp(platform, homeserver, 'token'),
    crypto,
    ignored: { has: (user) => ignored.has(user), onChange: () => () => {} },
    localDb: await openLocalDb(platform),
    scope,
    sync: {
      openRoom: () => () => {},
      onTimelineEvents: (roomId, listener) => timeline.on(roomId, listener),
      onAnyTimelineEvents: () => () => {},
      onStateEvents: () => () => {},
      onReceipts: (roomId, listener) => receipts.on(roomId, listener),
      onTyping: () => () => {},
      onNewDevices: (listener) => devices.on(listener),
      watchConnection: (listener) => connection.on(listener),
    },
    rooms: {
      get: (roomId) => known.get(roomId),
      ensureMembers: async () => ok(undefined),
      onChange: (roomId, listener) => changes.on(roomId, listener),
      isOutsider: () => false,
    },
  };
  return {
    context,
    timeline,
    receipts,
    connection,
    devices,
    keys,
    withheld,
    ignored,
    /** Sessions whose key came from the backup, and what is known of whose they are. */
    restored,
    /** The sync brings the room: made by `creator`, with these members. */
    know(roomId: RoomId, creator: UserId, members: readonly UserId[]) {
      const create = rawEvent(roomId, '$create', creator, 'm.room.create', { room_version: '12' }, '');
      const room: KnownRoom = {
        roomId,
        membership: 'join',
        encrypted: options.encrypted ?? true,
        clearState: (type) => (type === 'm.room.create' ? create : undefined),
        member: (userId) =>
          members.includes(userId)
            ? { userId, name: userId.slice(1, userId.indexOf(':')), membership: 'join', outsider: false }
            : undefined,
        members: () => [],
        creators: [creator],
      };
      known.set(roomId, room);
      changes.emit(roomId, room);
    },
    end() {
      scope.end();
      context.localDb.close();
    },
  };
}

/** What the test's encryption makes of an inner event. */
export function seal(inner: Record<string, unknown>, sessionId = 's'): Record<string, unknown> {
  return { algorithm: 'test', session_id: sessionId, ciphertext: [...JSON.stringify(inner)].reverse().join('') };
}

export function rawEvent(
  roomId: RoomId,
  eventId: string,
  sender: UserId,
  type: string,
  content: Record<string, unknown>,
  stateKey?: string,
): RawEvent {
  const event = parseRawEvent(
    {
      event_id: eventId,
      sender,
      type,
      content,
      origin_server_ts: 1_000,
      ...(stateKey === undefined ? {} : { state_key: stateKey }),
    },
    roomId,
  );
  if (event === null) throw new Error('bad test event');
  return event;
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('it did not come about within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`a value of the test is refused: ${JSON.stringify(result.error)}`);
  return result.value;
}
