import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { acknowledgedBy, askIn, isAckKey } from '@besace/protocol/features/messaging';
import type { Acknowledgements } from '../api/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { SessionContext } from '../session/context.ts';
import type { Watchable } from '../session/kept.ts';
import { createWatchers } from '../session/watchers.ts';
import { asClear, type TimelineEvent } from '../timeline/event.ts';
import { openRelated } from '../timeline/related.ts';
import { isSealed } from '../timeline/screen.ts';

/** Who has acknowledged a message, kept current. `onIdle` is told when the last watcher left. */
export function openAcks(
  context: SessionContext,
  outbox: Outbox,
  roomId: RoomId,
  eventId: EventId,
  onIdle: () => void,
): Watchable<Acknowledgements> {
  const { account, platform, rooms } = context;
  const me = account.userId;
  const scope = context.scope.child();
  /** Mine that the server has taken and the stream has not brought yet, by transaction id. */
  const accepted = new Map<string, EventId>();
  const watchers = createWatchers(platform.clock, present, onIdle);
  const related = openRelated(context, roomId, eventId, {
    relType: 'm.annotation',
    keeps: isReaction,
    onChange: () => watchers.changed(),
    onArrived(events) {
      for (const { transactionId } of events) if (transactionId !== null) accepted.delete(transactionId);
    },
  });

  function present(): Acknowledgements | null {
    const message = related.first === null ? null : asClear(related.first);
    if (message === null || (isSealed(context, roomId) && !message.encrypted)) return null;
    const ask = askIn(message.content);
    if (ask === null) return null;
    const there = related.place?.joined ?? null;
    const asked = there === null ? null : new Set([...there.keys()].filter((user) => user !== message.sender));
    const events = related.events.flatMap((event) => asClear(event) ?? []);
    const found = new Map(acknowledgedBy({ message, events, removed: gone(), asked }));
    if (onItsWay() && asked?.has(me) !== false && me !== message.sender) found.set(me, { proven: true });
    const people = [...(asked ?? found.keys())].map((userId) => ({
      ...named(userId),
      acknowledged: found.has(userId),
      proven: found.get(userId)?.proven ?? false,
    }));
    const isAsked = me !== message.sender && (asked === null || asked.has(me));
    return {
      author: named(message.sender),
      urgent: ask.urgent,
      people: people.sort((a, b) => Number(a.acknowledged) - Number(b.acknowledged) || a.name.localeCompare(b.name)),
      complete: asked !== null,
      // T1: what a server could have made in my name takes no button away.
      mine: !isAsked ? 'not-asked' : found.get(me)?.proven === true ? 'acknowledged' : 'asked',
      loading: related.loading,
      problem: related.problem,
    };
  }

  /** Removed, or about to be by me. */
  function gone(): ReadonlySet<EventId> {
    const removals = outbox
      .items(roomId)
      .flatMap(({ work, state }) => (work.kind === 'removal' && state.kind !== 'refused' ? work.target : []));
    return new Set([...related.removed(), ...removals]);
  }

  function onItsWay(): boolean {
    const waiting = outbox
      .items(roomId)
      .some((item) => isMine(item.work) && item.state.kind !== 'refused' && item.retracted !== true);
    const there = new Set(related.events.map((event) => event.eventId));
    return waiting || [...accepted.values()].some((one) => !there.has(one));
  }

  function isMine(work: { readonly kind: string; readonly target?: string; readonly key?: string }): boolean {
    return work.kind === 'reaction' && work.target === eventId && isAckKey(work.key ?? '');
  }

  function named(userId: UserId) {
    return { userId, name: rooms.get(roomId)?.member(userId)?.name ?? related.place?.joined.get(userId) ?? userId };
  }

  scope.add(() => related.end());
  scope.add(() => watchers.end());
  scope.add(
    outbox.on((event) => {
      if (event.item.roomId !== roomId) return;
      if (isMine(event.item.work) && event.kind === 'sent') accepted.set(event.item.id, event.eventId);
      watchers.changed();
    }),
  );
  return { watch: watchers.watch, watched: watchers.watched, end: () => scope.end() };
}

function isReaction({ reading }: TimelineEvent): boolean {
  return reading.kind === 'locked' || (reading.kind === 'clear' && reading.type === 'm.reaction');
}
