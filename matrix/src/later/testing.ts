import { parseDeviceId, parseEventId, parseRoomId, parseUserId, type UserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import type { BesaceError, ConnectionState, ScheduledMessage } from '../api/types.ts';
import { must } from '../outbox/testing.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { createTestClock } from '../platform/testClock.ts';
import type { HttpRequest, SessionContext, TimelineBatch } from '../session/context.ts';
import { createEmitter } from '../session/emitter.ts';
import { createScope } from '../session/scope.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { Vault } from '../vault/vault.ts';
import { createLater } from './later.ts';

export const ROOM = must(parseRoomId('!room'));
export const ME = must(parseUserId('@ada:interieur.test'));
export const HOUR = 3_600_000;

type Fault = 'none' | 'request-lost' | 'answer-lost';

/**
 * One account on a server that sends later, with a clock that the test moves: what is kept of an account (its vault), what the queue was given,
 * what stands in the room. Devices come and go on it.
 */
export function createLaterWorld(longest = 24 * HOUR) {
  const clock = createTestClock();
  const platform = createMemoryPlatform({ storagePrefix: 'later', clock });
  const held = new Map<string, { content: Record<string, unknown>; due: number }>();
  const room: RawEvent[] = [];
  const queued = new Map<string, Readonly<Record<string, unknown>>>();
  const kept = new Map<string, unknown>();
  const changes = createEmitter<ReadonlyMap<string, unknown>>(platform.logger, 'vault');
  const news = createEmitter<{ roomId: typeof ROOM; batch: TimelineBatch }>(platform.logger, 'news');
  const roomChanges = createEmitter<void>(platform.logger, 'room');
  let fault: () => Fault = () => 'none';
  let members: readonly UserId[] = [ME];
  let refusing = false;
  let membersKnown = true;
  let mostKept = Number.POSITIVE_INFINITY;
  let counter = 0;
  let writes = 0;
  let keepsAll = false;
  let sealedCount = 0;

  /** Lets go of what is due, as the server does on its own. */
  function fire(): void {
    for (const [id, { content, due }] of held) if (due <= clock.now()) release(id, content);
  }

  function release(id: string, content: Record<string, unknown>): void {
    held.delete(id);
    if (refusing) return;
    const event: RawEvent = {
      event_id: must(parseEventId(`$event${++counter}`)),
      room_id: ROOM,
      sender: ME,
      type: 'm.room.encrypted',
      origin_server_ts: clock.now(),
      content,
      unsigned: {},
    };
    room.push(event);
    news.emit({ roomId: ROOM, batch: { events: [event], limited: false, prevBatch: null, initial: false } });
  }

  async function json(request: HttpRequest): Promise<Result<unknown, BesaceError>> {
    fire();
    const how = fault();
    if (how === 'request-lost') return err({ code: 'offline' });
    const answer = take(request);
    return how === 'answer-lost' ? err({ code: 'offline' }) : answer;
  }

  function take({ method, path, query, body }: HttpRequest): Result<unknown, BesaceError> {
    if (path.endsWith('/capabilities')) {
      const said = longest === 0 ? {} : { 'org.matrix.msc4140.delayed_events': { max_delay_ms: longest } };
      return ok({ capabilities: said });
    }
    if (path.includes('/messages')) return ok({ chunk: room.toReversed() });
    if (method === 'PUT') {
      const delay = Number(query?.['org.matrix.msc4140.delay']);
      if (delay > longest) return err({ code: 'invalid', detail: 'M_MAX_DELAY_EXCEEDED' });
      const id = `delay${++counter}`;
      held.set(id, { content: body as Record<string, unknown>, due: clock.now() + delay });
      return ok({ delay_id: id });
    }
    const id = path.slice(path.lastIndexOf('/') + 1);
    if (method === 'POST' && keepsAll) return err({ code: 'server-failed' });
    if (method === 'POST') return held.delete(id) ? ok({}) : err({ code: 'not-found' });
    const all = [...held].map(([delay_id, { content }]) => ({ delay_id, room_id: ROOM, content }));
    return ok({ delayed_events: [...all, { nonsense: true }] });
  }

  const vault: Omit<Vault, 'refresh'> = {
    values: () => kept,
    async put(_name, key, value) {
      writes += 1;
      if (value !== null && JSON.stringify(value).length > mostKept) return err({ code: 'too-large', detail: 'later' });
      if (value === null) kept.delete(key);
      else kept.set(key, structuredClone(value));
      changes.emit(kept);
      return ok(undefined);
    },
    watch(_name, listener) {
      const stop = changes.on(listener);
      listener(kept);
      return stop;
    },
  };

  /** `known` is what the device has of the list before it asks, where another device changed it meanwhile. */
  function device(name = 'DEVICE', known: ReadonlyMap<string, unknown> = kept) {
    let copy = known;
    const scope = createScope();
    const connection = createEmitter<ConnectionState>(platform.logger, 'connection');
    const context = {
      account: { userId: ME, deviceId: must(parseDeviceId(name)), homeserver: '', displayName: 'Ada' },
      platform,
      scope,
      // What a dead process asks never leaves, and it hears nothing.
      http: {
        json: (request: HttpRequest) => (scope.signal.aborted ? new Promise(() => {}) : json(request)),
        bytes: () => Promise.reject(new Error('no bytes')),
      },
      crypto: {
        encrypt: async (_room: unknown, { content }: { content: Readonly<Record<string, unknown>> }) =>
          ok({
            type: 'm.room.encrypted',
            stateKey: null,
            content: { ciphertext: `${++sealedCount} ${members.length} ${String(content.body)}` },
          }),
      },
      rooms: {
        ensureMembers: async () => (membersKnown ? ok(undefined) : err({ code: 'offline' })),
        get: () => ({
          members: () => members.map((userId) => ({ userId, name: '', membership: 'join', outsider: false })),
        }),
        onChange: (_room: unknown, listener: () => void) => roomChanges.on(listener),
      },
      sync: {
        onAnyTimelineEvents: news.on,
        watchConnection: connection.on,
      },
    } as unknown as SessionContext;
    const outbox: Parameters<typeof createLater>[1] = {
      async enqueue({ roomId, work, id = '' }) {
        if (scope.signal.aborted) return new Promise(() => {});
        if (!queued.has(id) && work.kind === 'message') queued.set(id, work.content);
        return ok({ id, roomId, seq: 1, since: 0, work, state: { kind: 'waiting' } });
      },
    };
    // A dead process writes nothing any more.
    const ownVault: Vault = {
      values: () => copy,
      watch(_name, listener) {
        const stop = changes.on(() => listener(copy));
        listener(copy);
        return stop;
      },
      put(...args) {
        if (scope.signal.aborted) return new Promise(() => {});
        copy = kept;
        return vault.put(...args);
      },
      async refresh() {
        if (scope.signal.aborted) return new Promise(() => {});
        if (fault() !== 'none') return err({ code: 'offline' });
        if (copy !== kept) {
          copy = kept;
          changes.emit(kept);
        }
        return ok(undefined);
      },
    };
    const later = createLater(context, outbox, ownVault, undefined, async (users) => users);
    let list: readonly ScheduledMessage[] = [];
    void later.watchScheduled((scheduled) => {
      list = scheduled;
    });
    return {
      later,
      list: () => list,
      online: () => connection.emit({ kind: 'online' }),
      offline: () => connection.emit({ kind: 'offline', since: 0, error: { code: 'offline' } }),
      kill: () => scope.end(),
    };
  }

  return {
    clock,
    held,
    room,
    queued,
    kept,
    device,
    /** Everything that reached the room or the queue, as words. */
    /** The server holds so many, and this is known. */
    isHeld: (many: number) =>
      [...kept.values()].filter((value) => JSON.stringify(value).includes('"delayId":"')).length === many,
    sent: () => [
      ...room.map(({ content }) => words(content.ciphertext)),
      ...[...queued.values()].map(({ body }) => String(body)),
    ],
    setFault(next: () => Fault) {
      fault = next;
    },
    setMembers(next: readonly UserId[]) {
      members = next;
      roomChanges.emit();
    },
    /** Somebody comes or goes, and the server does not say who is there. */
    hideMembers(hidden: boolean) {
      membersKnown = !hidden;
      roomChanges.emit();
    },
    /** The list takes only what is so long, as JSON. */
    keepAtMost(length: number) {
      mostKept = length;
    },
    sealedCount: () => sealedCount,
    /** How often the list was written. */
    writes: () => writes,
    /** The server takes no message back. */
    keepAll() {
      keepsAll = true;
    },
    refuse() {
      refusing = true;
    },
    move(ms: number) {
      clock.advance(ms);
      fire();
    },
  };
}

function words(ciphertext: unknown): string {
  return String(ciphertext).split(' ').slice(2).join(' ');
}

/** Until all that was begun came to rest: all that is waited for here, but the test's own clock, has run before the next timer. */
export function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
