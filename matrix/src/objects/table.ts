import type { EventId, UserId } from '@besace/protocol/core/ids';
import type { ObjectKind } from '@besace/protocol/core/kind';
import type { Holes, StoredObject } from '../api/types.ts';
import type { FrozenObject } from '../local/objectsCopy.ts';
import { viewFrozen } from '../local/objectsView.ts';
import { countHoles, type Entry, emptyEntry, needsCare, newerHolding } from './entries.ts';
import { newestTip, type ObjectFold, type Tip } from './fold.ts';
import { type PackedKey, readPackedKey } from './wire.ts';

export type KindOf = (type: string) => ObjectKind<unknown> | undefined;
/** Whether this person may write objects of this kind now, as far as is known. */
type MayHold = (kind: ObjectKind<unknown>, sender: UserId) => boolean;

/**
 * The objects of one room. Those of the local copy stay frozen, as JSON, until a version for them comes: a board of thousands is
 * shown without parsing any.
 */
export class ObjectTable {
  readonly #kindOf: KindOf;
  readonly #mayHold: MayHold;
  readonly #frozen = new Map<string, FrozenObject>();
  readonly #entries = new Map<string, Entry>();

  constructor(kindOf: KindOf, mayHold: MayHold = () => true) {
    this.#kindOf = kindOf;
    this.#mayHold = mayHold;
  }

  /** Whether the object waits for a newer Besace: such a version is current, and its author has the right to write now (T11). */
  isHeld(entry: Entry): boolean {
    const newer = newerHolding(entry);
    const kind = this.#kindOf(entry.packed.type);
    return newer !== null && (kind === undefined || this.#mayHold(kind, newer.sender));
  }

  needsCare(entry: Entry): boolean {
    return needsCare(entry, this.isHeld(entry));
  }

  /** Takes in the local copy; objects of kinds that this code does not know stay as they are. */
  fill(objects: readonly FrozenObject[]): void {
    for (const object of objects) this.#frozen.set(object.k, object);
  }

  keys(): string[] {
    return [...new Set([...this.#frozen.keys(), ...this.#entries.keys()])];
  }

  has(key: string): boolean {
    return this.#frozen.has(key) || this.#entries.has(key);
  }

  /** The entry to fold into, empty when the object is new. */
  entry(packed: PackedKey): Entry {
    const known = this.#entries.get(packed.key);
    if (known !== undefined) return known;
    const frozen = this.#frozen.get(packed.key);
    const kind = this.#kindOf(packed.type);
    const entry = frozen === undefined || kind === undefined ? null : thaw(packed, frozen, kind);
    if (entry === null) return emptyEntry(packed);
    this.#entries.set(packed.key, entry);
    this.#frozen.delete(packed.key);
    return entry;
  }

  /** Those that a version came for since the local copy was read. */
  thawed(): Iterable<Entry> {
    return this.#entries.values();
  }

  set(entry: Entry): void {
    this.#entries.set(entry.packed.key, entry);
    this.#frozen.delete(entry.packed.key);
  }

  /** Whether the server's current event for this object is exactly the one that is already folded, so that it need not be decrypted. */
  isSettled(key: string, eventId: EventId): boolean {
    const frozen = this.#frozen.get(key);
    if (frozen !== undefined) return frozen.e === eventId && frozen.w && frozen.n?.i !== eventId;
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.current === eventId && entry.whole && newerHolding(entry) === null;
  }

  /** The object whose current event this is, as far as is known. */
  keyOfCurrent(eventId: EventId): string | null {
    for (const [key, frozen] of this.#frozen) if (frozen.e === eventId) return key;
    for (const [key, entry] of this.#entries) if (entry.current === eventId) return key;
    return null;
  }

  /** What the screen sees, without what this device still has to send; null when there is nothing to show. */
  view(key: string): Omit<StoredObject, 'sending'> | null {
    const packed = readPackedKey(key);
    if (packed === null) return null;
    const { type, objectId } = packed;
    const frozen = this.#frozen.get(key);
    if (frozen !== undefined) return viewFrozen(frozen);
    const entry = this.#entries.get(key);
    const kind = this.#kindOf(type);
    if (entry === undefined || kind === undefined) return null;
    if (entry.fold === null) {
      if (entry.newer === null) return null;
      const { content, sender, at } = entry.newer;
      return { type, objectId, content: { ...content }, lastSender: sender, lastAt: at, updateNeeded: true };
    }
    const tip = newestTip(entry.fold);
    return {
      type,
      objectId,
      content: kind.encode(entry.fold.merged),
      lastSender: tip.sender,
      lastAt: tip.at,
      updateNeeded: this.isHeld(entry),
    };
  }

  /** What goes into the local copy. Holes do not: they are found again, or were mended. */
  freeze(key: string): FrozenObject | null {
    const frozen = this.#frozen.get(key);
    if (frozen !== undefined) return frozen;
    const entry = this.#entries.get(key);
    const kind = entry === undefined ? undefined : this.#kindOf(entry.packed.type);
    if (entry === undefined || kind === undefined || (entry.fold === null && entry.newer === null)) return null;
    const { fold, newer } = entry;
    return {
      k: key,
      c: fold === null ? null : kind.encode(fold.merged),
      t: fold === null ? [] : fold.tips.map((tip) => freezeTip(tip, fold, kind)),
      n: newer === null ? null : { i: newer.eventId, s: newer.sender, a: newer.at, c: { ...newer.content } },
      e: entry.current,
      w: entry.whole,
    };
  }

  holes(): Holes {
    return countHoles(this.#entries.values());
  }
}

function freezeTip(tip: Tip, fold: ObjectFold, kind: ObjectKind<unknown>): FrozenObject['t'][number] {
  const base = { i: [...tip.ids], s: tip.sender, a: tip.at };
  const same = fold.tips.length === 1 && kind.merge(tip.object, fold.merged) === tip.object;
  return same ? base : { ...base, c: kind.encode(tip.object) };
}

/** Null when the copy is not readable any more by the kind: the server will be asked. */
function thaw(packed: PackedKey, frozen: FrozenObject, kind: ObjectKind<unknown>): Entry | null {
  const merged = frozen.c === null ? null : kind.parse(frozen.c);
  if (merged !== null && !merged.ok) return null;
  const tips: Tip[] = [];
  for (const { i, s, a, c } of frozen.t) {
    const object = c === undefined ? merged : kind.parse(c);
    const [eventId] = i;
    if (object === null || !object.ok || eventId === undefined) return null;
    tips.push({
      ids: i as EventId[],
      eventId: eventId as EventId,
      sender: s as UserId,
      at: a,
      object: object.value,
    });
  }
  if (merged !== null && tips.length === 0) return null;
  return {
    ...emptyEntry(packed),
    fold: merged === null ? null : { merged: merged.value, tips },
    newer: thawNewer(frozen.n),
    current: frozen.e as EventId | null,
    whole: frozen.w,
  };
}

function thawNewer(frozen: FrozenObject['n']): Entry['newer'] {
  if (frozen === null) return null;
  return { eventId: frozen.i as EventId, sender: frozen.s as UserId, at: frozen.a, content: frozen.c, led: true };
}
