import type { EventId, UserId } from '@besace/protocol/core/ids';
import type { ObjectKind } from '@besace/protocol/core/kind';
import type { Holes } from '../api/types.ts';
import { type AcceptedVersion, foldVersion, isBehind, isWhole, type ObjectFold } from './fold.ts';
import type { HoleReason, Verdict } from './judge.ts';
import type { PackedKey, WireVersion } from './wire.ts';

/** A version that this code is too old to read. */
export type NewerVersion = {
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly at: number;
  readonly content: Readonly<Record<string, unknown>>;
  /** Whether it was current once, as far as was known then; else it was only found while looking back. */
  readonly led: boolean;
};

/** One object of a room, with what the server's current state says about it. */
export type Entry = {
  readonly packed: PackedKey;
  readonly fold: ObjectFold | null;
  /** The last one seen. It holds the object only while it is current, see `newerHolding`; after that it is remembered, so that old news of it is known. */
  readonly newer: NewerVersion | null;
  /** The event that the room's state holds for this object, as far as is known; null when the server holds none. */
  readonly current: EventId | null;
  /** A newcomer who read only `current` would know all that we know. When not, somebody has to write it again. */
  readonly whole: boolean;
  /** Versions that could not be folded since the last good one, by event id: holes (T6). */
  readonly refused: ReadonlyMap<EventId, HoleReason>;
  /** Events that claimed to be current and were older than what was already there (T5). */
  readonly rollbacks: ReadonlySet<EventId>;
};

/**
 * Where a version comes from decides what it says about the room's state. `state`: an answer about the current state that was asked
 * for after all that is known. `live`: it came by sync, so it is probably the current one. `past`: found while looking back.
 */
export type Origin = 'state' | 'live' | 'past';

/** At most so many holes are kept an object; a flood of bad events must not fill the memory. */
const MAX_REFUSED = 32;
const ABSENT = 'absent' as EventId;

export function emptyEntry(packed: PackedKey): Entry {
  return { packed, fold: null, newer: null, current: null, whole: false, refused: new Map(), rollbacks: new Set() };
}

/** Takes one judged version in. Gives back `entry` itself when it taught nothing. */
export function takeVersion(
  kind: ObjectKind<unknown>,
  entry: Entry,
  wire: WireVersion,
  verdict: Verdict,
  origin: Origin,
): Entry {
  if (verdict.kind === 'accepted') return takeAccepted(kind, entry, verdict.version, origin);
  const eventId = wire.raw.event_id;
  if (verdict.kind === 'newer') {
    if (entry.newer?.eventId === eventId) {
      // Known: by sync it is old news, of a version that others followed; only the server's state says that it is current again.
      const leads = origin === 'state' || (origin === 'live' && !entry.newer.led);
      if (!leads || entry.current === eventId) return entry;
      return { ...entry, newer: { ...entry.newer, led: true }, current: eventId, whole: false };
    }
    const isCurrent = origin !== 'past' || entry.current === eventId;
    const better =
      newerHolding(entry) === null && (entry.newer === null || compareNewer(verdict.content, eventId, entry.newer) > 0);
    if (!isCurrent && !better) return entry;
    const { sender, origin_server_ts: at } = wire.raw;
    return {
      ...entry,
      newer: { eventId, sender, at, content: verdict.content, led: isCurrent },
      current: isCurrent ? eventId : entry.current,
      whole: isCurrent ? false : entry.whole,
      refused: without(entry.refused, eventId),
    };
  }
  if (origin === 'past') return entry;
  if (entry.current === eventId && entry.refused.get(eventId) === verdict.reason && !entry.whole) return entry;
  if (entry.refused.size >= MAX_REFUSED && !entry.refused.has(eventId))
    return { ...entry, current: eventId, whole: false };
  return {
    ...entry,
    current: eventId,
    whole: false,
    refused: new Map(entry.refused).set(eventId, verdict.reason),
  };
}

/** The server's whole state was read and holds nothing for an object that was there: state never loses a key. */
export function takeAbsence(entry: Entry): Entry {
  if (entry.current === null && entry.rollbacks.has(ABSENT)) return entry;
  return { ...entry, current: null, whole: false, rollbacks: new Set([...entry.rollbacks, ABSENT]) };
}

/**
 * The version of a newer Besace that is the object's current one. Whether it stops older ones from writing is for the powers of now to say: else
 * one claim of a version that nobody has would stop the object for ever (T11).
 */
export function newerHolding(entry: Entry): NewerVersion | null {
  return entry.newer !== null && entry.newer.eventId === entry.current ? entry.newer : null;
}

/** Not held by a newer Besace, and not everything that we know in the current event: look back, merge or heal. */
export function needsCare(entry: Entry, held: boolean = newerHolding(entry) !== null): boolean {
  return !entry.whole && !held;
}

/** Why the server's current event is not used, when it is not. */
export function currentHole(entry: Entry): HoleReason | null {
  return entry.current === null ? null : (entry.refused.get(entry.current) ?? null);
}

/** Holes of many entries together (T6). */
export function countHoles(entries: Iterable<Entry>): Holes {
  const holes = { locked: 0, invalid: 0, forbidden: 0, rollbacks: 0 };
  for (const entry of entries) {
    for (const reason of entry.refused.values()) holes[reason] += 1;
    holes.rollbacks += entry.rollbacks.size;
  }
  return holes;
}

function takeAccepted(kind: ObjectKind<unknown>, entry: Entry, version: AcceptedVersion, origin: Origin): Entry {
  const before = entry.fold;
  const fold = foldVersion(kind, before, version);
  const behind = before !== null && isBehind(kind, before, version.object);
  const current = currentAfter(kind, entry, version, fold, origin);
  // An older version under a new event id: perhaps somebody wrote who knew less, perhaps the server lies. It will be asked.
  const doubtful = origin === 'live' && behind;
  // What this device folded once may be redacted on the server since: then its id says nothing any more to newcomers.
  const emptied = current !== version.eventId && current !== null && entry.refused.has(current);
  const whole = current !== null && !doubtful && !emptied && isWhole(kind, fold, current);
  // A new version that says everything closes the holes before it; the old one, found again after a bad one, does not.
  const closes = whole && current === version.eventId && fold !== before;
  const refused = closes ? withoutAll(entry.refused) : without(entry.refused, version.eventId);
  const rolledBack = origin === 'state' && behind && !entry.rollbacks.has(version.eventId);
  if (
    fold === before &&
    current === entry.current &&
    whole === entry.whole &&
    refused === entry.refused &&
    !rolledBack
  ) {
    return entry.newer?.eventId === version.eventId ? { ...entry, newer: null } : entry;
  }
  return {
    ...entry,
    fold,
    // A version that was too new is not any more: this code was updated since.
    newer: entry.newer?.eventId === version.eventId ? null : entry.newer,
    current,
    whole,
    refused,
    rollbacks: rolledBack ? new Set([...entry.rollbacks, version.eventId]) : entry.rollbacks,
  };
}

function currentAfter(
  kind: ObjectKind<unknown>,
  entry: Entry,
  version: AcceptedVersion,
  fold: ObjectFold,
  origin: Origin,
): EventId | null {
  if (origin === 'state') return version.eventId;
  if (origin === 'past') return entry.current;
  if (entry.current === null) return version.eventId;
  // By sync: old news says nothing of the state of now. A new version that says everything is its ordinary successor; anything else lost, or
  // won, a conflict, and the server will be asked.
  // After a version of a newer Besace, whatever is new followed it; that too will be asked.
  const follows = newerHolding(entry) !== null || isWhole(kind, fold, version.eventId);
  return fold !== entry.fold && follows ? version.eventId : entry.current;
}

function compareNewer(content: Readonly<Record<string, unknown>>, eventId: EventId, known: NewerVersion): number {
  const [a, b] = [content.v, known.content.v].map((v) => (typeof v === 'number' ? v : 0));
  return (a ?? 0) - (b ?? 0) || (eventId > known.eventId ? 1 : eventId < known.eventId ? -1 : 0);
}

function without(refused: ReadonlyMap<EventId, HoleReason>, eventId: EventId): ReadonlyMap<EventId, HoleReason> {
  if (!refused.has(eventId)) return refused;
  const rest = new Map(refused);
  rest.delete(eventId);
  return rest;
}

function withoutAll(refused: ReadonlyMap<EventId, HoleReason>): ReadonlyMap<EventId, HoleReason> {
  return refused.size === 0 ? refused : new Map();
}
