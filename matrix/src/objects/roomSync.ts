import { type EventId, parseEventId } from '@besace/protocol/core/ids';
import type { BesaceError } from '../api/types.ts';
import { isTransient } from '../errors.ts';
import type { SessionContext, TimelineBatch } from '../session/context.ts';
import type { Scope } from '../session/scope.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { Carer } from './carer.ts';
import type { Origin } from './entries.ts';
import { placeVersions } from './placing.ts';
import { POWER_LEVELS } from './powers.ts';
import type { RoomStore } from './roomStore.ts';
import { usefulFirst } from './screen.ts';
import type { ObjectServer } from './server.ts';
import { ENCRYPTED, readWire, type WireVersion } from './wire.ts';

export type RoomSyncDeps = {
  readonly context: SessionContext;
  readonly store: RoomStore;
  readonly server: ObjectServer;
  readonly carer: Carer;
  readonly scope: Scope;
};

/** Longest pause between two tries to read the state, ms. */
const MAX_PAUSE = 30_000;
/** Pages of history read to fill a gap in the sync: versions that lost a conflict are nowhere else. */
const MAX_GAP_PAGES = 10;

/**
 * Keeps one room's store in step with the homeserver while somebody looks: the whole state once and after gaps, then what the sync
 * brings, keys that come late, and rights that change.
 */
export class RoomSync {
  readonly #deps: RoomSyncDeps;
  readonly #seenLive = new Set<EventId>();
  #refreshing = false;
  #again = false;
  #failures = 0;
  #cancelRetry: (() => void) | null = null;
  readonly #searched = new Set<EventId>();
  #placing = false;

  constructor(deps: RoomSyncDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { context, store, scope } = this.#deps;
    const { roomId } = store;
    scope.add(context.sync.onStateEvents(roomId, (batch) => this.#onState(batch.events, batch.gap)));
    scope.add(context.sync.onTimelineEvents(roomId, (batch) => this.#onTimeline(batch)));
    scope.add(context.crypto.onRoomKeys((keys) => void store.retry(keys)));
    scope.add(context.rooms.onChange(roomId, () => this.#onRoom()));
    scope.add(store.followOutbox());
    scope.add(context.sync.openRoom(roomId));
    scope.add(
      context.sync.watchConnection((connection) => {
        if (connection.kind === 'online' && this.#failures > 0) this.#refresh();
      }),
    );
    scope.add(() => this.#cancelRetry?.());
    this.#onRoom();
    this.#refresh();
  }

  #onState(events: readonly RawEvent[], gap: boolean): void {
    this.#learnPowers(events);
    // After a gap the state is read anew: what came with it is history.
    void this.#take(events, gap ? 'past' : 'live', this.#deps.store.asOf);
    if (gap) this.#refresh();
  }

  #onTimeline(batch: TimelineBatch): void {
    const joins = this.#seenLive.size === 0 || batch.events.some((event) => this.#seenLive.has(event.event_id));
    if (batch.limited && !joins && batch.prevBatch !== null)
      void this.#fillGap(batch.prevBatch, new Set(this.#seenLive));
    for (const event of batch.events) {
      this.#seenLive.add(event.event_id);
      if (event.type !== 'm.room.redaction') continue;
      const target = parseEventId(event.content.redacts);
      if (target.ok) void this.#deps.carer.redacted(target.value);
    }
  }

  #onRoom(): void {
    const room = this.#deps.context.rooms.get(this.#deps.store.roomId);
    if (room === undefined) return;
    this.#learnPowers(
      [room.clearState('m.room.create'), room.clearState(POWER_LEVELS)].filter((each) => each !== undefined),
    );
  }

  #learnPowers(events: readonly RawEvent[]): void {
    const { store } = this.#deps;
    const of = (type: string) => events.findLast((event) => event.type === type && event.state_key === '');
    if (store.powers.update(of('m.room.create'), of(POWER_LEVELS))) void store.rejudge();
  }

  /** Reads the whole state. One at a time; asked for meanwhile, it runs once more. */
  #refresh(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (this.#refreshing) {
      this.#again = true;
      return;
    }
    this.#refreshing = true;
    void this.#readState().then((error) => {
      this.#refreshing = false;
      if (this.#deps.scope.signal.aborted) return;
      this.#failures = error === null ? 0 : this.#failures + 1;
      if (error !== null && isTransient(error)) this.#later(error);
      else if (this.#again) {
        this.#again = false;
        this.#refresh();
      }
    });
  }

  #later(error: BesaceError): void {
    const { clock, random } = this.#deps.context.platform;
    const pause = error.retryAfterMs ?? Math.min(MAX_PAUSE, 500 * 2 ** this.#failures) * (0.75 + random.fraction() / 2);
    this.#cancelRetry = clock.after(pause, () => this.#refresh());
  }

  async #readState(): Promise<BesaceError | null> {
    const { store, server, context, carer, scope } = this.#deps;
    await store.ready;
    const { asOf } = store;
    const answer = await server.state();
    if (scope.signal.aborted) return null;
    if (!answer.ok) {
      context.platform.logger.warn('objects-state-failed', { code: answer.error.code });
      return answer.error;
    }
    this.#learnPowers(answer.value);
    const seen = await this.#take(answer.value, 'state', asOf);
    await store.takeAbsences(
      store.table.keys().filter((key) => !seen.has(key)),
      asOf,
    );
    store.setComplete();
    await this.place();
    await carer.searchMissing();
    carer.review();
    return null;
  }

  /** Takes the objects among these events; gives the keys of all of them. */
  async #take(events: readonly RawEvent[], origin: Origin, asOf: number): Promise<Set<string>> {
    const { store } = this.#deps;
    const keys = new Set<string>();
    const unknown = new Map<string, WireVersion[]>();
    for (const raw of events) {
      const reading = readWire(raw, (type) => store.kindOf(type) !== undefined);
      if (reading.kind === 'invalid') store.takeStray(raw.event_id);
      if (reading.kind !== 'version') continue;
      const { key } = reading.version.packed;
      keys.add(key);
      if (store.table.isSettled(key, raw.event_id)) continue;
      unknown.set(key, [...(unknown.get(key) ?? []), reading.version]);
    }
    // Live versions of one object stay in their order; of the whole state, the newest are what people look for.
    const wires = [...unknown.values()].flat();
    await store.take(origin === 'state' ? firstThingsFirst(wires) : wires, origin, asOf);
    return keys;
  }

  /** What the sync left out may hold versions that lost a conflict: they are in no state, only in the history. */
  async #fillGap(from: string, before: ReadonlySet<EventId>): Promise<void> {
    const { server, store, scope } = this.#deps;
    let token: string | null = from;
    for (let page = 0; page < MAX_GAP_PAGES && token !== null && !scope.signal.aborted; page++) {
      const answer: Awaited<ReturnType<ObjectServer['history']>> = await server.history([ENCRYPTED], token);
      if (!answer.ok) return;
      await this.#take(answer.value.events.toReversed(), 'past', store.asOf);
      if (answer.value.events.some((event) => before.has(event.event_id))) return;
      token = answer.value.next;
    }
  }

  /** Somebody wrote who may not write now: perhaps she might then. Each version is looked for once. */
  async place(): Promise<void> {
    const { server, store, scope } = this.#deps;
    if (this.#placing) return;
    this.#placing = true;
    for (;;) {
      const wanted = new Set(store.unplaced().filter((eventId) => !this.#searched.has(eventId)));
      if (wanted.size === 0 || scope.signal.aborted) break;
      const placed = await placeVersions(server, wanted);
      for (const eventId of wanted) this.#searched.add(eventId);
      if (store.powers.place(placed)) await store.rejudge();
    }
    this.#placing = false;
  }
}

/** Kinds of which there are few, then the newest: columns before cards, what people work on before what is done. */
function firstThingsFirst(wires: readonly WireVersion[]): WireVersion[] {
  const newest = wires.toSorted((a, b) => b.raw.origin_server_ts - a.raw.origin_server_ts);
  const order = new Map(usefulFirst(newest.map((wire) => wire.packed.key)).map((key, index) => [key, index]));
  return newest.toSorted((a, b) => (order.get(a.packed.key) ?? 0) - (order.get(b.packed.key) ?? 0));
}
