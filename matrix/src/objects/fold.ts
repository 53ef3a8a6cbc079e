import { contains } from '@besace/protocol/core/fold';
import type { EventId, UserId } from '@besace/protocol/core/ids';
import type { ObjectKind } from '@besace/protocol/core/kind';

/** A version that was decrypted, parsed and allowed. */
export type AcceptedVersion = {
  readonly eventId: EventId;
  readonly sender: UserId;
  /** Server time, ms, for display. */
  readonly at: number;
  readonly object: unknown;
};

/** A version that no other known one contains. `ids` names the events that said exactly the same. */
export type Tip = AcceptedVersion & { readonly ids: readonly EventId[] };

/**
 * All that is known of one object: the merge of every accepted version, and the versions on top. One tip is the normal case;
 * two or more are people who wrote at once, whose merge nobody has written yet.
 *
 * `protocol/core/fold` folds a set of versions at once; this one goes on from what is in the local copy, and remembers what the screen
 * and the server's state need: when, and under which event ids.
 */
export type ObjectFold = { readonly merged: unknown; readonly tips: readonly Tip[] };

/** More concurrent versions than this stay in `merged` but are no longer told apart. */
const MAX_TIPS = 8;
const MAX_IDS = 8;

/** Folds one version in. Any order and any repetition gives the same (T4); gives back `fold` itself when nothing changed. */
export function foldVersion(kind: ObjectKind<unknown>, fold: ObjectFold | null, version: AcceptedVersion): ObjectFold {
  const tip: Tip = { ...version, ids: [version.eventId] };
  if (fold === null) return { merged: version.object, tips: [tip] };
  for (const known of fold.tips) {
    if (known.ids.includes(version.eventId)) return fold;
    if (!contains(kind, known.object, version.object)) continue;
    if (!contains(kind, version.object, known.object)) return fold;
    const joined = fold.tips.map((each) => (each === known ? joinTips(known, tip) : each));
    return { merged: fold.merged, tips: joined.sort((a, b) => compareTips(kind, a, b)) };
  }
  const others = fold.tips.filter((known) => !contains(kind, version.object, known.object));
  return {
    merged: kind.merge(fold.merged, version.object),
    tips: [...others, tip].sort((a, b) => compareTips(kind, a, b)).slice(0, MAX_TIPS),
  };
}

/** Whether this event, were it the current one of the room, would tell a newcomer everything that is known. */
export function isWhole(kind: ObjectKind<unknown>, fold: ObjectFold, eventId: EventId): boolean {
  const tip = fold.tips.find((each) => each.ids.includes(eventId));
  return tip !== undefined && contains(kind, tip.object, fold.merged);
}

/** T5: this version is strictly older than one that was already there. Concurrent versions are not: they are tips. */
export function isBehind(kind: ObjectKind<unknown>, fold: ObjectFold, object: unknown): boolean {
  return fold.tips.some((tip) => contains(kind, tip.object, object) && !contains(kind, object, tip.object));
}

/** The version that the screen names as the last one: the highest stamp, never the server's clock (T4). */
export function newestTip(fold: ObjectFold): Tip {
  const [first] = fold.tips;
  if (first === undefined) throw new Error('a fold without versions');
  return first;
}

function joinTips(a: Tip, b: Tip): Tip {
  const first = a.eventId <= b.eventId ? a : b;
  return { ...first, object: a.object, ids: [...new Set([...a.ids, ...b.ids])].sort().slice(0, MAX_IDS) };
}

function compareTips(kind: ObjectKind<unknown>, a: Tip, b: Tip): number {
  return kind.lamport(b.object) - kind.lamport(a.object) || (a.eventId < b.eventId ? -1 : 1);
}
