import type { EventId, RoomId } from '@besace/protocol/core/ids';
import type { ObjectKind } from '@besace/protocol/core/kind';
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
  #byKey = new Map<string, Pending>();

  constructor(outbox: Outbox, roomId: RoomId, kindOf: KindOf) {
    this.#outbox = outbox;
    this.#roomId = roomId;
    this.#kindOf = kindOf;
    this.#byKey = this.#read();
  }

  follow(events: PendingEvents): Stop {
    return this.#outbox.on((event) => {
      const { work, roomId } = event.item;
      if (roomId !== this.#roomId || work.kind !== 'object') return;
      const key = packKey(work.type, work.objectId);
      if (event.kind === 'queued') this.#withdrawn.delete(key);
      // Folded before the overlay goes, so that the screen never shows the object without it in between.
      if (event.kind === 'sent') events.sent(key, event.eventId, work);
      this.#byKey = this.#read();
      events.changed(key);
    });
  }

  of(key: string): Pending | undefined {
    const error = this.#withdrawn.get(key);
    if (error !== undefined) return { objects: [], refused: [], sending: { kind: 'refused', error }, waiting: [] };
    return this.#byKey.get(key);
  }

  keys(): Iterable<string> {
    return this.#byKey.keys();
  }

  /** Takes back what waits for this object, with the reason that the person reads. False when it is on its way already. */
  async withdraw(key: string, error: BesaceError): Promise<boolean> {
    const waiting = this.#byKey.get(key)?.waiting ?? [];
    const gone = await Promise.all(waiting.map((id) => this.#outbox.discard(id)));
    if (!gone.includes(true)) return false;
    this.#withdrawn.set(key, error);
    return true;
  }

  #read(): Map<string, Pending> {
    const items = new Map<string, { item: QueuedItem; work: ObjectWork }[]>();
    for (const item of this.#outbox.items(this.#roomId)) {
      const { work } = item;
      if (work.kind !== 'object') continue;
      const key = packKey(work.type, work.objectId);
      items.set(key, [...(items.get(key) ?? []), { item, work }]);
    }
    const pending = new Map<string, Pending>();
    for (const [key, list] of items) {
      const kind = this.#kindOf(list[0]?.work.type ?? '');
      if (kind === undefined) continue;
      const alive = list.filter(({ item }) => item.state.kind !== 'refused');
      const dead = list.filter(({ item }) => item.state.kind === 'refused');
      pending.set(key, {
        objects: alive.flatMap(({ work }) => read(kind, work)),
        refused: dead.flatMap(({ work }) => read(kind, work)),
        sending: worst(list.map(({ item }) => item.state)),
        waiting: alive.filter(({ item }) => item.state.kind === 'waiting').map(({ item }) => item.id),
      });
    }
    return pending;
  }
}

function read(kind: ObjectKind<unknown>, work: ObjectWork): unknown[] {
  const parsed = kind.parse(withoutPrev(work.content));
  return parsed.ok ? [parsed.value] : [];
}

function worst(states: readonly SendState[]): SendState {
  return (
    states.find((state) => state.kind === 'refused') ??
    states.find((state) => state.kind === 'sending') ?? { kind: 'waiting' }
  );
}
