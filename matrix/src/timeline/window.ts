import type { EventId } from '@besace/protocol/core/ids';
import type { TimelineEvent } from './event.ts';

/** Where to go on reading backwards. */
export type Before =
  | { readonly kind: 'token'; readonly token: string }
  /** The first event is the oldest that we may see. */
  | { readonly kind: 'start' }
  /** A token has to be asked for first. */
  | { readonly kind: 'unknown' };

/**
 * A stretch of a room's stream without holes, oldest first, each event once. The stream is as our server gives it; no clock
 * ever orders it (T4).
 */
export type Window = { readonly events: readonly TimelineEvent[]; readonly before: Before };

export const EMPTY_WINDOW: Window = { events: [], before: { kind: 'unknown' } };

/** What came live and follows on what is held. An event that is held already keeps its place, and its reading unless that was locked. */
export function append(window: Window, events: readonly TimelineEvent[]): Window {
  const fresh = without(window.events, events);
  const held = unlock(window, events);
  return fresh.length === 0 ? held : { ...held, events: [...held.events, ...fresh] };
}

/** A page of older events, oldest first. */
export function prepend(window: Window, page: readonly TimelineEvent[], before: Before): Window {
  const held = unlock(window, page);
  return { events: [...without(held.events, page), ...held.events], before };
}

/**
 * Joins `newer` to the stretch `older` that was held before, where they overlap: the result reaches back as far as `older` does. Null when
 * they do not overlap: something between them is missing.
 */
export function join(older: Window, newer: Window): Window | null {
  const held = new Map<string, number>(older.events.map((event, at) => [event.eventId, at]));
  const first = newer.events.findIndex((event) => held.has(event.eventId));
  const at = held.get(newer.events[first]?.eventId ?? '');
  if (at === undefined) return null;
  const { events } = unlock(older, newer.events);
  // What stands before the meeting point and is not held was kept from us before: it goes where it is now said to be.
  const between = without(older.events, newer.events.slice(0, first));
  const after = without(older.events, newer.events.slice(first));
  return { events: [...events.slice(0, at), ...between, ...events.slice(at), ...after], before: older.before };
}

/** Puts a better reading of events that are held, such as after a key came. */
export function replace(window: Window, events: readonly TimelineEvent[]): Window {
  const better = indexById(events);
  if (!window.events.some((event) => better.has(event.eventId))) return window;
  return { ...window, events: window.events.map((event) => better.get(event.eventId) ?? event) };
}

/** The last `count` events. What is before them must then be asked for. */
export function tailOf(window: Window, count: number): Window {
  if (window.events.length <= count) return window;
  return { events: window.events.slice(-count), before: { kind: 'unknown' } };
}

function without(held: readonly TimelineEvent[], events: readonly TimelineEvent[]): TimelineEvent[] {
  const known = new Set(held.map((event) => event.eventId));
  return unique(events.filter((event) => !known.has(event.eventId)));
}

function unique(events: readonly TimelineEvent[]): TimelineEvent[] {
  return [...indexById(events).values()];
}

/** First occurrence wins, and keeps its place. */
function indexById(events: readonly TimelineEvent[]): Map<EventId, TimelineEvent> {
  const map = new Map<EventId, TimelineEvent>();
  for (const event of events) if (!map.has(event.eventId)) map.set(event.eventId, event);
  return map;
}

/**
 * A fresh reading takes the place of a locked one only: what was read stays read, even if a server now withholds or prunes it (T5).
 */
function unlock(window: Window, fresh: readonly TimelineEvent[]): Window {
  const locked = new Set(
    window.events.filter((event) => event.reading.kind === 'locked').map((event) => event.eventId),
  );
  return replace(
    window,
    fresh.filter((event) => locked.has(event.eventId) && event.reading.kind !== 'locked'),
  );
}
