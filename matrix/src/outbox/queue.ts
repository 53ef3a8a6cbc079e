import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome, SendState, Stop } from '../api/types.ts';
import { storageError } from '../errors.ts';
import { pauseBeforeRetry, type Verdict, verdictOf } from './failure.ts';
import type { Outbox, OutboxDraft, OutboxEvent, OutboxWork, QueuedItem } from './outbox.ts';
import type { OutboxStore } from './store.ts';

/** Carries one item to the server. Called again with the same item after any failure, in this life or the next. */
export interface OutboxTransport {
  /**
   * Resolves with the event's id, or with a failure that `verdictOf` judges. `save` writes down what need not be done twice
   * (an upload), `progress` is between 0 and 1.
   */
  send(item: QueuedItem, hands: SendHands): Outcome<EventId>;
}

export type SendHands = {
  readonly signal: AbortSignal;
  progress(fraction: number): void;
  save(work: OutboxWork): Promise<void>;
  blob(blobId: string): Promise<Uint8Array | null>;
};

export type QueueDeps = {
  readonly store: OutboxStore;
  readonly transport: OutboxTransport;
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** A fresh transaction id: unguessable, never used before. */
  newId(): string;
  /** A failure that is nobody's fault but ours, or a disk that refuses: logged without content. */
  report(what: string, error: unknown): void;
};

/** How many of the latest messages can be taken back. */
const UNDOABLE = 100;

type Lane = { running: Promise<void> | null; failures: number; wake: (() => void) | null };

/** The send queue over a disk and a transport: see `Outbox` for what it promises. */
export function createQueue(deps: QueueDeps): Outbox {
  const items = new Map<string, QueuedItem>();
  const lanes = new Map<RoomId, Lane>();
  const listeners = new Set<(event: OutboxEvent) => void>();
  const busy = new Set<string>();
  /** Accepted in this life, and not tried yet: nothing of it can have left. */
  const untried = new Set<string>();
  /** The latest that were sent, the oldest first: what can still be taken back. */
  const justSent = new Map<string, { readonly roomId: RoomId; readonly eventId: EventId }>();
  const accepting = new Map<string, Promise<QueuedItem>>();
  let lastSeq = 0;
  let life: AbortController | null = null;
  let loading: Promise<void> | null = null;
  // Writes to the disk follow one another, so that what is on it is always what the memory was at some moment.
  let disk: Promise<unknown> = Promise.resolve();

  function onDisk<T>(write: () => Promise<T>): Promise<T> {
    const done = disk.then(write);
    disk = done.catch(() => undefined); // the caller of `write` has the error; the next write must still run
    return done;
  }

  function tell(event: OutboxEvent): void {
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (error) {
        deps.report('outbox listener', error);
      }
    }
  }

  function ordered(roomId?: RoomId): QueuedItem[] {
    const all = [...items.values()];
    const chosen = roomId === undefined ? all : all.filter((item) => item.roomId === roomId);
    return chosen.sort((a, b) => a.seq - b.seq);
  }

  function ensureLoaded(): Promise<void> {
    loading ??= deps.store.load().then(
      (stored) => {
        lastSeq = Math.max(lastSeq, stored.lastSeq);
        for (const item of stored.items) {
          // What was on its way when we died waits again: nobody knows whether it arrived, the transaction id settles it.
          const state: SendState = item.state.kind === 'refused' ? item.state : { kind: 'waiting' };
          items.set(item.id, { ...item, state });
        }
      },
      (error: unknown) => {
        loading = null;
        throw error;
      },
    );
    return loading;
  }

  async function enqueue(draft: OutboxDraft, blobs?: ReadonlyMap<string, Uint8Array>): Outcome<QueuedItem> {
    try {
      return ok(await accept(draft, blobs));
    } catch (error) {
      const lost = storageError(error);
      if (lost === null) deps.report('outbox enqueue', error);
      return err(lost ?? { code: 'unexpected' });
    }
  }

  function accept(draft: OutboxDraft, blobs?: ReadonlyMap<string, Uint8Array>): Promise<QueuedItem> {
    const { id } = draft;
    if (id === undefined) return write(draft, blobs);
    // The same id again, perhaps before the first call is through: the same item.
    const known = accepting.get(id) ?? write(draft, blobs).finally(() => accepting.delete(id));
    accepting.set(id, known);
    return known;
  }

  async function write(draft: OutboxDraft, blobs?: ReadonlyMap<string, Uint8Array>): Promise<QueuedItem> {
    await ensureLoaded();
    const known = draft.id === undefined ? undefined : items.get(draft.id);
    if (known !== undefined) return known;
    const superseded = findSuperseded(draft);
    lastSeq += superseded === null ? 1 : 0;
    const item: QueuedItem = superseded
      ? { ...superseded, work: draft.work }
      : {
          id: draft.id ?? deps.newId(),
          roomId: draft.roomId,
          seq: lastSeq,
          since: deps.now(),
          work: draft.work,
          state: { kind: 'waiting' },
        };
    if (superseded !== null) {
      // Nothing of it may leave between the write and the change in memory.
      items.set(item.id, item);
      await onDisk(() => deps.store.put(items.get(item.id) ?? item));
      if (!items.has(item.id)) await onDisk(() => deps.store.remove(item)); // it was sent meanwhile, with this content
    } else {
      await onDisk(() => deps.store.put(item, blobs));
      items.set(item.id, item);
      untried.add(item.id);
    }
    tell({ kind: superseded === null ? 'queued' : 'progress', item });
    run(item.roomId);
    return item;
  }

  function findSuperseded({ roomId, work }: OutboxDraft): QueuedItem | null {
    if (work.kind !== 'object') return null;
    for (const item of items.values()) {
      const same =
        item.roomId === roomId &&
        item.work.kind === 'object' &&
        item.work.type === work.type &&
        item.work.objectId === work.objectId;
      if (same && item.state.kind === 'waiting' && !busy.has(item.id)) return item;
    }
    return null;
  }

  function run(roomId: RoomId): void {
    if (life === null) return;
    const signal = life.signal;
    const lane = laneOf(roomId);
    if (lane.running !== null) return;
    lane.running = drain(roomId, lane, signal)
      .catch((error: unknown) => deps.report('outbox lane', error))
      .finally(() => {
        lane.running = null;
        // Something may have been accepted between the last look and now.
        if (!signal.aborted && nextIn(roomId) !== undefined) run(roomId);
      });
  }

  function laneOf(roomId: RoomId): Lane {
    const known = lanes.get(roomId);
    if (known !== undefined) return known;
    const lane: Lane = { running: null, failures: 0, wake: null };
    lanes.set(roomId, lane);
    return lane;
  }

  function nextIn(roomId: RoomId): QueuedItem | undefined {
    return ordered(roomId).find((item) => item.state.kind !== 'refused');
  }

  async function drain(roomId: RoomId, lane: Lane, signal: AbortSignal): Promise<void> {
    for (let item = nextIn(roomId); item !== undefined && !signal.aborted; item = nextIn(roomId)) {
      const verdict = await attempt(item, signal);
      if (verdict === null) lane.failures = 0;
      else await afterFailure(item.id, verdict, lane, signal);
    }
  }

  /** Null when it was sent. */
  async function attempt(item: QueuedItem, signal: AbortSignal): Promise<Verdict | null> {
    busy.add(item.id);
    untried.delete(item.id);
    try {
      change(item.id, { state: { kind: 'sending', progress: null } });
      const outcome = await deps.transport.send(items.get(item.id) ?? item, handsFor(item.id, signal));
      if (!outcome.ok) return verdictOf(outcome.error);
      await settle(items.get(item.id) ?? item, outcome.value);
      return null;
    } catch (error) {
      deps.report('outbox send', error);
      return { kind: 'refused', error: storageError(error) ?? { code: 'unexpected' } };
    } finally {
      busy.delete(item.id);
    }
  }

  function handsFor(id: string, signal: AbortSignal): SendHands {
    return {
      signal,
      progress: (fraction) => {
        change(id, { state: { kind: 'sending', progress: fraction } });
      },
      save: async (work) => {
        const saved = change(id, { work });
        if (saved !== null) await onDisk(() => deps.store.put(saved));
      },
      blob: (blobId) => deps.store.blob(blobId),
    };
  }

  async function settle(item: QueuedItem, eventId: EventId): Promise<void> {
    items.delete(item.id);
    tell({ kind: 'sent', item, eventId });
    justSent.set(item.id, { roomId: item.roomId, eventId });
    for (const id of justSent.keys()) if (justSent.size > UNDOABLE) justSent.delete(id);
    // Before it is off the disk: killed in between, the next life sends it under the same id, and removes it then.
    if (item.retracted) await write(removalOf(item.roomId, eventId));
    // After the news, so that the screen does not wait for the disk; killed in between, it is sent again under the same id.
    await onDisk(() => deps.store.remove(item));
  }

  async function afterFailure(id: string, verdict: Verdict, lane: Lane, signal: AbortSignal): Promise<void> {
    // Sent, but the disk would not forget it: the next life sends it again under the same id, and the server knows.
    if (!items.has(id)) return;
    if (verdict.kind === 'refused') {
      const refused = change(id, { state: { kind: 'refused', error: verdict.error } }, false);
      if (refused === null) return;
      if (refused.retracted) {
        await discard(id);
        return;
      }
      await onDisk(() => deps.store.put(refused));
      tell({ kind: 'refused', item: refused, error: verdict.error });
      return;
    }
    change(id, { state: { kind: 'waiting' } });
    if (signal.aborted) return;
    lane.failures += 1;
    const ms = verdict.kind === 'halt' ? null : pauseBeforeRetry(verdict.afterMs, lane.failures, deps.random());
    await pause(lane, ms, signal);
  }

  /** Waits `ms`, for ever when null, until woken or stopped. */
  function pause(lane: Lane, ms: number | null, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        if (timer !== null) clearTimeout(timer);
        signal.removeEventListener('abort', end);
        lane.wake = null;
        resolve();
      };
      const timer = ms === null ? null : setTimeout(end, ms);
      signal.addEventListener('abort', end);
      lane.wake = end;
    });
  }

  function change(id: string, patch: Partial<QueuedItem>, say = true): QueuedItem | null {
    const item = items.get(id);
    if (item === undefined) return null;
    const changed = { ...item, ...patch };
    items.set(id, changed);
    if (say) tell({ kind: 'progress', item: changed });
    return changed;
  }

  async function retry(id: string): Promise<boolean> {
    await ensureLoaded();
    const item = items.get(id);
    if (item === undefined || item.state.kind !== 'refused') return false;
    const waiting = change(id, { state: { kind: 'waiting' } });
    if (waiting === null) return false;
    await onDisk(() => deps.store.put(waiting));
    run(item.roomId);
    return true;
  }

  async function discard(id: string): Promise<boolean> {
    await ensureLoaded();
    const item = items.get(id);
    if (item === undefined || busy.has(id)) return false;
    items.delete(id);
    await onDisk(() => deps.store.remove(item));
    tell({ kind: 'discarded', item });
    return true;
  }

  async function undo(id: string): Promise<'withdrawn' | 'removing' | null> {
    await ensureLoaded();
    const never = untried.has(id) || items.get(id)?.state.kind === 'refused';
    if (never && (await discard(id))) return 'withdrawn';
    if (items.has(id)) {
      const retracted = change(id, { retracted: true });
      if (retracted !== null) await onDisk(async () => items.has(id) && deps.store.put(retracted));
      return 'removing';
    }
    const sent = justSent.get(id);
    if (sent === undefined) return null;
    justSent.delete(id);
    await write(removalOf(sent.roomId, sent.eventId));
    return 'removing';
  }

  function on(listener: (event: OutboxEvent) => void): Stop {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  async function start(): Promise<void> {
    if (life !== null) return;
    life = new AbortController();
    await ensureLoaded();
    for (const item of ordered()) tell({ kind: 'queued', item });
    for (const roomId of new Set(ordered().map((item) => item.roomId))) run(roomId);
  }

  async function stop(): Promise<void> {
    life?.abort();
    life = null;
    await Promise.all([...lanes.values()].map((lane) => lane.running));
    await disk;
  }

  function wake(): void {
    for (const lane of lanes.values()) {
      lane.failures = 0;
      lane.wake?.();
    }
  }

  return { enqueue, items: ordered, on, retry, discard, undo, start, stop, wake };
}

function removalOf(roomId: RoomId, target: EventId): OutboxDraft {
  return { roomId, work: { kind: 'removal', target } };
}
