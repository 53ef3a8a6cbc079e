import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import { ACK_KEY } from '@besace/protocol/features/messaging';
import type { Acknowledgements, AcksApi, Outcome, ToAcknowledge } from '../api/types.ts';
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
import {
  type Asking,
  type AskingMap,
  myAcknowledgement,
  parseAskings,
  withEvent,
  without,
  withState,
} from './waiting.ts';

export type Acks = {
  readonly api: AcksApi;
  /** Events of any room as they were read, live or from the history. */
  take(events: readonly TimelineEvent[]): void;
};

/** Beside the search index, whose reading finds these messages: forgotten with it, and found again. */
const KEY = 'acks';
/** What could not be looked into is tried again after this, ms; then after twice that, and so on. */
const AGAIN_MS = 30_000;
const LONGEST_MS = 60 * 60_000;

export function createAcks(context: SessionContext, outbox: Outbox): Acks {
  const { account, localDb, platform, rooms, scope, sync } = context;
  const me = account.userId;
  const kept = createKept<Acknowledgements>(platform.clock);
  const changed = createEmitter<readonly ToAcknowledge[]>(platform.logger, 'to-acknowledge');
  const inTurn = createLoggedTurns(platform.logger, 'acks-failed', {});
  let known: AskingMap = new Map();
  let looking = false;
  /** The server did not answer at all: everything waits. */
  let resume: (() => void) | null = null;
  /** What the server could say nothing about, until it is asked again. */
  const later = new Map<EventId, () => void>();
  const tries = new Map<EventId, number>();
  /** Acknowledgements that are being put on disk, and those that the server has taken and `known` does not say yet. */
  const giving = new Map<EventId, Outcome<void>>();
  const taken = new Set<EventId>();

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
        .flatMap(({ work, state, retracted }) =>
          work.kind === 'reaction' && work.key === ACK_KEY && state.kind !== 'refused' && retracted !== true
            ? work.target
            : [],
        )
        .concat([...taken]),
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

  /** Asks the server about what is new: one message after the other. One that it cannot speak about now holds up no other (T7). */
  function lookSoon(): void {
    const next = [...known.values()].find(({ state, eventId }) => state === 'new' && !later.has(eventId));
    if (next === undefined || looking || resume !== null || scope.signal.aborted) return;
    looking = true;
    const asked = look(next).catch((error: unknown) => {
      platform.logger.error('acks-failed', { room: next.roomId, error: String(error) });
      return 'later' as const;
    });
    void asked.then((answer) => {
      looking = false;
      if (answer === 'offline') resume = platform.clock.after(AGAIN_MS, lookAgain);
      if (answer === 'later') putOff(next.eventId);
      if (answer === 'done') tries.delete(next.eventId);
      lookSoon();
    });
  }

  function putOff(eventId: EventId): void {
    const tried = tries.get(eventId) ?? 0;
    tries.set(eventId, tried + 1);
    const pause = Math.min(LONGEST_MS, AGAIN_MS * 2 ** tried);
    later.set(
      eventId,
      platform.clock.after(pause, () => {
        later.delete(eventId);
        lookSoon();
      }),
    );
  }

  function lookAgain(): void {
    resume?.();
    resume = null;
    lookSoon();
  }

  /** Whether I was a member then, and whether I have acknowledged. */
  async function look(asking: Asking): Promise<'done' | 'later' | 'offline'> {
    const { roomId, eventId } = asking;
    const [message, then, about] = await Promise.all([
      readOne(context, roomId, eventId),
      readStateThen(context, roomId, eventId),
      readRelated(context, roomId, eventId, { relType: 'm.annotation', signal: scope.signal }),
    ]);
    if (scope.signal.aborted) return 'later';
    const problems = [message, then].flatMap((answer) => (answer.ok ? [] : answer.error.code));
    if (about.problem !== null) problems.push(about.problem.code);
    if (problems.some((code) => code === 'offline' || code === 'limited')) return 'offline';
    const final = problems.some((code) => code === 'not-found' || code === 'forbidden' || code === 'invalid');
    // Too many members or reactions to be sure: it is rather shown than not.
    if (!final && problems.some((code) => code !== 'too-large')) return 'later';
    const clear = message.ok ? asClear(message.value.event) : null;
    const asked = then.ok ? then.value.joined.has(me) : !final;
    const events = about.events.flatMap((event) => asClear(event) ?? []);
    await inTurn(() => {
      // What happened to it while the server was asked is newer than its answer.
      if (known.get(eventId) !== asking) return;
      if (final || clear === null || !asked) return become(without(known, eventId));
      const by = myAcknowledgement(clear, events, me, isSealed(context, roomId));
      return become(withState(known, eventId, by === null ? 'waits' : 'done', by));
    });
    return 'done';
  }

  scope.add(
    sync.watchConnection(({ kind }) => {
      if (kind === 'online') lookAgain();
    }),
  );
  scope.add(
    outbox.on((event) => {
      const { work } = event.item;
      if (work.kind !== 'reaction' || work.key !== ACK_KEY) return;
      if (event.kind === 'sent') {
        const { target } = work;
        taken.add(target);
        void inTurn(async () => {
          taken.delete(target);
          await become(withState(known, target, 'done', event.eventId));
        });
      }
      tell();
    }),
  );
  scope.add(() => {
    resume?.();
    for (const stop of later.values()) stop();
  });

  /** Sends what was refused once more rather than a second one beside it. */
  async function give(roomId: RoomId, eventId: EventId): Outcome<void> {
    const refused = outbox.items(roomId).find(({ work, state }) => {
      return work.kind === 'reaction' && work.key === ACK_KEY && work.target === eventId && state.kind === 'refused';
    });
    if (refused !== undefined && (await outbox.retry(refused.id))) return ok(undefined);
    const content = reactionContent(eventId, ACK_KEY);
    const work = { kind: 'reaction', target: eventId, key: ACK_KEY, content } as const;
    const sent = await outbox.enqueue({ roomId, work });
    return sent.ok ? ok(undefined) : sent;
  }

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
        const begun = giving.get(eventId) ?? give(roomId, eventId).finally(() => giving.delete(eventId));
        giving.set(eventId, begun);
        return begun;
      },
      async watchToAcknowledge(listener) {
        const stop = changed.on(listener);
        listener(waiting());
        return stop;
      },
    },
  };
}
