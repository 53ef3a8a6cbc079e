import type { Authority } from './authority.ts';
import type { EventId, UserId } from './ids.ts';
import { compareJson, compareText, isRecord, measureJson, own } from './json.ts';
import { type ObjectKind, type ObjectVersion, SINGLETON_ID } from './kind.ts';

/** A version that no other accepted version contains. */
export type Head<T> = { readonly eventId: EventId; readonly sender: UserId; readonly object: T };

/**
 * What the known versions of one object come to. It depends on the set of versions only: not on their order, nor on how often each
 * came (T4). Versions that cannot be decrypted are not here: the store counts them.
 */
export type Folded<T> = {
  /** The merge of all accepted versions; null when there is none. */
  readonly object: T | null;
  /** Accepted versions that no other contains, highest counter first. The first is the newest, for display. */
  readonly heads: readonly Head<T>[];
  /** More than one head: whoever has the right writes the merge. */
  readonly needsMerge: boolean;
  /** Versions that do not parse, and versions by someone without the right, sorted: each costs exactly itself (T7). */
  readonly invalid: readonly EventId[];
  readonly forbidden: readonly EventId[];
  /** A version by a newer Besace, as it came: shown with "update needed", never overwritten. */
  readonly newer: { readonly eventId: EventId; readonly content: Readonly<Record<string, unknown>> } | null;
};

/** How two versions of an object stand to one another. */
export type Relationship = 'same' | 'contains' | 'contained' | 'concurrent';

const EMPTY: Folded<never> = { object: null, heads: [], needsMerge: false, invalid: [], forbidden: [], newer: null };

export function emptyFold<T>(): Folded<T> {
  return EMPTY;
}

/** All versions, onto `from`. Gives `from` itself when they add nothing. Fold again from empty when the authority has changed. */
export function fold<T>(
  kind: ObjectKind<T>,
  authority: Authority,
  versions: Iterable<ObjectVersion>,
  from: Folded<T> = emptyFold<T>(),
): Folded<T> {
  let state = from;
  for (const version of versions) state = foldVersion(kind, authority, state, version);
  return state;
}

/** One version more. Gives `state` itself when it adds nothing. */
export function foldVersion<T>(
  kind: ObjectKind<T>,
  authority: Authority,
  state: Folded<T>,
  version: ObjectVersion,
): Folded<T> {
  const { eventId, sender } = version;
  if (version.type !== kind.type || (kind.singleton && version.objectId !== SINGLETON_ID))
    return addInvalid(state, eventId);
  const parsed = kind.parse(version.content);
  if (!parsed.ok) {
    if (parsed.error.code !== 'newer-version') return addInvalid(state, eventId);
    return authority.everAllowed(sender, kind.type, kind.level)
      ? addNewer(state, eventId, version.content)
      : addForbidden(state, eventId);
  }
  if (!kind.mayHaveWritten(authority, sender, parsed.value)) return addForbidden(state, eventId);
  return addHead(kind, state, { eventId, sender, object: parsed.value });
}

/** Whether `a` holds everything that `b` says. */
export function contains<T>(kind: ObjectKind<T>, a: T, b: T): boolean {
  return kind.merge(a, b) === a;
}

export function relate<T>(kind: ObjectKind<T>, a: T, b: T): Relationship {
  const aHasB = contains(kind, a, b);
  const bHasA = contains(kind, b, a);
  if (aHasB) return bHasA ? 'same' : 'contains';
  return bHasA ? 'contained' : 'concurrent';
}

/** Whether showing `next` after `shown` would go back (T5): `shown` holds all of `next`, and more. */
export function isRollback<T>(kind: ObjectKind<T>, shown: T, next: T): boolean {
  return relate(kind, shown, next) === 'contains';
}

/** The bytes that a version would take on the wire. `encode` of what was read always fits: see `ObjectKind.maxBytes`. */
export function fits(content: Record<string, unknown>): boolean {
  return measureJson(content).ok;
}

function addHead<T>(kind: ObjectKind<T>, state: Folded<T>, head: Head<T>): Folded<T> {
  for (const known of state.heads) {
    if (!contains(kind, known.object, head.object)) continue;
    const same = contains(kind, head.object, known.object) && compareNames(head, known) < 0;
    // The same content under two event ids (a replay, trust.md fact 3): all readers name the same one.
    if (!same) return state;
    const heads = state.heads.map((other) => (other === known ? { ...head, object: known.object } : other));
    return { ...state, heads: sortHeads(kind, heads) };
  }
  const heads = [...state.heads.filter((known) => !contains(kind, head.object, known.object)), head];
  const object = state.object === null ? head.object : kind.merge(state.object, head.object);
  return { ...state, object, heads: sortHeads(kind, heads), needsMerge: heads.length > 1 };
}

function sortHeads<T>(kind: ObjectKind<T>, heads: readonly Head<T>[]): readonly Head<T>[] {
  if (heads.length < 2) return heads;
  return [...heads].sort(
    (a, b) =>
      kind.lamport(b.object) - kind.lamport(a.object) ||
      compareNames(a, b) ||
      // One event id with two contents: a server that lies. Its readers still agree.
      compareJson(kind.encode(a.object), kind.encode(b.object)),
  );
}

function compareNames<T>(a: Head<T>, b: Head<T>): number {
  return compareText(a.eventId, b.eventId) || compareText(a.sender, b.sender);
}

function addInvalid<T>(state: Folded<T>, eventId: EventId): Folded<T> {
  return state.invalid.includes(eventId) ? state : { ...state, invalid: [...state.invalid, eventId].sort(compareText) };
}

function addForbidden<T>(state: Folded<T>, eventId: EventId): Folded<T> {
  if (state.forbidden.includes(eventId)) return state;
  return { ...state, forbidden: [...state.forbidden, eventId].sort(compareText) };
}

/** Of several, the one with the highest `v`, then by content, then by id: the same for all readers. */
function addNewer<T>(state: Folded<T>, eventId: EventId, content: unknown): Folded<T> {
  if (!isRecord(content)) return addInvalid(state, eventId);
  const known = state.newer;
  if (known !== null) {
    const order =
      compareJson(own(content, 'v'), own(known.content, 'v')) ||
      compareJson(content, known.content) ||
      compareText(known.eventId, eventId);
    if (order <= 0) return state;
  }
  return { ...state, newer: { eventId, content } };
}
