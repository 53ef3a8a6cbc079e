import type { Authority } from '@besace/protocol/core/authority';
import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { mayRedact } from '@besace/protocol/core/redaction';
import type { ClearEvent } from '@besace/protocol/core/relations';
import { isPollEnd, isPollResponse, type Tally, tallyPoll } from '@besace/protocol/features/polls';
import type { BesaceError, Poll, SendState, Someone, Stop } from '../api/types.ts';
import type { Outbox, QueuedItem } from '../outbox/outbox.ts';
import type { SessionContext, TimelineBatch } from '../session/context.ts';
import { createLoggedTurns } from '../session/turns.ts';
import { echoedEvent } from '../timeline/echo.ts';
import { asClear, type TimelineEvent } from '../timeline/event.ts';
import { readOne } from '../timeline/history.ts';
import { createPace } from '../timeline/pace.ts';
import { readEvent } from '../timeline/read.ts';
import { authorityUnder, isSealed, roomAuthority } from '../timeline/screen.ts';
import { readStateThen } from '../timeline/stateThen.ts';
import { tryAgain } from '../timeline/unlock.ts';
import { append, EMPTY_WINDOW, replace, type Window } from '../timeline/window.ts';
import { mayBeAbout, readRelated, removedBy, speaksOf } from './pollEvents.ts';
import { showPoll } from './show.ts';

/** A poll that is watched: its events, kept current, and what they come to. */
export interface OpenPoll {
  watch(listener: (poll: Poll) => void): Stop;
  watched(): boolean;
  end(): void;
}

const FRAME_MS = 50;
/** What could not be read is asked for again after this, ms. */
const AGAIN_MS = 10_000;

/** Opens a poll. `onIdle` is told when the last watcher left. */
export function openPoll(
  context: SessionContext,
  outbox: Outbox,
  roomId: RoomId,
  pollId: EventId,
  onIdle: () => void,
): OpenPoll {
  const { account, crypto, platform, rooms, sync } = context;
  const scope = context.scope.child();
  const listeners = new Set<(poll: Poll) => void>();
  const inTurn = createLoggedTurns(platform.logger, 'poll-failed', { room: roomId });
  let start: TimelineEvent | null = null;
  let found: Window = EMPTY_WINDOW;
  const removed = new Map<EventId, UserId>();
  let electorate: ReadonlyMap<UserId, string> | null = null;
  /** Powers where an end stands, once they are known. */
  const endPowers = new Map<EventId, Authority>();
  const asking = new Set<EventId>();
  /** What the server has taken and the stream has not brought yet. */
  const accepted = new Map<string, { readonly item: QueuedItem; readonly eventId: EventId }>();
  let loading = true;
  let problem: BesaceError | null = null;
  let last: Poll | null = null;
  const pace = createPace(platform.clock, FRAME_MS, emit);
  scope.add(() => pace.end());

  function emit(): void {
    const poll = present();
    if (poll === null) return;
    last = poll;
    for (const listener of [...listeners]) listener(poll);
  }

  function present(): Poll | null {
    if (start === null) return null;
    const opening = asClear(start);
    if (opening === null || (isSealed(context, roomId) && !opening.encrypted)) return null;
    const mine = sent();
    const events = [...found.events, ...mine.events];
    const tally = tallyPoll({
      start: opening,
      events: events.flatMap((event) => asClear(event) ?? []),
      removed: removals(),
      electorate: electorate === null ? null : new Set(electorate.keys()),
      mayEnd: (end) => mayEndThere(end),
    });
    if (tally === null) return null;
    const now = roomAuthority(context, roomId);
    return showPoll({
      tally,
      author: opening.sender,
      me: account.userId,
      electorate,
      mayEnd: opening.sender === account.userId || mayRedact(now, account.userId, opening.sender),
      locked: found.events.filter(({ reading }) => reading.kind === 'locked').length,
      onTrust: onTrust(tally),
      sending: mine.sending,
      loading,
      problem,
      someone,
    });
  }

  /** My votes that the history does not hold yet; what was refused counts no more, and says why. */
  function sent(): { readonly events: readonly TimelineEvent[]; readonly sending: SendState | null } {
    const there = new Set<string>(found.events.map(({ eventId }) => eventId));
    const waiting = outbox.items(roomId).filter((item) => speaksOf(item, pollId) && item.retracted !== true);
    const taken = [...accepted.values()].filter(({ eventId }) => !there.has(eventId));
    const events = [...taken.map(({ item }) => item), ...waiting.filter(({ state }) => state.kind !== 'refused')];
    events.sort((a, b) => a.seq - b.seq);
    return {
      events: events.map((item) => echoedEvent(item, account.userId)),
      sending: waiting.at(-1)?.state ?? null,
    };
  }

  function removals(): ReadonlySet<EventId> {
    const authority = roomAuthority(context, roomId);
    const authors = new Map(found.events.map(({ eventId, sender }) => [eventId, sender]));
    const gone = new Set<EventId>();
    for (const [eventId, by] of removed) {
      const author = authors.get(eventId);
      if (author !== undefined && mayRedact(authority, by, author)) gone.add(eventId);
    }
    return gone;
  }

  /** Who is not the author ends a poll by the powers where the end stands (POLL-11). */
  function mayEndThere(end: ClearEvent): boolean {
    if (start === null) return false;
    const powers = endPowers.get(end.eventId);
    if (powers === undefined && end.eventId.startsWith('$')) void askPowers(end.eventId); // mine that is on its way has no event id
    return mayRedact(powers ?? roomAuthority(context, roomId), end.sender, start.sender);
  }

  async function askPowers(eventId: EventId): Promise<void> {
    if (asking.has(eventId)) return;
    asking.add(eventId);
    const then = await readStateThen(context, roomId, eventId);
    if (scope.signal.aborted) return;
    if (then.ok) endPowers.set(eventId, authorityUnder(context, roomId, then.value.powerLevels));
    else later(() => asking.delete(eventId));
    pace.ask();
  }

  function onTrust({ counted }: Tally): number {
    const restored = new Set(
      found.events.flatMap(({ eventId, reading }) =>
        reading.kind === 'clear' && reading.restored !== null ? eventId : [],
      ),
    );
    return [...counted.values()].filter((eventId) => restored.has(eventId)).length;
  }

  function someone(userId: UserId): Someone {
    return { userId, name: rooms.get(roomId)?.member(userId)?.name ?? electorate?.get(userId) ?? userId };
  }

  async function load(): Promise<void> {
    loading = true;
    pace.ask();
    const [first, related, then] = await Promise.all([
      start === null ? readOne(context, roomId, pollId) : null,
      readRelated(context, roomId, pollId, scope.signal),
      electorate === null ? readStateThen(context, roomId, pollId) : null,
    ]);
    if (scope.signal.aborted) return;
    await inTurn(() => {
      loading = false;
      if (first?.ok) start = first.value.event;
      if (then?.ok) electorate = then.value.joined;
      // What came live while this was read follows on it.
      if (related.ok) found = append(append(EMPTY_WINDOW, related.value.filter(speaks)), found.events);
      const failed = [first, related, then].find((answer) => answer !== null && !answer.ok);
      problem = failed?.ok === false ? failed.error : null;
      if (problem !== null && problem.code !== 'not-found' && problem.code !== 'too-large') later(() => void load());
      pace.ask();
    });
  }

  function later(run: () => void): void {
    scope.add(
      platform.clock.after(AGAIN_MS, () => {
        if (scope.signal.aborted) return;
        run();
        pace.ask();
      }),
    );
  }

  async function takeBatch(batch: TimelineBatch): Promise<void> {
    if (batch.limited || (batch.initial && found.events.length > 0)) void load();
    const about = batch.events.filter((raw) => mayBeAbout(raw, pollId));
    const events = await Promise.all(about.map((raw) => readEvent(crypto, raw)));
    found = append(found, events.filter(speaks));
    for (const raw of batch.events) {
      const target = removedBy(raw);
      if (target !== null) removed.set(target, raw.sender);
    }
    for (const { transactionId } of events) if (transactionId !== null) accepted.delete(transactionId);
    pace.ask();
  }

  scope.add(sync.onTimelineEvents(roomId, (batch) => void inTurn(() => takeBatch(batch))));
  scope.add(
    crypto.onRoomKeys(
      (keys) =>
        void inTurn(async () => {
          const held = start === null ? found.events : [start, ...found.events];
          const tried = await tryAgain(crypto, roomId, keys, held);
          if (tried.length === 0) return;
          start = tried.find(({ eventId }) => eventId === pollId) ?? start;
          found = replace(found, tried);
          pace.ask();
        }),
    ),
  );
  scope.add(rooms.onChange(roomId, () => pace.ask()));
  scope.add(
    outbox.on((event) => {
      if (event.item.roomId !== roomId || !speaksOf(event.item, pollId)) return;
      if (event.kind === 'sent') accepted.set(event.item.id, { item: event.item, eventId: event.eventId });
      pace.ask();
    }),
  );
  scope.add(sync.openRoom(roomId));
  void load();

  return {
    watch(listener) {
      listeners.add(listener);
      if (last !== null) listener(last);
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) onIdle();
      };
    },
    watched: () => listeners.size > 0,
    end: () => scope.end(),
  };
}

/** A vote, an end, a change of the poll; or what is still locked, and may be one. */
function speaks({ reading }: TimelineEvent): boolean {
  if (reading.kind === 'locked') return true;
  if (reading.kind !== 'clear') return false;
  const { type, encrypted } = reading;
  return encrypted ? !type.startsWith('m.room.') && type !== 'm.reaction' : isPollResponse(type) || isPollEnd(type);
}
