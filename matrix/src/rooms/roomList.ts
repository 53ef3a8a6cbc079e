import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import type { RoomDetails, RoomList, RoomSummary, Stop } from '../api/types.ts';
import type { LocalDb } from '../local/db.ts';
import { readRoomListSnapshot, writeRoomListSnapshot } from '../local/roomListSnapshot.ts';
import type { RuleStore } from '../notify/ruleStore.ts';
import { placeVersions, type Then } from '../objects/placing.ts';
import { objectServer } from '../objects/server.ts';
import type { Ignored } from '../people/ignored.ts';
import { createStrangers } from '../people/strangers.ts';
import type { Cancel, Platform } from '../platform/platform.ts';
import type { CryptoPort, HttpPort, SyncPort } from '../session/context.ts';
import { createEmitter } from '../session/emitter.ts';
import type { Scope } from '../session/scope.ts';
import { parseReceipts } from '../sync/feed.ts';
import type { SyncAnswer } from '../sync/response.ts';
import { circumstancesOf } from './circumstances.ts';
import { watchRoom } from './details.ts';
import { ONLY_ENCRYPTED, type RoomFacts, readRoomFacts, writeRoomFacts } from './facts.ts';
import { inTurns } from './inTurns.ts';
import { createOutsiderCounts } from './outsiderCounts.ts';
import type { OwnWords } from './ownWords.ts';
import { createPreviews, removedBy } from './previews.ts';
import type { RoomModel } from './roomModel.ts';
import type { RoomStore } from './roomStore.ts';
import { createSingletons, NAME, ROOM_OBJECT, type Singletons } from './singletons.ts';
import { childrenOf, parseDirect, type SummaryDeps, summaryOf } from './summary.ts';
import { type Call, createUnread } from './unread.ts';

/** The list of rooms and the details of each, kept current from what the sync brings. */
export interface RoomListKeeper {
  watchRooms(listener: (list: RoomList) => void): Stop;
  watchRoom(roomId: RoomId, listener: (room: RoomDetails) => void): Stop;
  /** After the store took an answer. */
  onAnswer(answer: SyncAnswer, fresh: boolean): void;
  setTotal(total: number, complete: boolean): void;
  /** What the room says of itself, and the event that said it last. */
  ownWords(roomId: RoomId): OwnWords;
  /** `m.direct` as it is now: rooms by person. */
  readonly direct: ReadonlyMap<RoomId, UserId>;
  summary(roomId: RoomId): RoomSummary | undefined;
  /** Puts back what is kept of an earlier life. Before the sync begins. */
  load(): Promise<void>;
  /** Writes down what changed and is not kept yet. */
  flush(): Promise<void>;
}

export type RoomListDeps = {
  readonly me: UserId;
  readonly platform: Platform;
  readonly db: LocalDb;
  readonly http: HttpPort;
  readonly rooms: RoomStore;
  readonly crypto: CryptoPort;
  readonly sync: SyncPort;
  readonly ignored: Pick<Ignored, 'has' | 'onChange'>;
  readonly scope: Scope;
  displayName(): string;
  readonly rules: RuleStore;
  /** Something was said that calls the person. */
  onCall(call: Call): void;
};

/** One call a listener at most, ms (api/types.ts). */
const PACE_MS = 50;
const SAVE_AFTER_MS = 2_000;

export function createRoomList(deps: RoomListDeps): RoomListKeeper {
  const { me, platform, db, rooms, crypto, ignored, scope } = deps;
  const { clock, logger } = platform;
  const outsiders = platform.outsiderServers;
  const lists = createEmitter<RoomList>(logger, 'room-list');
  const singletons: Singletons = createSingletons({
    rooms,
    crypto,
    outsiders,
    scope,
    logger,
    writtenUnder,
    keep: save,
  });
  const previews = createPreviews(crypto);
  const unread = createUnread({
    isIgnored: (user) => ignored.has(user),
    me,
    http: deps.http,
    crypto,
    isEncrypted: (roomId) => rooms.get(roomId)?.encrypted ?? true,
    circumstances: (roomId, sender) =>
      circumstancesOf(rooms.get(roomId), sender, { outsiders, displayName: deps.displayName }),
    rules: () => deps.rules.current,
    onChange: rooms.touch,
    onCall: deps.onCall,
  });
  const counts = createOutsiderCounts({
    http: deps.http,
    scope,
    anyOutsiders: outsiders.length > 0,
    isOutsider: rooms.isOutsider,
    onChange: rooms.touch,
  });
  const strangers = createStrangers({
    http: deps.http,
    joined: () => [...rooms.all()].filter(({ membership }) => membership === 'join'),
    onChange: schedule,
  });
  let direct: ReadonlyMap<RoomId, UserId> = new Map();
  let parents = new Map<RoomId, RoomId[]>();
  let facts: ReadonlyMap<RoomId, RoomFacts> = new Map();
  let list: RoomList | null = null;
  let total = 0;
  let complete = false;
  let pending: Cancel | null = null;
  let saving: Cancel | null = null;
  let writing: Promise<void> = Promise.resolve();
  let lastShown = Number.NEGATIVE_INFINITY;

  const summaryDeps: SummaryDeps = {
    me,
    outsiders,
    singletons,
    parentsOf: (roomId) => parents.get(roomId) ?? [],
    directWith: (roomId) => direct.get(roomId) ?? null,
    isDirect: (roomId) => direct.has(roomId),
    outsiderCount: (room) => counts.of(room),
    unread: (roomId) => unread.of(roomId),
    preview: (roomId) => previews.of(roomId),
    isIgnored: (user) => ignored.has(user),
    isStranger: (user) => strangers.isStranger(user),
  };

  function show(): void {
    pending = null;
    lastShown = clock.monotonic();
    parents = parentsByChild(rooms.all());
    const summaries: RoomSummary[] = [];
    for (const room of rooms.all()) if (isListed(room, ignored)) summaries.push(summaryOf(room, summaryDeps));
    summaries.sort((a, b) => b.lastActivity - a.lastActivity || (a.roomId < b.roomId ? -1 : 1));
    // Until the sync has shown as many rooms, those of the last time stay on the screen.
    const shown = new Set(summaries.map((summary) => summary.roomId));
    const before = complete
      ? []
      : (list?.rooms ?? []).filter((room) => !shown.has(room.roomId) && !rooms.get(room.roomId));
    list = { rooms: [...summaries, ...before], total: Math.max(total, summaries.length + before.length), complete };
    lists.emit(list);
    saving ??= clock.after(SAVE_AFTER_MS, () => void save());
  }

  function schedule(): void {
    if (pending !== null || scope.signal.aborted) return;
    pending = clock.after(Math.max(0, lastShown + PACE_MS - clock.monotonic()), show);
  }

  async function writtenUnder(roomId: RoomId, eventId: EventId): Promise<Then> {
    return (await placeVersions(objectServer(deps.http, roomId), new Set([eventId]))).get(eventId) ?? [];
  }

  async function save(): Promise<void> {
    saving?.();
    saving = null;
    if (list === null) return;
    try {
      await writeRoomListSnapshot(db, { userId: me, displayName: deps.displayName(), list });
    } catch (thrown) {
      // The list of the next start is then an older one; the sync brings the rest.
      logger.warn('room-list-not-saved', { error: String(thrown) });
    }
    await keepFacts();
  }

  /** One after the other, each with what is known when its turn comes: an older one never lands on a newer one. */
  function keepFacts(): Promise<void> {
    const written = writing.then(async () => {
      const kept = new Map<RoomId, RoomFacts>(complete ? [] : facts);
      for (const room of rooms.all()) kept.set(room.roomId, factsOf(room));
      // Of rooms that are gone from the list nothing is kept but this, so that they cannot come back in clear.
      for (const roomId of rooms.encryptedOnce) if (!kept.has(roomId)) kept.set(roomId, ONLY_ENCRYPTED);
      await writeRoomFacts(db, kept);
    });
    writing = written.catch((thrown: unknown) => logger.warn('room-facts-not-saved', { error: String(thrown) }));
    return writing;
  }

  function factsOf(room: RoomModel): RoomFacts {
    const preview = previews.known(room.roomId);
    return {
      encrypted: room.encrypted,
      name: singletons.get(room.roomId, NAME) ?? null,
      object: singletons.toKeep(room.roomId, ROOM_OBJECT) ?? null,
      preview: preview?.preview ? { eventId: preview.eventId, author: preview.author, ...preview.preview } : null,
      outsiders: counts.known(room.roomId),
    };
  }

  async function refresh(room: RoomModel): Promise<void> {
    await singletons.refresh(room.roomId);
    await refreshPreview(room.roomId);
  }

  async function refreshPreview(roomId: RoomId): Promise<void> {
    const room = rooms.get(roomId);
    if (room?.lastEvent && !ignored.has(room.lastEvent.sender) && (await previews.refresh(room, room.lastEvent)))
      rooms.touch(roomId);
  }

  scope.add(rooms.onAnyChange(schedule));
  scope.add(deps.rules.onChange(unread.judgeAgain));
  scope.add(
    ignored.onChange(() => {
      unread.judgeAgain();
      schedule();
    }),
  );
  scope.add(
    crypto.onRoomKeys((keys) => {
      const ids = keys.map((key) => key.roomId);
      for (const roomId of ids) previews.forgetTried(roomId);
      unread.retry(ids);
      void inTurns(rooms, ids, refreshPreview);
    }),
  );
  scope.add(() => {
    pending?.();
    saving?.();
  });

  return {
    watchRooms(listener) {
      const stop = lists.on(listener);
      if (list !== null) listener(list);
      return stop;
    },
    watchRoom(roomId, listener) {
      return watchRoom(deps, summaryDeps, roomId, listener);
    },
    onAnswer(answer, fresh) {
      const directContent = answer.accountData.find((event) => event.type === 'm.direct')?.content;
      if (directContent !== undefined) direct = parseDirect(directContent);
      for (const delta of answer.rooms) {
        const room = rooms.get(delta.roomId);
        if (room === undefined) continue;
        for (const event of delta.timeline) {
          const removed = removedBy(event);
          if (removed !== null) previews.remove(delta.roomId, removed);
        }
        void refresh(room);
        const again = fresh || delta.initial || delta.expanded;
        unread.onEvents(delta.roomId, delta.timeline, { gap: again || delta.limited, live: !again });
      }
      if (fresh) strangers.askAgain();
      for (const [roomId, content] of answer.receipts) unread.onReceipts(roomId, parseReceipts(content));
      for (const [roomId, marked] of answer.markedUnread) unread.flag(roomId, marked);
      schedule();
    },
    setTotal(count, all) {
      total = count;
      if (all && !complete) schedule();
      complete = all;
      if (!all) return;
      counts.fill(rooms.all());
      unread.catchUp();
    },
    ownWords(roomId) {
      const last = singletons.get(roomId, ROOM_OBJECT);
      return { object: singletons.roomObject(roomId), last: last?.eventId ?? null };
    },
    get direct() {
      return direct;
    },
    summary(roomId) {
      const room = rooms.get(roomId);
      return room === undefined ? undefined : summaryOf(room, summaryDeps);
    },
    async flush() {
      if (pending !== null) {
        pending();
        show();
      }
      if (saving !== null) await save();
    },
    async load() {
      const [snapshot, kept] = await Promise.all([readRoomListSnapshot(db), readRoomFacts(db)]);
      if (snapshot?.userId !== me) return;
      facts = kept;
      for (const [roomId, { encrypted, name, object, preview, outsiders: counted }] of kept) {
        if (encrypted) rooms.rememberEncrypted(roomId);
        if (name !== null) singletons.preload(roomId, NAME, name);
        if (object !== null) singletons.preload(roomId, ROOM_OBJECT, object);
        if (preview !== null) {
          const { eventId, author = null, sender, text } = preview;
          previews.preload(roomId, { eventId, author, preview: { sender, text } });
        }
        if (counted !== null) counts.preload(roomId, counted);
      }
      for (const { roomId, ...counted } of snapshot.list.rooms) unread.preload(roomId, counted);
      if (list === null) {
        list = snapshot.list;
        lists.emit(list);
      }
    },
  };
}

/** Rooms that a person has: not those that she left, nor those of which nothing is known. */
function isListed(room: RoomModel, ignored: Pick<Ignored, 'has'>): boolean {
  if (room.membership === 'leave' || room.membership === 'ban') return false;
  if (room.membership === 'invite' && room.inviter !== null && ignored.has(room.inviter)) return false;
  return room.clearState('m.room.create') !== undefined || room.membership !== 'join';
}

function parentsByChild(rooms: Iterable<RoomModel>): Map<RoomId, RoomId[]> {
  const parents = new Map<RoomId, RoomId[]>();
  for (const room of rooms) {
    if (room.membership !== 'join') continue;
    for (const child of childrenOf(room)) parents.set(child, [...(parents.get(child) ?? []), room.roomId]);
  }
  return parents;
}
