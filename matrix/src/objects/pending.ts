import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { packKey } from '@besace/protocol/core/packed-key';
import type { BesaceError, SendState, Stop } from '../api/types.ts';
import type { Outbox, OutboxWork, QueuedItem } from '../outbox/outbox.ts';
import { withoutPrev } from './judge.ts';
import type { KindOf } from './table.ts';

export type ObjectWork = Extract<OutboxWork, { kind: 'object' }>;

/** What this device has written of one object and the server has not taken yet. */
export type Pending = {
  /** In the order of writing; a refused one is not among them. */
  readonly objects: readonly unknown[];
  /** Refused by the server, and kept for the person to send again or throw away. */
  readonly refused: readonly unknown[];
  readonly sending: SendState;
  /** Ids of what waits and is not on its way. */
  readonly waiting: readonly string[];
};

export type PendingEvents = {
  /** The overlay of this object changed. */
  readonly changed: (key: string) => void;
  /** The server took a version: it is one like any other now. */
  readonly sent: (key: string, eventId: EventId, work: ObjectWork) => void;
};

/**
 * The versions of one room that are still in the queue, laid over what is folded so that the screen answers at once (T8). Refused
 * ones fall off the object and leave their reason.
 */
export class PendingWrites {
  readonly #outbox: Outbox;
  readonly #roomId: RoomId;
  readonly #kindOf: KindOf;
  /** Refused by ourselves after they were accepted: the right was lost, or a newer Besace wrote. Until the next write. */
  readonly #withdrawn = new Map<string, BesaceError>();
  readonly #items = new Map<string, Map<string, QueuedItem>>();
  /** Of each object, the last item that the server took: what was refused before is no news any more. */
  readonly #taken = new Map<string, number>();
  /** Made when asked for, dropped when an item of the object changes: hundreds may wait. */
  readonly #made = new Map<string, Pending>();

  constructor(outbox: Outbox, roomId: RoomId, kindOf: KindOf) {
    this.#outbox = outbox;
    this.#roomId = roomId;
    this.#kindOf = kindOf;
    for (const item of outbox.items(roomId)) this.#put(item);
  }

  follow(events: PendingEvents): Stop {
    return this.#outbox.on((event) => {
      const { item } = event;
      const key = this.#keyOf(item);
      if (key === null || item.work.kind !== 'object') return;
      if (event.kind === 'queued') this.#withdrawn.delete(key);
      // Folded before the overlay goes, so that the screen never shows the object without it in between.
      if (event.kind === 'sent') {
        this.#taken.set(key, Math.max(item.seq, this.#taken.get(key) ?? 0));
        events.sent(key, event.eventId, item.work);
      }
      if (event.kind === 'sent' || event.kind === 'discarded') this.#remove(key, item.id);
      else this.#put(item);
      events.changed(key);
    });
  }

  of(key: string): Pending | undefined {
    const error = this.#withdrawn.get(key);
    if (error !== undefined) return { objects: [], refused: [], sending: { kind: 'refused', error }, waiting: [] };
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const items = this.#items.get(key);
    const made = items === undefined ? undefined : this.#make([...items.values()], this.#taken.get(key) ?? 0);
    if (made !== undefined) this.#made.set(key, made);
    return made;
  }

  keys(): Iterable<string> {
    return this.#items.keys();
  }

  /** Takes back what waits for this object, with the reason that the person reads. False when it is on its way already. */
  async withdraw(key: string, error: BesaceError): Promise<boolean> {
    const gone = await Promise.all((this.of(key)?.waiting ?? []).map((id) => this.#outbox.discard(id)));
    if (!gone.includes(true)) return false;
    this.#withdrawn.set(key, error);
    return true;
  }

  #keyOf({ roomId, work }: QueuedItem): string | null {
    return roomId === this.#roomId && work.kind === 'object' ? packKey(work.type, work.objectId) : null;
  }

  #put(item: QueuedItem): void {
    const key = this.#keyOf(item);
    if (key === null) return;
    const items = this.#items.get(key) ?? new Map<string, QueuedItem>();
    this.#items.set(key, items.set(item.id, item));
    this.#made.delete(key);
  }

  #remove(key: string, id: string): void {
    const items = this.#items.get(key);
    items?.delete(id);
    if (items?.size === 0) this.#items.delete(key);
    this.#made.delete(key);
  }

  #make(items: readonly QueuedItem[], taken: number): Pending | undefined {
    const ordered = items.toSorted((a, b) => a.seq - b.seq);
    const alive = ordered.filter(({ state }) => state.kind !== 'refused');
    const dead = ordered.filter(({ state }) => state.kind === 'refused');
    // Whoever wrote again after a refusal reads how that fares; the refused item stays in the queue, to be sent again or thrown away.
    const last = Math.max(taken, ...alive.map(({ seq }) => seq));
    const news = [...alive, ...dead.filter(({ seq }) => seq > last)];
    if (news.length === 0) return undefined;
    return {
      objects: alive.flatMap(({ work }) => this.#read(work)),
      refused: dead.flatMap(({ work }) => this.#read(work)),
      sending: worst(news.map(({ state }) => state)),
      waiting: alive.filter(({ state }) => state.kind === 'waiting').map(({ id }) => id),
    };
  }

  #read(work: OutboxWork): unknown[] {
    const kind = work.kind === 'object' ? this.#kindOf(work.type) : undefined;
    if (work.kind !== 'object' || kind === undefined) return [];
    const parsed = kind.parse(withoutPrev(work.content));
    return parsed.ok ? [parsed.value] : [];
  }
}

function worst(states: readonly SendState[]): SendState {
  return (
    states.find((state) => state.kind === 'refused') ??
    states.find((state) => state.kind === 'sending') ?? { kind: 'waiting' }
  );
}
