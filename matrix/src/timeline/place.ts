import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome } from '../api/types.ts';
import type { SessionContext } from '../session/context.ts';
import type { TimelineEvent } from './event.ts';
import { readAround, readNewerPage, readPage, tokenBefore } from './history.ts';
import { append, join, prepend, replace, type Window } from './window.ts';

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
  let window: Window = append({ events: [], before: around.value.before }, around.value.events);
  let after: string | null = around.value.after;
  let { aside } = around.value.served;
  const { counts } = around.value.served;

  return ok({
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
      const token = window.before.kind === 'token' ? ok(window.before.token) : await firstToken();
      if (!token.ok) return token;
      const page = await readPage(context, roomId, token.value);
      if (!page.ok) return page;
      window = prepend(window, page.value.events, page.value.before);
      return ok(done() || window.before.kind === 'start' ? 'done' : 'more');
    },
    async newer() {
      if (after === null) return ok(undefined);
      const page = await readNewerPage(context, roomId, after);
      if (!page.ok) return page;
      window = append(window, page.value.events);
      after = page.value.after;
      return ok(undefined);
    },
    replace(events) {
      window = replace(window, events);
      aside = replace({ events: aside, before: { kind: 'unknown' } }, events).events;
    },
  });

  async function firstToken(): Outcome<string> {
    const [first] = window.events;
    return first === undefined
      ? err({ code: 'not-found', detail: 'history' })
      : tokenBefore(context, roomId, first.eventId);
  }
}
