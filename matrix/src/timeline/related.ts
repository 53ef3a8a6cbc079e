import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { parseEventId } from '@besace/protocol/core/ids';
import { mayRedact } from '@besace/protocol/core/redaction';
import { err, ok } from '@besace/protocol/core/result';
import type { BesaceError, Outcome } from '../api/types.ts';
import type { SessionContext, TimelineBatch } from '../session/context.ts';
import { createLoggedTurns } from '../session/turns.ts';
import { isRecord, parseRawEvents, type RawEvent } from '../sync/rawEvent.ts';
import type { TimelineEvent } from './event.ts';
import { readOne } from './history.ts';
import { readEvent } from './read.ts';
import { roomAuthority } from './screen.ts';
import { readStateThen, type StateThen } from './stateThen.ts';
import { tryAgain } from './unlock.ts';
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
  /** Which of what speaks about it is kept. */
  keeps(event: TimelineEvent): boolean;
  onChange(): void;
  /** What came live, as my own that was on its way. */
  onArrived?(events: readonly TimelineEvent[]): void;
};

const PAGE = 100;
/** 20,000 events about one: what is beyond is not counted, and said so. */
const MAX_PAGES = 200;
/** What could not be read is asked for again after this, ms. */
const AGAIN_MS = 10_000;

export function openRelated(
  context: SessionContext,
  roomId: RoomId,
  about: EventId,
  { keeps, onChange, onArrived }: RelatedOptions,
): Related {
  const { crypto, platform, sync } = context;
  const scope = context.scope.child();
  const inTurn = createLoggedTurns(platform.logger, 'related-failed', { room: roomId });
  const removals = new Map<EventId, UserId>();
  let first: TimelineEvent | null = null;
  let found: Window = EMPTY_WINDOW;
  let then: StateThen | null = null;
  let loading = true;
  let problem: BesaceError | null = null;

  async function load(): Promise<void> {
    loading = true;
    onChange();
    const [one, related, state] = await Promise.all([
      first === null ? readOne(context, roomId, about) : null,
      readRelated(context, roomId, about, scope.signal),
      then === null ? readStateThen(context, roomId, about) : null,
    ]);
    if (scope.signal.aborted) return;
    await inTurn(() => {
      loading = false;
      if (one?.ok) first = one.value.event;
      if (state?.ok) then = state.value;
      // What came live while this was read follows on it.
      if (related.ok) found = append(append(EMPTY_WINDOW, related.value.filter(keeps)), found.events);
      const failed = [one, related, state].find((answer) => answer !== null && !answer.ok);
      problem = failed?.ok === false ? failed.error : null;
      if (problem !== null && problem.code !== 'not-found' && problem.code !== 'too-large') again();
      onChange();
    });
  }

  function again(): void {
    scope.add(platform.clock.after(AGAIN_MS, () => void (scope.signal.aborted || load())));
  }

  async function takeBatch(batch: TimelineBatch): Promise<void> {
    // A hole in what came, or the connection made anew: what is missing is read from the history.
    if (batch.limited || (batch.initial && !loading)) void load();
    const raw = batch.events.filter((event) => mayBeAbout(event, about));
    const events = await Promise.all(raw.map((event) => readEvent(crypto, event)));
    found = append(found, events.filter(keeps));
    for (const event of batch.events) {
      const target = removedBy(event);
      if (target !== null) removals.set(target, event.sender);
    }
    onArrived?.(events);
    onChange();
  }

  scope.add(sync.onTimelineEvents(roomId, (batch) => void inTurn(() => takeBatch(batch))));
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
        const by = removals.get(eventId);
        if (by !== undefined && mayRedact(authority, by, sender)) gone.add(eventId);
      }
      return gone;
    },
    end: () => scope.end(),
  };
}

/** All that speaks about an event by a relation, in the order of the room's history (`GET /relations`, by its graph). */
export async function readRelated(
  context: SessionContext,
  roomId: RoomId,
  about: EventId,
  signal: AbortSignal,
): Outcome<readonly TimelineEvent[]> {
  const events: TimelineEvent[] = [];
  let from: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer: Awaited<Outcome<unknown>> = await context.http.json({
      method: 'GET',
      path: `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/relations/${encodeURIComponent(about)}`,
      query: { dir: 'f', limit: String(PAGE), ...(from === null ? {} : { from }) },
      signal,
    });
    if (!answer.ok) return answer;
    if (!isRecord(answer.value) || !Array.isArray(answer.value.chunk)) return err({ code: 'server-nonsense' });
    const { chunk, next_batch: next } = answer.value;
    const raw = parseRawEvents(chunk, roomId);
    events.push(...(await Promise.all(raw.map((event) => readEvent(context.crypto, event)))));
    if (typeof next !== 'string' || next === from) return ok(events);
    from = next;
  }
  return err({ code: 'too-large', detail: 'relations' });
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
