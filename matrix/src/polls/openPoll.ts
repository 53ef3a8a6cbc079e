import type { Authority } from '@besace/protocol/core/authority';
import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { mayRedact } from '@besace/protocol/core/redaction';
import type { ClearEvent } from '@besace/protocol/core/relations';
import { isPollEnd, isPollResponse, type Tally, tallyPoll } from '@besace/protocol/features/polls';
import type { Poll, SendState, Someone } from '../api/types.ts';
import type { Outbox, QueuedItem } from '../outbox/outbox.ts';
import type { SessionContext } from '../session/context.ts';
import type { Watchable } from '../session/kept.ts';
import { createWatchers } from '../session/watchers.ts';
import { isRecord } from '../sync/rawEvent.ts';
import { echoedEvent } from '../timeline/echo.ts';
import { asClear, type TimelineEvent } from '../timeline/event.ts';
import { openRelated } from '../timeline/related.ts';
import { authorityUnder, isSealed, roomAuthority } from '../timeline/screen.ts';
import { readPowersThen } from '../timeline/stateThen.ts';
import { showPoll } from './show.ts';

/** What could not be read is asked for again after this, ms. */
const AGAIN_MS = 10_000;
/** Ends by others than the author whose powers are asked for, by place in the history; for those behind them the powers of now decide. */
const MAX_ENDS = 20;
const MAX_TRIES = 10;

/** Opens a poll: its events, kept current, and what they come to. `onIdle` is told when the last watcher left. */
export function openPoll(
  context: SessionContext,
  outbox: Outbox,
  roomId: RoomId,
  pollId: EventId,
  onIdle: () => void,
): Watchable<Poll> {
  const { account, platform, rooms } = context;
  const scope = context.scope.child();
  /** Powers where an end stands, once they are known. */
  const endPowers = new Map<EventId, Authority>();
  /** How often the powers of an end were asked for. */
  const tries = new Map<EventId, number>();
  const toAsk: EventId[] = [];
  let asking = false;
  /** What the server has taken and the stream has not brought yet. */
  const accepted = new Map<string, { readonly item: QueuedItem; readonly eventId: EventId }>();
  const watchers = createWatchers(platform.clock, present, onIdle);
  const related = openRelated(context, roomId, pollId, {
    keeps: speaks,
    // Which votes are late is for the order of the history to say (T4).
    rereads: ends,
    onChange: () => watchers.changed(),
    onArrived(events) {
      for (const { transactionId } of events) if (transactionId !== null) accepted.delete(transactionId);
    },
  });

  function present(): Poll | null {
    const start = related.first === null ? null : asClear(related.first);
    if (start === null || (isSealed(context, roomId) && !start.encrypted)) return null;
    const mine = sent();
    const electorate = related.place?.joined ?? null;
    const tally = tallyPoll({
      start,
      events: [...related.events, ...mine.events].flatMap((event) => asClear(event) ?? []),
      removed: related.removed(),
      electorate: electorate === null ? null : new Set(electorate.keys()),
      mayEnd: (end) => mayEnd(end, start.sender),
    });
    if (tally === null) return null;
    const mayEndNow = mayRedact(roomAuthority(context, roomId), account.userId, start.sender);
    return showPoll({
      tally,
      author: start.sender,
      me: account.userId,
      electorate,
      mayEnd: start.sender === account.userId || mayEndNow,
      locked: related.events.filter(({ reading }) => reading.kind === 'locked').length,
      onTrust: onTrust(tally),
      sending: mine.sending,
      loading: related.loading,
      problem: related.problem,
      someone,
    });
  }

  /** My votes that the history does not hold yet; what was refused counts no more, and says why. */
  function sent(): { readonly events: readonly TimelineEvent[]; readonly sending: SendState | null } {
    const there = new Set<string>(related.events.map(({ eventId }) => eventId));
    const waiting = outbox.items(roomId).filter((item) => isAbout(item, pollId) && item.retracted !== true);
    const taken = [...accepted.values()].filter(({ eventId }) => !there.has(eventId));
    const items = [...taken.map(({ item }) => item), ...waiting.filter(({ state }) => state.kind !== 'refused')];
    items.sort((a, b) => a.seq - b.seq);
    return {
      events: items.map((item) => echoedEvent(item, account.userId)),
      sending: waiting.at(-1)?.state ?? null,
    };
  }

  /** Who is not the author ends a poll by the powers where the end stands; until they are known, by those of now (POLL-11). */
  function mayEnd(end: ClearEvent, author: UserId): boolean {
    const powers = endPowers.get(end.eventId);
    if (powers === undefined && end.eventId.startsWith('$')) askPowers(end.eventId); // mine that is on its way has no event id
    return mayRedact(powers ?? roomAuthority(context, roomId), end.sender, author);
  }

  function askPowers(eventId: EventId): void {
    if (tries.has(eventId) || tries.size >= MAX_ENDS) return;
    tries.set(eventId, 0);
    toAsk.push(eventId);
    void askNext();
  }

  /** One end after the other. */
  async function askNext(): Promise<void> {
    if (asking) return;
    asking = true;
    for (let eventId = toAsk.shift(); eventId !== undefined; eventId = toAsk.shift()) {
      const then = await readPowersThen(context, roomId, eventId);
      if (scope.signal.aborted) return;
      if (then.ok) endPowers.set(eventId, authorityUnder(context, roomId, then.value));
      else if (then.error.code !== 'not-found' && then.error.code !== 'forbidden') askAgain(eventId);
      watchers.changed();
    }
    asking = false;
  }

  function askAgain(eventId: EventId): void {
    const tried = (tries.get(eventId) ?? 0) + 1;
    tries.set(eventId, tried);
    if (tried >= MAX_TRIES) return;
    const stop = platform.clock.after(AGAIN_MS * 2 ** tried, () => {
      toAsk.push(eventId);
      void askNext();
    });
    scope.add(stop);
  }

  /** Whether it ends this poll, as far as that is known now. */
  function ends(event: TimelineEvent): boolean {
    const clear = asClear(event);
    const author = related.first?.sender;
    if (clear === null || author === undefined || !isPollEnd(clear.type)) return false;
    return clear.sender === author || mayRedact(roomAuthority(context, roomId), clear.sender, author);
  }

  function onTrust({ counted }: Tally): number {
    const restored = related.events.filter(({ reading }) => reading.kind === 'clear' && reading.restored !== null);
    const ids = new Set(restored.map(({ eventId }) => eventId));
    return [...counted.values()].filter((eventId) => ids.has(eventId)).length;
  }

  function someone(userId: UserId): Someone {
    return { userId, name: rooms.get(roomId)?.member(userId)?.name ?? related.place?.joined.get(userId) ?? userId };
  }

  scope.add(() => related.end());
  scope.add(() => watchers.end());
  scope.add(
    outbox.on((event) => {
      if (event.item.roomId !== roomId || !isAbout(event.item, pollId)) return;
      if (event.kind === 'sent') accepted.set(event.item.id, { item: event.item, eventId: event.eventId });
      watchers.changed();
    }),
  );

  return { watch: watchers.watch, watched: watchers.watched, end: () => scope.end() };
}

/** A vote, an end, a change of the poll; or what is still locked, and may be one. */
function speaks({ reading }: TimelineEvent): boolean {
  if (reading.kind === 'locked') return true;
  if (reading.kind !== 'clear') return false;
  const { type, encrypted } = reading;
  return encrypted ? !type.startsWith('m.room.') && type !== 'm.reaction' : isPollResponse(type) || isPollEnd(type);
}

/** Whether something that I sent is a vote in this poll, or its end. */
function isAbout({ work }: QueuedItem, poll: EventId): boolean {
  if (work.kind !== 'event' || !(isPollResponse(work.type) || isPollEnd(work.type))) return false;
  const relation = work.content['m.relates_to'];
  return isRecord(relation) && relation.event_id === poll;
}
