import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { parseEventId } from '@besace/protocol/core/ids';
import { mayRedact } from '@besace/protocol/core/redaction';
import type { BesaceError, Outcome } from '../api/types.ts';
import type { SessionContext, TimelineBatch } from '../session/context.ts';
import { createLoggedTurns } from '../session/turns.ts';
import { isRecord, parseRawEvents, type RawEvent } from '../sync/rawEvent.ts';
import type { TimelineEvent } from './event.ts';
import { readOne } from './history.ts';
import { readEvent } from './read.ts';
import { roomAuthority } from './screen.ts';
import { readStateThen, type StateThen } from './stateThen.ts';
import { tryAgain, tryOnceMore } from './unlock.ts';
import { append, EMPTY_WINDOW, replace, type Window } from './window.ts';

/** One event and all that speaks about it by a relation, kept current: wherever the conversation stands. */
export interface Related {
  /** The event itself; null until it is read. */
  readonly first: TimelineEvent | null;
  /** In the order of the room's history. */
  readonly events: readonly TimelineEvent[];
  /** Members and powers where the event stands; null until the server has said so. */
  readonly place: StateThen | null;
  readonly loading: boolean;
  readonly problem: BesaceError | null;
  /** Which of `events` somebody removed who may. */
  removed(): ReadonlySet<EventId>;
  end(): void;
}

export type RelatedOptions = {
  /** The one relation that is asked for; all of them where it is not said. */
  readonly relType?: string;
  /** Which of what speaks about it is kept. */
  keeps(event: TimelineEvent): boolean;
  onChange(): void;
  /** What, when it comes live, makes the order of the history decide: it is read again, since what comes live stands in the order of its coming. */
  rereads?(event: TimelineEvent): boolean;
  /** What came live, as my own that was on its way. */
  onArrived?(events: readonly TimelineEvent[]): void;
};

const PAGE = 100;
/** 20,000 events about one: what is beyond is not counted, and said so. */
const MAX_PAGES = 200;
/** What could not be read is asked for again after this, ms, then after twice as long each time. */
const AGAIN_MS = 10_000;
const MOST_AGAIN_MS = 600_000;
/** What held events that the history no longer has are asked for at most in one reading: the newest. */
const MAX_MISSING = 100;
/** Asked again, a server says the same. Not so what it does not find, or does not show: one who has just joined is ahead of her server. */
const FINAL: ReadonlySet<BesaceError['code']> = new Set(['invalid', 'too-large']);

export function openRelated(
  context: SessionContext,
  roomId: RoomId,
  about: EventId,
  { relType, keeps, onChange, rereads, onArrived }: RelatedOptions,
): Related {
  const { crypto, platform, sync } = context;
  const scope = context.scope.child();
  const inTurn = createLoggedTurns(platform.logger, 'related-failed', { room: roomId });
  /** All who said to remove it: one without the right undoes no valid one (T4). */
  const removals = new Map<EventId, Set<UserId>>();
  let first: TimelineEvent | null = null;
  let found: Window = EMPTY_WINDOW;
  let then: StateThen | null = null;
  let loading = false;
  let loadAgain = false;
  let failures = 0;
  let problem: BesaceError | null = null;

  /** One reading at a time: what asks for another meanwhile is served by one more. */
  async function load(): Promise<void> {
    if (loading) {
      loadAgain = true;
      return;
    }
    loading = true;
    onChange();
    const held = found.events;
    const [one, related, state] = await Promise.all([
      first === null ? readOne(context, roomId, about) : null,
      readRelated(context, roomId, about, { signal: scope.signal, ...(relType === undefined ? {} : { relType }) }),
      then === null ? readStateThen(context, roomId, about) : null,
    ]);
    const gone = await removedMeanwhile(held, related);
    if (scope.signal.aborted) return;
    await inTurn(async () => {
      const read = await tryOnceMore(crypto, roomId, [...(one?.ok ? [one.value.event] : []), ...related.events]);
      const opened = new Map(read.map((event) => [event.eventId, event]));
      loading = false;
      if (one?.ok) first = opened.get(about) ?? one.value.event;
      if (state?.ok) then = state.value;
      const before = new Set(held.map(({ eventId }) => eventId));
      const kept = found.events.filter(({ eventId }) => before.has(eventId) && !gone.has(eventId));
      const live = found.events.filter(({ eventId }) => !before.has(eventId));
      // What came live while this was read follows on it.
      found = append(
        append(
          EMPTY_WINDOW,
          intoHistory(related.events.map((event) => opened.get(event.eventId) ?? event).filter(keeps), kept),
        ),
        live,
      );
      const failed = [one, state].find((answer) => answer !== null && !answer.ok);
      problem = failed?.ok === false ? failed.error : related.problem;
      if (loadAgain) {
        loadAgain = false;
        void load();
      }
      failures = problem === null ? 0 : failures + 1;
      if (problem !== null && !loading && !FINAL.has(problem.code)) again();
      onChange();
    });
  }

  /** Servers forget the relations of what was removed: what is held and no longer there is asked for. */
  async function removedMeanwhile(held: readonly TimelineEvent[], history: RelatedAnswer): Promise<Set<EventId>> {
    const gone = new Set<EventId>();
    if (history.problem !== null) return gone;
    const there = new Set(history.events.filter(keeps).map(({ eventId }) => eventId));
    const missing = held.filter(({ eventId }) => !there.has(eventId)).slice(-MAX_MISSING);
    for (const { eventId } of missing) {
      if (scope.signal.aborted) break;
      const now = await readOne(context, roomId, eventId);
      if (now.ok && now.value.event.reading.kind === 'removed') gone.add(eventId);
    }
    return gone;
  }

  function again(): void {
    scope.add(
      platform.clock.after(
        Math.min(AGAIN_MS * 2 ** (failures - 1), MOST_AGAIN_MS),
        () => void (scope.signal.aborted || load()),
      ),
    );
  }

  async function takeBatch(batch: TimelineBatch, kept: boolean): Promise<void> {
    const raw = batch.events.filter((event) => mayBeAbout(event, about));
    const events = await Promise.all(raw.map((event) => readEvent(crypto, event)));
    found = append(found, events.filter(keeps));
    for (const event of batch.events) {
      const target = removedBy(event);
      if (target !== null) removals.set(target, (removals.get(target) ?? new Set()).add(event.sender));
    }
    onArrived?.(events);
    // A hole in what came, or the connection made anew: what is missing is read from the history.
    if (!kept && (batch.limited || batch.initial || events.some((event) => rereads?.(event)))) void load();
    onChange();
  }

  // What came before is handed over at once: the first reading, which begins after it, has no hole.
  let beginning = true;
  scope.add(
    sync.onTimelineEvents(roomId, (batch) => {
      const kept = beginning;
      void inTurn(() => takeBatch(batch, kept));
    }),
  );
  beginning = false;
  scope.add(
    crypto.onRoomKeys(
      (keys) =>
        void inTurn(async () => {
          const tried = await tryAgain(crypto, roomId, keys, first === null ? found.events : [first, ...found.events]);
          if (tried.length === 0) return;
          first = tried.find(({ eventId }) => eventId === about) ?? first;
          found = replace(found, tried);
          onChange();
        }),
    ),
  );
  scope.add(context.rooms.onChange(roomId, onChange));
  scope.add(sync.openRoom(roomId));
  void load();

  return {
    get first() {
      return first;
    },
    get events() {
      return found.events;
    },
    get place() {
      return then;
    },
    get loading() {
      return loading;
    },
    get problem() {
      return problem;
    },
    removed() {
      const authority = roomAuthority(context, roomId);
      const gone = new Set<EventId>();
      for (const { eventId, sender } of found.events) {
        const by = [...(removals.get(eventId) ?? [])];
        if (by.some((user) => mayRedact(authority, user, sender))) gone.add(eventId);
      }
      return gone;
    },
    end: () => scope.end(),
  };
}

export type RelatedAnswer = {
  readonly events: readonly TimelineEvent[];
  /** Why these are not all: what was read before it counts all the same. */
  readonly problem: BesaceError | null;
};

/** All that speaks about an event by a relation, in the order of the room's history (`GET /relations`, by its graph). */
export async function readRelated(
  context: SessionContext,
  roomId: RoomId,
  about: EventId,
  { relType, signal }: { readonly relType?: string; readonly signal: AbortSignal },
): Promise<RelatedAnswer> {
  const events: TimelineEvent[] = [];
  const path = ['rooms', roomId, 'relations', about, ...(relType === undefined ? [] : [relType])];
  let from: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer: Awaited<Outcome<unknown>> = await context.http.json({
      method: 'GET',
      path: `/_matrix/client/v1/${path.map(encodeURIComponent).join('/')}`,
      query: { dir: 'f', limit: String(PAGE), ...(from === null ? {} : { from }) },
      signal,
    });
    if (!answer.ok) return { events, problem: answer.error };
    if (!isRecord(answer.value) || !Array.isArray(answer.value.chunk))
      return { events, problem: { code: 'server-nonsense' } };
    const { chunk, next_batch: next } = answer.value;
    const raw = parseRawEvents(chunk, roomId);
    events.push(...(await Promise.all(raw.map((event) => readEvent(context.crypto, event)))));
    if (typeof next !== 'string' || next === from) return { events, problem: null };
    from = next;
  }
  return { events, problem: { code: 'too-large', detail: 'relations' } };
}

/** The history, with what is held and no longer in it at its former place: behind what it stood behind. What was read stays read (T5). */
export function intoHistory(
  history: readonly TimelineEvent[],
  held: readonly TimelineEvent[],
): readonly TimelineEvent[] {
  const readings = new Map(held.map((event) => [event.eventId, event]));
  const there = new Set(history.map(({ eventId }) => eventId));
  const behind = new Map<EventId | null, TimelineEvent[]>();
  let anchor: EventId | null = null;
  for (const event of held) {
    if (there.has(event.eventId)) anchor = event.eventId;
    else behind.set(anchor, [...(behind.get(anchor) ?? []), event]);
  }
  const placed = history.flatMap((event) => {
    const was = readings.get(event.eventId);
    const best = was === undefined || was.reading.kind === 'locked' ? event : was;
    return [best, ...(behind.get(event.eventId) ?? [])];
  });
  return [...(behind.get(null) ?? []), ...placed];
}

/** Whether a live event may speak about this one, by what stands outside its ciphertext: only so does a server find it, too. */
function mayBeAbout(raw: RawEvent, about: EventId): boolean {
  const relation = raw.content['m.relates_to'];
  return isRecord(relation) && relation.event_id === about;
}

/** The event that a removal names. */
function removedBy(raw: RawEvent): EventId | null {
  if (raw.type !== 'm.room.redaction') return null;
  const target = parseEventId(raw.content.redacts);
  return target.ok ? target.value : null;
}
