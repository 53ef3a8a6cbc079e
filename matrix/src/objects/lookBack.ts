import type { EventId } from '@besace/protocol/core/ids';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { Verdict } from './judge.ts';
import type { HistoryPage, Read } from './server.ts';
import { ENCRYPTED, readWire, type WireVersion } from './wire.ts';

/** The worlds that a walk needs: the server's events, and our judgement of them. */
export type LookBackPorts = {
  readonly isKind: (type: string) => boolean;
  readonly event: (eventId: EventId) => Read<RawEvent | null>;
  readonly history: (type: string, from: string | null) => Read<HistoryPage>;
  /** Decrypts, judges and folds; the verdict says whether the walk is over. */
  readonly take: (wire: WireVersion) => Promise<Verdict>;
  /** Whether this event is already folded, so that everything before it is too. */
  readonly isFolded: (key: string, eventId: EventId) => boolean;
};

/** At most so many events are fetched for one object: a vandal who wrote more has cost a look into the history. */
const MAX_STEPS = 32;
/** At most so many pages of history (200 encrypted events each) are read for all objects together. */
const MAX_PAGES = 25;

/**
 * T11: from a version that does not count, along what the server says it replaced and what it says itself that it was based on, to the
 * newest version that does. True when one was found, or what is known already was reached.
 */
export async function lookBack(ports: LookBackPorts, from: WireVersion, prev: readonly EventId[]): Promise<boolean> {
  const { key } = from.packed;
  const seen = new Set<EventId>([from.raw.event_id]);
  let ahead = following(from, prev);
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = ahead.find((eventId) => !seen.has(eventId));
    if (next === undefined) return false;
    seen.add(next);
    ahead = ahead.filter((eventId) => eventId !== next);
    if (ports.isFolded(key, next)) return true;
    const answer = await ports.event(next);
    if (!answer.ok || answer.value === null) continue;
    const reading = readWire(answer.value, ports.isKind);
    // A link may point anywhere: only versions of this very object count.
    if (reading.kind !== 'version' || reading.version.packed.key !== key) continue;
    const verdict = await ports.take(reading.version);
    // One that is too new for us says nothing either: what was before it is looked for all the same.
    if (verdict.kind === 'accepted') return true;
    ahead = [...following(reading.version, verdict.prev), ...ahead];
  }
  return false;
}

/**
 * The last resort, once for many objects: the room's history, newest first, until each of `keys` has a version that counts.
 * Gives the keys that were found. It is also what a server that joined late can answer, when it cannot answer for single events.
 */
export async function searchHistory(ports: LookBackPorts, keys: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  let from: string | null = null;
  for (let page = 0; page < MAX_PAGES && found.size < keys.size; page++) {
    const answer: Awaited<Read<HistoryPage>> = await ports.history(ENCRYPTED, from);
    if (!answer.ok) break;
    for (const raw of answer.value.events) {
      const reading = readWire(raw, ports.isKind);
      if (reading.kind !== 'version') continue;
      const { key } = reading.version.packed;
      if (!keys.has(key) || found.has(key)) continue;
      const verdict = await ports.take(reading.version);
      if (verdict.kind === 'accepted') found.add(key);
    }
    from = answer.value.next;
    if (from === null) break;
  }
  return found;
}

function following(wire: WireVersion, prev: readonly EventId[]): EventId[] {
  return wire.replaces === null ? [...prev] : [wire.replaces, ...prev];
}
