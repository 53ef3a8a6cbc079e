import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome } from '../api/types.ts';
import type { SessionContext } from '../session/context.ts';
import type { TimelineEvent } from './event.ts';
import { readAround, readNewerPage, readPage, type Served, tokenAt } from './history.ts';
import { append, join, prepend, replace, tailOf, type Window } from './window.ts';

/**
 * Events that are held at once while one reads on, whatever the room holds, and those that are kept when there are more: what lies beyond
 * is read again when one comes back to it.
 */
export const MOST_HELD = 1_000;
export const HELD_AGAIN = 700;

/** A stretch of a room around an event, apart from its newest end until reading on has met that. */
export interface Place {
  readonly window: Window;
  /** What is shown of it. */
  ids(): ReadonlySet<string>;
  /** The answers that the server counts in threads that began here. */
  counts(): ReadonlyMap<EventId, number>;
  /** All that may speak about what is shown: the place, what the server says beside it, and the newest end. */
  with(newest: Window): readonly TimelineEvent[];
  /** The whole from the place to the newest end, once nothing is missing between them; else null. */
  joinedTo(newest: Window): Window | null;
  older(after: () => boolean): Outcome<'more' | 'done'>;
  newer(): Outcome<void>;
  replace(events: readonly TimelineEvent[]): void;
}

/** Opens the place around an event: `not-found` where it is not, or may not be seen. */
export async function createPlace(context: SessionContext, roomId: RoomId, at: EventId): Outcome<Place> {
  const around = await readAround(context, roomId, at);
  if (!around.ok) return around;
  const { before, events, after, served } = around.value;
  return ok(placeOf(context, roomId, { window: append({ events: [], before }, events), after, served }));
}

/** What a place begins with. `after` is null where the server has nothing newer, undefined where the token must be asked for. */
export type PlaceStart = {
  readonly window: Window;
  readonly after: string | null | undefined;
  readonly served: Served;
};

/** A place of what is held already. */
export function placeOf(context: SessionContext, roomId: RoomId, start: PlaceStart): Place {
  let { window, after } = start;
  let { aside } = start.served;
  const { counts } = start.served;

  return {
    get window() {
      return window;
    },
    ids: () => new Set(window.events.map((event) => event.eventId)),
    counts: () => counts,
    with(newest) {
      const own = new Set<string>(window.events.map((event) => event.eventId));
      const last = new Set<string>(newest.events.map((event) => event.eventId));
      return [
        ...window.events,
        ...aside.filter(({ eventId }) => !own.has(eventId) && !last.has(eventId)),
        ...newest.events.filter(({ eventId }) => !own.has(eventId)),
      ];
    },
    joinedTo(newest) {
      const whole = join(window, newest);
      if (whole !== null) return whole;
      // The server has nothing newer than the place: what came live follows on it.
      return after === null ? append(window, newest.events) : null;
    },
    async older(done) {
      const token =
        window.before.kind === 'token'
          ? ok(window.before.token)
          : await tokenOf(window.events.find(isOfTheStream), 'start');
      if (!token.ok) return token;
      const page = await readPage(context, roomId, token.value);
      if (!page.ok) return page;
      window = prepend(window, page.value.events, page.value.before);
      if (window.events.length > MOST_HELD) {
        window = { events: window.events.slice(0, HELD_AGAIN), before: window.before };
        after = undefined;
      }
      return ok(done() || window.before.kind === 'start' ? 'done' : 'more');
    },
    async newer() {
      if (after === null) return ok(undefined);
      const token = after === undefined ? await tokenOf(window.events.findLast(isOfTheStream), 'end') : ok(after);
      if (!token.ok) return token;
      const page = await readNewerPage(context, roomId, token.value);
      if (!page.ok) return page;
      window = append(window, page.value.events);
      if (window.events.length > MOST_HELD) window = tailOf(window, HELD_AGAIN);
      after = page.value.after;
      return ok(undefined);
    },
    replace(events) {
      window = replace(window, events);
      aside = replace({ events: aside, before: { kind: 'unknown' } }, events).events;
    },
  };

  async function tokenOf(event: TimelineEvent | undefined, side: 'start' | 'end'): Outcome<string> {
    if (event === undefined) return err({ code: 'not-found', detail: 'history' });
    return tokenAt(context, roomId, event.eventId, side);
  }
}

/** A device that appeared stands among the events, but is none. */
function isOfTheStream({ reading }: TimelineEvent): boolean {
  return reading.kind !== 'device';
}
