import type { EventId, UserId } from '@besace/protocol/core/ids';
import type { ObjectKind } from '@besace/protocol/core/kind';
import type { ObjectsChange, Stop, StoredObject } from '../api/types.ts';
import { OBJECTS_BATCH } from '../local/objectsView.ts';
import type { Entry } from './entries.ts';
import type { PendingWrites } from './pending.ts';
import type { KindOf, ObjectTable } from './table.ts';
import { readPackedKey } from './wire.ts';

export type ScreenDeps = {
  readonly table: ObjectTable;
  readonly pending: PendingWrites;
  readonly kindOf: KindOf;
  readonly me: UserId;
  /** Milliseconds, for the date of what is not sent yet. */
  readonly now: () => number;
};

type Listener = (change: ObjectsChange) => void;

const MAX_STRAYS = 1000;

/** What those who watch one room's objects see: the folded ones with what waits to be sent laid over them. */
export class Screen {
  readonly #deps: ScreenDeps;
  readonly #listeners = new Set<Listener>();
  readonly #shown = new Set<string>();
  readonly #strays = new Set<EventId>();
  #complete = false;

  constructor(deps: ScreenDeps) {
    this.#deps = deps;
  }

  watch(listener: Listener): Stop {
    this.#listeners.add(listener);
    this.#tell([listener], this.#views(this.#all()), true);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Shows these again. One that is no more (a new object that was refused and thrown away) makes all be shown anew. */
  show(keys: Iterable<string>): void {
    const list = [...keys];
    const gone = list.filter((key) => this.#shown.has(key) && this.#view(key) === null);
    for (const key of gone) this.#shown.delete(key);
    const reset = gone.length > 0;
    if (this.#listeners.size === 0) return;
    this.#tell([...this.#listeners], this.#views(reset ? this.#all() : list), reset);
  }

  /** An event that belongs to no object and claims to be one: a hole (T6). */
  addStray(eventId: EventId): void {
    if (this.#strays.has(eventId) || this.#strays.size >= MAX_STRAYS) return;
    this.#strays.add(eventId);
    this.show([]);
  }

  setComplete(): void {
    if (this.#complete) return;
    this.#complete = true;
    this.show([]);
  }

  #all(): string[] {
    return usefulFirst([...new Set([...this.#deps.table.keys(), ...this.#deps.pending.keys()])]);
  }

  #view(key: string): StoredObject | null {
    const pending = this.#deps.pending.of(key);
    const view = this.#deps.table.view(key);
    if (pending === undefined) return view === null ? null : { ...view, sending: null };
    const { sending, objects, refused } = pending;
    if (objects.length === 0 && view !== null) return { ...view, sending };
    const packed = readPackedKey(key);
    const kind = packed === null ? undefined : this.#deps.kindOf(packed.type);
    if (packed === null || kind === undefined) return null;
    // A new object that the server refused has nothing to fall back to: it stays as it was written, with the reason.
    const merged = withPending(kind, this.#deps.table.entry(packed), this.#deps.pending) ?? mergeAll(kind, refused);
    if (merged === null) return null;
    const { type, objectId } = packed;
    const mine = { type, objectId, lastSender: this.#deps.me, lastAt: this.#deps.now(), updateNeeded: false };
    return { ...(view ?? mine), content: kind.encode(merged), sending };
  }

  #views(keys: readonly string[]): StoredObject[] {
    return keys.flatMap((key) => {
      const view = this.#view(key);
      if (view === null) return [];
      this.#shown.add(key);
      return [view];
    });
  }

  #tell(listeners: readonly Listener[], objects: readonly StoredObject[], reset: boolean): void {
    const counted = this.#deps.table.holes();
    const holes = { ...counted, invalid: counted.invalid + this.#strays.size };
    for (let at = 0; at === 0 || at < objects.length; at += OBJECTS_BATCH) {
      const more = at + OBJECTS_BATCH < objects.length;
      const change: ObjectsChange = {
        reset: reset && at === 0,
        objects: objects.slice(at, at + OBJECTS_BATCH),
        holes,
        complete: this.#complete && !more,
        ...(more ? { more } : {}),
      };
      for (const listener of listeners) listener(change);
    }
  }
}

/** What is folded with what waits to be sent; null when there is neither. */
export function withPending(kind: ObjectKind<unknown>, entry: Entry, pending: PendingWrites): unknown | null {
  const objects = pending.of(entry.packed.key)?.objects ?? [];
  return mergeAll(kind, entry.fold === null ? objects : [entry.fold.merged, ...objects]);
}

function mergeAll(kind: ObjectKind<unknown>, objects: readonly unknown[]): unknown | null {
  return objects.length === 0 ? null : objects.reduce((a, b) => kind.merge(a, b));
}

/** Kinds of which there are few come first: a board is its columns before its cards. */
export function usefulFirst(keys: readonly string[]): string[] {
  const counts = new Map<string, number>();
  const typeOf = (key: string) => key.slice(0, key.indexOf(':'));
  for (const key of keys) counts.set(typeOf(key), (counts.get(typeOf(key)) ?? 0) + 1);
  return [...keys].sort((a, b) => (counts.get(typeOf(a)) ?? 0) - (counts.get(typeOf(b)) ?? 0));
}
