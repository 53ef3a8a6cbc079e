import { type EventId, parseEventId, parseObjectId, parseRoomId, type RoomId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { BesaceError } from '../api/types.ts';
import { type LocalDb, openLocalDb } from '../local/db.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { createLocalOutboxStore } from './localStore.ts';
import type { Outbox, OutboxEvent, OutboxWork, QueuedItem } from './outbox.ts';
import { createQueue, type OutboxTransport } from './queue.ts';

const ROOM = room('!one:interieur.test');
const OTHER = room('!two:interieur.test');
let storage = 0;
const opened: { stop(): Promise<void>; close(): void }[] = [];

afterEach(async () => {
  for (const life of opened.splice(0)) {
    await life.stop();
    life.close();
  }
});

describe('the send queue', () => {
  it('[SEND-1] has an item on disk, unreadable without the key, before it is accepted', async () => {
    const prefix = newStorage();
    const life = await live(prefix, server());
    const item = await accept(life.queue, message('confidential'));
    const again = await openLocalDb(createMemoryPlatform({ storagePrefix: prefix }));
    const stored = await again.list('outbox', '');
    again.close();
    expect(stored.map(({ value }) => (value as QueuedItem).id)).toEqual([item.id]);
    expect(await rawBytes(prefix)).not.toContain('confidential');
  });

  it('[SEND-1][T8] never writes over an item on disk that this version cannot read', async () => {
    const prefix = newStorage();
    const db = await openLocalDb(createMemoryPlatform({ storagePrefix: prefix }));
    await db.write([{ store: 'outbox', key: '000000000001', value: { of: 'another version' } }]);
    const reports: string[] = [];
    const store = createLocalOutboxStore(db, (what) => reports.push(what));
    expect(await store.load()).toEqual({ items: [], lastSeq: 1 });
    const life = await live(prefix, server(), () => {});
    expect((await accept(life.queue, message('a'))).seq).toBe(2);
    expect(await db.get('outbox', '000000000001')).toEqual({ of: 'another version' });
    expect(reports).toEqual(['outbox item unreadable']);
    db.close();
  });

  it('[SEND-2] sends a room in order, and other rooms beside it', async () => {
    const target = server();
    const life = await live(newStorage(), target);
    target.hold(ROOM);
    const first = await accept(life.queue, message('a'));
    const second = await accept(life.queue, message('b'));
    const elsewhere = await accept(life.queue, message('c'), OTHER);
    await life.queue.start();
    await target.until(() => target.order().includes(elsewhere.id));
    expect(target.order()).toEqual([elsewhere.id]);
    target.release(ROOM);
    await target.until(() => target.order().length === 3);
    expect(target.order()).toEqual([elsewhere.id, first.id, second.id]);
  });

  it('[SEND-3] [SEND-4] tries again under the same id until there is an answer, and wakes when the connection is back', async () => {
    const target = server();
    const life = await live(newStorage(), target);
    target.answer(ROOM, [offline, offline, { code: 'server-failed' }, { code: 'server-nonsense' }]);
    const item = await accept(life.queue, message('a'));
    await life.queue.start();
    for (let tries = 1; tries <= 4; tries++) {
      await target.until(() => target.tries.length === tries && life.queue.items()[0]?.state.kind === 'waiting');
      life.queue.wake();
    }
    await target.until(() => life.queue.items().length === 0);
    expect(target.tries).toEqual([item.id, item.id, item.id, item.id, item.id]);
  });

  it('[SEND-4] waits as long as the server asks', async () => {
    const target = server();
    const life = await live(newStorage(), target);
    target.answer(ROOM, [{ code: 'limited', retryAfterMs: 120 }]);
    await accept(life.queue, message('a'));
    const start = performance.now();
    await life.queue.start();
    await target.until(() => target.order().length === 1);
    expect(performance.now() - start).toBeGreaterThanOrEqual(115);
  });

  it('[SEND-5] sets a refused item aside, keeps it across a restart, and sends it when asked again', async () => {
    const prefix = newStorage();
    const target = server();
    const life = await live(prefix, target);
    target.answer(ROOM, [{ code: 'forbidden', detail: 'M_FORBIDDEN' }]);
    const refused = await accept(life.queue, message('a'));
    const next = await accept(life.queue, message('b'));
    await life.queue.start();
    await target.until(() => target.order().length === 1);
    expect(target.order()).toEqual([next.id]);
    await life.kill();
    const second = await live(prefix, target);
    await second.queue.start();
    const state = { kind: 'refused', error: { code: 'forbidden', detail: 'M_FORBIDDEN' } };
    expect(second.queue.items()).toEqual([{ ...refused, state }]);
    expect(await second.queue.retry(refused.id)).toBe(true);
    await target.until(() => target.order().length === 2);
    expect(await second.queue.discard(refused.id)).toBe(false);
  });

  it('[SEND-5] throws away what the person gives up', async () => {
    const target = server();
    const life = await live(newStorage(), target);
    const item = await accept(life.queue, message('a'));
    const seen: OutboxEvent['kind'][] = [];
    life.queue.on((event) => seen.push(event.kind));
    expect(await life.queue.discard(item.id)).toBe(true);
    await life.queue.start();
    expect([seen, target.tries, await life.onDisk()]).toEqual([['discarded'], [], 0]);
  });

  it('[SEND-6] sends nothing under a dead token, and loses nothing', async () => {
    const target = server();
    const life = await live(newStorage(), target);
    target.answer(ROOM, [{ code: 'signed-out' }]);
    await accept(life.queue, message('a'));
    await life.queue.start();
    await target.until(() => life.queue.items()[0]?.state.kind === 'waiting' && target.tries.length === 1);
    expect(await life.onDisk()).toBe(1);
  });

  it('[SEND-9] writes down what need not be done twice', async () => {
    const prefix = newStorage();
    const target = server();
    const life = await live(prefix, target);
    target.save(ROOM, message('uploaded'));
    target.answer(ROOM, [offline]);
    await accept(life.queue, message('a'));
    await life.queue.start();
    await target.until(() => life.queue.items()[0]?.state.kind === 'waiting' && target.tries.length === 1);
    await life.kill();
    const second = await live(prefix, target);
    await second.queue.start();
    await target.until(() => target.order().length === 1);
    expect(target.received[0]?.work).toEqual(message('uploaded'));
  });

  it('[SEND-10] replaces the version of an object that is not on its way yet', async () => {
    const target = server();
    const life = await live(newStorage(), target);
    target.hold(ROOM);
    await life.queue.start();
    const first = await accept(life.queue, card('one'));
    await target.until(() => target.tries.length === 1);
    const second = await accept(life.queue, card('two'));
    const third = await accept(life.queue, card('three'));
    expect(third.id).toBe(second.id);
    target.release(ROOM);
    await target.until(() => target.order().length === 2);
    expect(target.received.map(({ id, work }) => [id, work])).toEqual([
      [first.id, card('one')],
      [second.id, card('three')],
    ]);
  });

  it('[SEND-3] takes a transaction id of the caller once, even when it is said twice at once', async () => {
    const target = server();
    const life = await live(newStorage(), target);
    const draft = { roomId: ROOM, work: message('a'), id: 'chosen' };
    await Promise.all([life.queue.enqueue(draft), life.queue.enqueue(draft)]);
    await life.queue.start();
    await target.until(() => life.queue.items().length === 0);
    expect(target.order()).toEqual(['chosen']);
  });

  it('[SEND-11] takes back what was not tried, and removes what may have left, whatever is killed in between', async () => {
    const prefix = newStorage();
    const target = server();
    const life = await live(prefix, target);
    const early = await accept(life.queue, message('a'));
    expect(await life.queue.undo(early.id)).toBe('withdrawn');
    target.hold(ROOM);
    target.answer(ROOM, [offline], true);
    await life.queue.start();
    const late = await accept(life.queue, message('b'));
    await target.until(() => target.tries.length === 1);
    expect(await life.queue.undo(late.id)).toBe('removing');
    await life.kill();
    target.release(ROOM);
    const second = await live(prefix, target);
    await second.queue.start();
    await target.until(() => {
      second.queue.wake();
      return target.received.length === 2;
    });
    const removal = { kind: 'removal', target: '$event0' };
    expect(target.received.map(({ work }) => work)).toEqual([message('b'), removal]);
    const sent = await accept(second.queue, message('c'));
    await target.until(() => target.received.length === 3 && second.queue.items().length === 0);
    expect(await second.queue.undo(sent.id)).toBe('removing');
    expect(await second.queue.undo(sent.id)).toBeNull();
    await target.until(() => target.received.length === 4);
    expect(target.received.at(-1)?.work).toEqual({ kind: 'removal', target: '$event2' });
  });

  it('[SEND-11] gives up what was taken back and is refused', async () => {
    const target = server();
    const life = await live(newStorage(), target);
    target.hold(ROOM);
    target.answer(ROOM, [{ code: 'forbidden' }]);
    await life.queue.start();
    const item = await accept(life.queue, message('a'));
    await target.until(() => target.tries.length === 1);
    await life.queue.undo(item.id);
    target.release(ROOM);
    await target.until(() => life.queue.items().length === 0);
    expect([target.received, await life.onDisk()]).toEqual([[], 0]);
  });

  it('[SEND-7] [T8] delivers all that was accepted once and in order, whatever fails and whenever it is killed', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), room: fc.constantFrom(ROOM, OTHER) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('fail' as const), lost: fc.boolean() }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('kill' as const) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('breathe' as const), turns: fc.nat(6) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const prefix = newStorage();
        const target = server();
        const accepted = new Map<RoomId, string[]>([
          [ROOM, []],
          [OTHER, []],
        ]);
        let life = await live(prefix, target);
        await life.queue.start();
        for (const one of steps) {
          if (one.kind === 'write') {
            const item = await accept(life.queue, message('x'), one.room);
            accepted.get(one.room)?.push(item.id);
          } else if (one.kind === 'fail') {
            target.answer(ROOM, [offline], one.lost);
          } else if (one.kind === 'kill') {
            await life.kill();
            life = await live(prefix, target);
            await life.queue.start();
          } else {
            for (let turn = 0; turn < one.turns; turn++) await new Promise(setImmediate);
          }
        }
        await target.until(() => {
          life.queue.wake();
          return life.queue.items().length === 0;
        });
        for (const [roomId, ids] of accepted) {
          expect(target.received.filter((item) => item.roomId === roomId).map(({ id }) => id)).toEqual(ids);
        }
        await life.kill();
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

const offline: BesaceError = { code: 'offline' };

type Life = { readonly queue: Outbox; kill(): Promise<void>; onDisk(): Promise<number> };

/** One life of the process over a storage: `kill` ends it as a kill does, with whatever is on its way left unanswered. */
async function live(prefix: string, transport: OutboxTransport, told = report): Promise<Life> {
  const db = await openLocalDb(createMemoryPlatform({ storagePrefix: prefix }));
  let dead = false;
  const never = new Promise<never>(() => {});
  const mortal: LocalDb = {
    ...db,
    write: (changes) => untilDeath(db.write(changes)),
    get: (store, key) => untilDeath(db.get(store, key)),
  };
  // The dead hear nothing, neither of what succeeded after them nor of what failed because of their death.
  function untilDeath<T>(work: Promise<T>): Promise<T> {
    return work.then(
      (value) => (dead ? never : value),
      (error: unknown) => (dead ? never : Promise.reject(error)),
    );
  }
  let ids = 0;
  const life = ++storage;
  const queue = createQueue({
    store: createLocalOutboxStore(mortal, told),
    transport: { send: (item, hands) => (dead ? never : untilDeath(transport.send(item, hands))) },
    now: () => 1_000,
    random: () => 0.5,
    newId: () => `txn-${life}-${++ids}`,
    report,
  });
  const handle = { stop: () => (dead ? Promise.resolve() : queue.stop()), close: () => db.close() };
  opened.push(handle);
  return {
    queue,
    onDisk: async () => (await db.list('outbox', '')).length,
    async kill() {
      dead = true;
      db.close();
    },
  };
}

function report(what: string, error: unknown): void {
  throw new Error(`${what}: ${String(error)}`);
}

/** A server as the queue meets it: takes each transaction id once, and answers as it is told. */
function server() {
  const received: QueuedItem[] = [];
  const tries: string[] = [];
  const known = new Map<string, EventId>();
  const answers = new Map<RoomId, { error: BesaceError; lost: boolean }[]>();
  const held = new Map<RoomId, { promise: Promise<void>; free: () => void }>();
  const saved = new Map<RoomId, OutboxWork>();
  return {
    received,
    tries,
    order: () => received.map(({ id }) => id),
    /** Next answers for a room: with `lost` the item arrives and only the answer is lost. */
    answer(roomId: RoomId, errors: BesaceError[], lost = false) {
      answers.set(roomId, [...(answers.get(roomId) ?? []), ...errors.map((error) => ({ error, lost }))]);
    },
    hold(roomId: RoomId) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.set(roomId, { promise, free: resolve });
    },
    release: (roomId: RoomId) => held.get(roomId)?.free(),
    save: (roomId: RoomId, work: OutboxWork) => saved.set(roomId, work),
    async until(condition: () => boolean) {
      while (!condition()) await new Promise(setImmediate);
    },
    async send(item, hands): Promise<Result<EventId, BesaceError>> {
      tries.push(item.id);
      await held.get(item.roomId)?.promise;
      const toSave = saved.get(item.roomId);
      if (toSave !== undefined && tries.length === 1) await hands.save(toSave);
      const failure = answers.get(item.roomId)?.shift();
      if (failure !== undefined && !failure.lost) return err(failure.error);
      const eventId = known.get(item.id) ?? event(`$event${received.length}`);
      if (!known.has(item.id)) received.push(item);
      known.set(item.id, eventId);
      return failure === undefined ? ok(eventId) : err(failure.error);
    },
  } satisfies OutboxTransport & Record<string, unknown>;
}

async function accept(queue: Outbox, work: OutboxWork, roomId = ROOM): Promise<QueuedItem> {
  const item = await queue.enqueue({ roomId, work });
  if (!item.ok) throw new Error(item.error.code);
  return item.value;
}

function message(body: string): OutboxWork {
  return { kind: 'message', content: { msgtype: 'm.text', body } };
}

function card(title: string): OutboxWork {
  const id = parseObjectId('AAAAAAAAAAAAAAAAAAAAAA');
  if (!id.ok) throw new Error('bad id');
  return { kind: 'object', type: 'fr.besace.task', objectId: id.value, content: { title } };
}

function newStorage(): string {
  return `queue-${++storage}`;
}

function room(text: string): RoomId {
  const id = parseRoomId(text);
  if (!id.ok) throw new Error('bad id');
  return id.value;
}

function event(text: string): EventId {
  const id = parseEventId(text);
  if (!id.ok) throw new Error('bad id');
  return id.value;
}

async function rawBytes(prefix: string): Promise<string> {
  const request = indexedDB.open(`${prefix}-local`);
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const all = db.transaction('outbox').objectStore('outbox').getAll();
  const values = await new Promise<unknown[]>((resolve, reject) => {
    all.onsuccess = () => resolve(all.result);
    all.onerror = () => reject(all.error);
  });
  db.close();
  return values.map((value) => Buffer.from(value as Uint8Array).toString('latin1')).join();
}
