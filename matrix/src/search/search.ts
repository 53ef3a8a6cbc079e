import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome, SearchApi, SearchProgress } from '../api/types.ts';
import type { RoomStore } from '../rooms/roomStore.ts';
import type { RoomKey, SessionContext } from '../session/context.ts';
import { createEmitter } from '../session/emitter.ts';
import type { TimelineEvent } from '../timeline/event.ts';
import { answerOf, questionOf } from './answer.ts';
import type { Batch } from './cursor.ts';
import { find } from './find.ts';
import { createKeeper, type Keeper, type Step } from './keeper.ts';
import { forgetIndex, type MessageIndex, openIndex } from './messageIndex.ts';
import { DamagedIndex } from './segment.ts';
import { tend } from './tend.ts';
import { foldWord } from './words.ts';

/** Search of one session: the index, and what keeps it current. */
export type Search = {
  readonly api: SearchApi;
  /** The sync has shown every room of the account: those that it did not show were left elsewhere. */
  onAllRooms(): void;
  /** Resolves once nothing is under way any more. */
  stop(): Promise<void>;
};

/** The first screen does not wait for the index: it is opened after this, or at the first question. ms */
const OPEN_AFTER_MS = 3_000;
/** Between two pages of history, ms; and so many times what the last page took, so that most of the time is left to others. */
const PAUSE_MS = 200;
const PAUSE_FACTOR = 2;
const PACE_MS = 500;

type Opened = { readonly index: MessageIndex; readonly keeper: Keeper };

/** `onRead` hears every event that the index reads. */
export function createSearch(
  context: SessionContext,
  rooms: RoomStore,
  onRead: (events: readonly TimelineEvent[]) => void,
): Search {
  const { platform, localDb: db, scope, sync, crypto } = context;
  const { clock, logger } = platform;
  const progress = createEmitter<SearchProgress>(logger, 'search-progress');
  const keys: RoomKey[] = [];
  let opening: Promise<Opened> | null = null;
  let opened: Opened | null = null;
  let work: Promise<void> = Promise.resolve();
  let online = false;
  let telling: (() => void) | null = null;
  let pausing: (() => void) | null = null;
  let crawling = false;

  function open(): Promise<Opened> {
    opening ??= openNow().catch((thrown: unknown) => {
      opening = null; // tried again at the next need
      throw thrown;
    });
    return opening;
  }

  async function openNow(): Promise<Opened> {
    const index = await openWhole();
    opened = { index, keeper: await createKeeper(context, index, onRead) };
    // A key may have come just before the last life ended.
    for (const roomId of opened.keeper.lockedRooms()) keys.push({ roomId, sessionId: '' });
    tell();
    return opened;
  }

  async function openWhole(): Promise<MessageIndex> {
    const deps = { db, clock, random: platform.random };
    try {
      return await openIndex(deps);
    } catch (thrown) {
      if (!(thrown instanceof DamagedIndex)) throw thrown;
      logger.warn('search-index-damaged', { error: thrown.message });
      await forgetIndex(db);
      return openIndex(deps);
    }
  }

  /** One thing after the other. */
  function inTurn(step: (session: Opened) => Promise<void>): void {
    work = work
      .then(async () => {
        if (!scope.signal.aborted) await step(await open());
      })
      .catch(async (thrown: unknown) => {
        if (scope.signal.aborted) return;
        logger.error('search-failed', { error: String(thrown) });
        if (thrown instanceof DamagedIndex) await startOver();
      })
      .then(tell);
  }

  async function startOver(): Promise<void> {
    opening = null;
    opened = null;
    await forgetIndex(db);
    const { keeper } = await open();
    for (const room of rooms.all()) if (room.membership === 'join') await keeper.begin(room.roomId);
    crawlSoon(PAUSE_MS);
  }

  function crawlSoon(ms: number): void {
    if (pausing !== null || crawling || scope.signal.aborted) return;
    pausing = clock.after(ms, () => {
      pausing = null;
      if (!online) return;
      crawling = true;
      inTurn(async ({ index, keeper }) => {
        const begun = clock.monotonic();
        let step: Step;
        try {
          step = await oneStep(keeper);
          while (await tend(db, index)) if (scope.signal.aborted) return;
        } finally {
          crawling = false;
        }
        if (step.kind === 'done') crawlSoon(PAUSE_MS + PAUSE_FACTOR * (clock.monotonic() - begun));
        else if (step.kind === 'failed' && step.retryInMs !== null) crawlSoon(step.retryInMs);
      });
    });
  }

  async function oneStep(keeper: Keeper): Promise<Step> {
    const key = keys[0];
    if (key === undefined) return keeper.crawl();
    const step = await keeper.unlock(key);
    if (step.kind === 'failed') return step;
    keys.shift();
    return { kind: 'done' };
  }

  function state(): SearchProgress {
    if (opened === null) return { kind: 'opening', messages: 0 };
    const messages = opened.index.count;
    const { left } = opened.keeper;
    if (left === null) return { kind: 'complete', messages };
    return { kind: online ? 'reading' : 'waiting', messages, rooms: left.rooms, until: left.until };
  }

  function tell(): void {
    if (scope.signal.aborted || progress.size === 0) return;
    telling ??= clock.after(PACE_MS, () => {
      telling = null;
      progress.emit(state());
    });
  }

  function takeLive(roomId: RoomId, batch: Batch): void {
    inTurn(async ({ index, keeper }) => {
      await keeper.takeLive(roomId, batch);
      while (await tend(db, index)) if (scope.signal.aborted) return;
      crawlSoon(PAUSE_MS);
    });
  }

  function takeKeys(came: readonly RoomKey[]): void {
    for (const key of came) {
      if (!keys.some((known) => known.roomId === key.roomId && known.sessionId === key.sessionId)) keys.push(key);
    }
    crawlSoon(PAUSE_MS);
  }

  /** A room that I am no longer in: its messages go. */
  function check(roomId: RoomId): void {
    const room = rooms.get(roomId);
    if (room !== undefined && room.membership !== 'leave' && room.membership !== 'ban') return;
    if (opened !== null && ![...opened.keeper.rooms()].includes(roomId)) return;
    inTurn(({ keeper }) => keeper.dropRoom(roomId));
  }

  // Kept until the index is open; then at once.
  scope.add(sync.onAnyTimelineEvents(({ roomId, batch }) => takeLive(roomId, batch)));
  scope.add(crypto.onRoomKeys(takeKeys));
  scope.add(rooms.onAnyChange((roomId) => opened !== null && check(roomId)));
  scope.add(
    sync.watchConnection(({ kind }) => {
      online = kind === 'online';
      if (online) crawlSoon(PAUSE_MS);
      tell();
    }),
  );
  let holding: (() => void) | null = null;
  const held = new Promise<void>((resolve) => {
    holding = resolve;
  });
  work = held;
  scope.add(clock.after(OPEN_AFTER_MS, () => holding?.()));
  scope.add(() => {
    holding?.();
    telling?.();
    pausing?.();
  });

  const api: SearchApi = {
    async search(input) {
      const question = questionOf(input);
      if (question === null) return err({ code: 'invalid', detail: 'query' });
      const { index, keeper } = await open();
      try {
        const found = await find(index, question);
        return ok(await answerOf(index, question, found, (roomId, user) => person(keeper, roomId, user)));
      } catch (thrown) {
        // What is not whole is begun anew; the person asks again.
        if (thrown instanceof DamagedIndex) inTurn(() => Promise.reject(thrown));
        throw thrown;
      }
    },
    async searchPeople(text): Outcome<readonly { userId: UserId; name: string; outsider: boolean }[]> {
      const { index, keeper } = await open();
      const wanted = text.split(/[\s@:.]+/u).map(foldWord);
      const all = index.state.senders.all.map((userId) => ({ userId, ...person(keeper, null, userId) }));
      const found = all.filter(({ userId, name }) => {
        const words = `${name} ${userId}`.split(/[\s@:.]+/u).map(foldWord);
        return wanted.every((word) => words.some((part) => part.startsWith(word)));
      });
      return ok(found.sort((a, b) => a.name.localeCompare(b.name)).slice(0, 20));
    },
    async watchSearchProgress(listener) {
      const stop = progress.on(listener);
      listener(state());
      holding?.(); // somebody is about to ask
      return stop;
    },
  };

  function person(keeper: Keeper, roomId: RoomId | null, user: UserId): { name: string; outsider: boolean } {
    const known = roomId === null ? undefined : rooms.get(roomId)?.member(user)?.name;
    const name = known ?? keeper.nameOf(user) ?? user.slice(1, user.indexOf(':'));
    return { name, outsider: rooms.isOutsider(user) };
  }

  return {
    api,
    onAllRooms() {
      inTurn(async ({ keeper }) => {
        for (const roomId of keeper.rooms()) {
          const membership = rooms.get(roomId)?.membership;
          if (membership === undefined || membership === 'leave' || membership === 'ban') await keeper.dropRoom(roomId);
        }
      });
    },
    async stop() {
      holding?.();
      await work;
    },
  };
}
