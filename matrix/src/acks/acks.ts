import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import { ACK_KEY, acknowledgedBy } from '@besace/protocol/features/messaging';
import type { Acknowledgements, AcksApi, ToAcknowledge } from '../api/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { SessionContext } from '../session/context.ts';
import { createEmitter } from '../session/emitter.ts';
import { createKept } from '../session/kept.ts';
import { createLoggedTurns } from '../session/turns.ts';
import { reactionContent } from '../timeline/content.ts';
import { asClear, type TimelineEvent } from '../timeline/event.ts';
import { readOne } from '../timeline/history.ts';
import { readRelated } from '../timeline/related.ts';
import { isSealed } from '../timeline/screen.ts';
import { readStateThen } from '../timeline/stateThen.ts';
import { openAcks } from './openAcks.ts';
import { type Asking, type AskingMap, parseAskings, withEvent, without, withState } from './waiting.ts';

export type Acks = {
  readonly api: AcksApi;
  /** Events of any room as they were read, live or from the history. */
  take(events: readonly TimelineEvent[]): void;
};

/** Beside the search index, whose reading finds these messages: forgotten with it, and found again. */
const KEY = 'acks';
/** What could not be looked into is tried again after this, ms. */
const AGAIN_MS = 30_000;

export function createAcks(context: SessionContext, outbox: Outbox): Acks {
  const { account, localDb, platform, rooms, scope, sync } = context;
  const me = account.userId;
  const kept = createKept<Acknowledgements>(platform.clock);
  const changed = createEmitter<readonly ToAcknowledge[]>(platform.logger, 'to-acknowledge');
  const inTurn = createLoggedTurns(platform.logger, 'acks-failed', {});
  let known: AskingMap = new Map();
  let again: (() => void) | null = null;

  void inTurn(async () => {
    known = parseAskings(await localDb.get('search', KEY));
    tell();
    lookSoon();
  });

  async function become(next: AskingMap): Promise<void> {
    if (next === known) return;
    known = next;
    tell();
    await localDb.write([{ store: 'search', key: KEY, value: [...known.values()] }]);
  }

  function tell(): void {
    changed.emit(waiting());
  }

  function waiting(): readonly ToAcknowledge[] {
    const acknowledged = onTheirWay();
    return [...known.values()]
      .filter(({ state, eventId, roomId }) => {
        if (state !== 'waits' || acknowledged.has(eventId)) return false;
        const room = rooms.get(roomId);
        return room === undefined || room.membership === 'join';
      })
      .sort((a, b) => Number(b.urgent) - Number(a.urgent) || a.at - b.at)
      .map(({ roomId, eventId, sender, text, urgent, at }) => ({
        roomId,
        eventId,
        sender: { userId: sender, name: rooms.get(roomId)?.member(sender)?.name ?? sender },
        text,
        urgent,
        at,
      }));
  }

  /** Messages that I have acknowledged, where the server has not taken it yet. */
  function onTheirWay(): ReadonlySet<EventId> {
    return new Set(
      outbox
        .items()
        .flatMap(({ work, state }) =>
          work.kind === 'reaction' && work.key === ACK_KEY && state.kind !== 'refused' ? work.target : [],
        ),
    );
  }

  function take(events: readonly TimelineEvent[]): void {
    void inTurn(async () => {
      let next = known;
      for (const event of events) next = withEvent(next, event, me, isSealed(context, event.roomId));
      await become(next);
      lookSoon();
    });
  }

  /** Asks the server about what is new: one message after the other. */
  function lookSoon(): void {
    const next = [...known.values()].find(({ state }) => state === 'new');
    if (next === undefined || again !== null || scope.signal.aborted) return;
    again = () => undefined;
    void look(next).then((done) => {
      again = null;
      if (done) lookSoon();
      else again = platform.clock.after(AGAIN_MS, lookAgain);
    });
  }

  function lookAgain(): void {
    again = null;
    lookSoon();
  }

  /** Whether I was a member then, and whether I have acknowledged. False when the server did not say. */
  async function look({ roomId, eventId }: Asking): Promise<boolean> {
    const [message, then, about] = await Promise.all([
      readOne(context, roomId, eventId),
      readStateThen(context, roomId, eventId),
      readRelated(context, roomId, eventId, scope.signal),
    ]);
    if (scope.signal.aborted) return false;
    for (const answer of [message, then, about]) {
      if (answer.ok) continue;
      if (answer.error.code !== 'not-found' && answer.error.code !== 'forbidden') return false;
      await inTurn(() => become(without(known, eventId)));
      return true;
    }
    const asking = message.ok ? asClear(message.value.event) : null;
    const asked = then.ok && then.value.joined.has(me);
    const events = about.ok ? about.value.flatMap((event) => asClear(event) ?? []) : [];
    await inTurn(() => {
      if (asking === null || !asked) return become(without(known, eventId));
      const mine = events.filter(({ sender }) => sender === me);
      const done = acknowledgedBy({ message: asking, events: mine, removed: new Set(), asked: null }).has(me);
      return become(withState(known, eventId, done ? 'done' : 'waits', mine.at(-1)?.eventId ?? null));
    });
    return true;
  }

  scope.add(
    sync.watchConnection(({ kind }) => {
      if (kind === 'online') lookSoon();
    }),
  );
  scope.add(
    outbox.on((event) => {
      const { work } = event.item;
      if (work.kind !== 'reaction' || work.key !== ACK_KEY) return;
      if (event.kind === 'sent') void inTurn(() => become(withState(known, work.target, 'done', event.eventId)));
      tell();
    }),
  );
  scope.add(() => again?.());

  function opened(roomId: RoomId, eventId: EventId) {
    return kept(`${roomId} ${eventId}`, (onIdle) => openAcks(context, outbox, roomId, eventId, onIdle));
  }

  return {
    take,
    api: {
      async watchAcknowledgements(roomId, eventId, listener) {
        return opened(roomId, eventId).watch(listener);
      },
      async acknowledge(roomId, eventId) {
        const there = known.get(eventId)?.state === 'done' || onTheirWay().has(eventId);
        if (there) return ok(undefined);
        const content = reactionContent(eventId, ACK_KEY);
        const work = { kind: 'reaction', target: eventId, key: ACK_KEY, content } as const;
        const sent = await outbox.enqueue({ roomId, work });
        return sent.ok ? ok(undefined) : sent;
      },
      async watchToAcknowledge(listener) {
        const stop = changed.on(listener);
        listener(waiting());
        return stop;
      },
    },
  };
}
