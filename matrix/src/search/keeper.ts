import { authorityFrom } from '@besace/protocol/core/authority';
import { parseServerName, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import type { LocalChange } from '../local/db.ts';
import type { CryptoPort, RoomKey, SessionContext } from '../session/context.ts';
import type { TimelineEvent } from '../timeline/event.ts';
import { readEvent } from '../timeline/read.ts';
import {
  type Batch,
  type Cursor,
  cursorFromEnd,
  type Hole,
  type PlacedRaw,
  parseCursor,
  takeBatch,
  takePage,
} from './cursor.ts';
import { readHistory, readOne } from './history.ts';
import { put } from './indexState.ts';
import { createLockedMessages } from './locked.ts';
import type { IndexChange, MessageIndex } from './messageIndex.ts';
import { createReader, type ReadingRoom } from './reading.ts';

/** Keeps the index true to the rooms: what comes live, what history holds, what opens late, what is left. Its calls follow one another. */
export interface Keeper {
  takeLive(roomId: RoomId, batch: Batch): Promise<void>;
  /** Reads one page of the hole that reaches the least far back. */
  crawl(): Promise<Step>;
  /** Messages of this key are tried again. */
  unlock(key: RoomKey): Promise<Step>;
  /** The room is known; what was not read of it yet is to be read. */
  begin(roomId: RoomId): Promise<void>;
  dropRoom(roomId: RoomId): Promise<void>;
  /** Rooms that something is kept of. */
  rooms(): Iterable<RoomId>;
  /** Rooms with holes, and the latest date down to which one of them was read; null when there are none. */
  readonly left: { readonly rooms: number; readonly until: number } | null;
  /** Rooms with messages whose key had not come. */
  lockedRooms(): readonly RoomId[];
  nameOf(user: UserId): string | null;
}

/** `retryInMs`: the server did not answer as it should; null when the connection's return is to be waited for. */
export type Step =
  | { readonly kind: 'done' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly retryInMs: number | null };

type Deps = Pick<SessionContext, 'http' | 'crypto' | 'rooms' | 'localDb' | 'platform'>;

/** Events decrypted side by side. */
const TOGETHER = 12;
const MOST_NAMES = 5_000;
const FAILED_AGAIN_MS = 30_000;
const PEOPLE = 'people';

/** `onRead` hears every event that is read, once it is: live, from the history, or when its key came. */
export async function createKeeper(
  deps: Deps,
  index: MessageIndex,
  onRead: (events: readonly TimelineEvent[]) => void = () => undefined,
): Promise<Keeper> {
  const { localDb: db, http, platform, rooms } = deps;
  const reader = await createReader(db, index);
  const locked = await createLockedMessages(db);
  const cursors = new Map<RoomId, Cursor>();
  const names = new Map<UserId, string>();
  for (const { key, value } of await db.list('search', 'room/')) {
    const cursor = parseCursor(value);
    if (cursor !== null) cursors.set(key.slice('room/'.length) as RoomId, cursor);
  }
  for (const [user, name] of Object.entries((await db.get('search', PEOPLE)) ?? {})) {
    const id = parseUserId(user);
    if (id.ok && typeof name === 'string') names.set(id.value, name);
  }
  // Old messages that do not open are no news: they are not counted among those that should, nor asked for one by one.
  const quiet: CryptoPort = { ...deps.crypto, decrypt: (raw) => deps.crypto.decrypt(raw, { history: true }) };

  async function readAll(crypto: CryptoPort, raws: readonly PlacedRaw[]): Promise<Placed[]> {
    const read: Placed[] = [];
    for (let at = 0; at < raws.length; at += TOGETHER) {
      const some = raws.slice(at, at + TOGETHER);
      read.push(
        ...(await Promise.all(some.map(async ({ raw, place }) => ({ event: await readEvent(crypto, raw), place })))),
      );
      await index.slices.breathe();
    }
    onRead(read.map(({ event }) => event));
    return read;
  }

  async function changeOf(roomId: RoomId, events: readonly Placed[]): Promise<IndexChange> {
    const change = await reader.read(readingRoom(roomId), events);
    return { ...change, with: [...change.with, ...(await locked.add(roomId, events))] };
  }

  function readingRoom(roomId: RoomId): ReadingRoom {
    return { roomId, encrypted: isEncrypted(roomId), authority: authority(roomId) };
  }

  async function save(roomId: RoomId, cursor: Cursor, change: IndexChange, more: readonly LocalChange[] = []) {
    await index.commit({ ...change, with: [...change.with, ...more, put(`room/${roomId}`, cursor)] });
    cursors.set(roomId, cursor);
  }

  function isEncrypted(roomId: RoomId): boolean {
    const room = rooms.get(roomId);
    // Every room that Besace makes is encrypted: until the state is known, that is what counts (T1).
    return room === undefined || room.encrypted || room.clearState('m.room.create') === undefined;
  }

  function authority(roomId: RoomId) {
    const room = rooms.get(roomId);
    const create = room?.clearState('m.room.create');
    return authorityFrom({
      create: create === undefined ? null : { sender: create.sender, content: create.content },
      powerLevels: room?.clearState('m.room.power_levels')?.content ?? null,
      outsiders: platform.outsiderServers.flatMap((name) => {
        const server = parseServerName(name);
        return server.ok ? server.value : [];
      }),
    });
  }

  /** The hole whose unread part is the newest: so that "found until" moves back for all rooms together. */
  function nextHole(): { roomId: RoomId; cursor: Cursor; hole: Hole } | null {
    let next: { roomId: RoomId; cursor: Cursor; hole: Hole } | null = null;
    for (const [roomId, cursor] of cursors) {
      if (rooms.get(roomId)?.membership !== 'join') continue;
      for (const hole of cursor.holes) if (next === null || hole.at > next.hole.at) next = { roomId, cursor, hole };
    }
    return next;
  }

  async function allKnown(roomId: RoomId, events: readonly PlacedRaw[]): Promise<boolean> {
    for (const { raw } of events) if ((await index.get(roomId, raw.event_id)) === null) return false;
    return events.length > 2;
  }

  function learn(fresh: ReadonlyMap<UserId, string>): LocalChange[] {
    const before = names.size;
    for (const [user, name] of fresh) if (names.size < MOST_NAMES || names.has(user)) names.set(user, name);
    return names.size === before ? [] : [put(PEOPLE, Object.fromEntries(names))];
  }

  async function crawl(): Promise<Step> {
    const next = nextHole();
    if (next === null) return { kind: 'nothing' };
    const { roomId, cursor, hole } = next;
    const page = await readHistory(http, roomId, hole);
    if (!page.ok) {
      const { code, retryAfterMs } = page.error;
      if (code === 'offline') return { kind: 'failed', retryInMs: null };
      const known = hole.token !== null && hole.above !== null;
      const refused = code === 'forbidden' || code === 'not-found' || code === 'invalid';
      if (!refused) return { kind: 'failed', retryInMs: retryAfterMs ?? FAILED_AGAIN_MS };
      // A token that the server no longer takes is asked for again; without it there is no way on.
      const holes = cursor.holes.flatMap((other) => (other !== hole ? other : known ? { ...hole, token: null } : []));
      if (!known) platform.logger.warn('search-history-refused', { room: roomId, code });
      await save(roomId, { ...cursor, holes }, { put: [], drop: [], with: [] });
      return { kind: 'done' };
    }
    const taken = takePage(cursor, hole, page.value);
    const closes = await allKnown(roomId, taken.events);
    const events = closes ? [] : await readAll(quiet, taken.events);
    // What came live, or a room that was left meanwhile: the page is asked for again.
    if (cursors.get(roomId) !== cursor) return { kind: 'done' };
    const change = await changeOf(roomId, events);
    await save(roomId, closes ? taken.closed() : taken.cursor, change, learn(page.value.names));
    return { kind: 'done' };
  }

  async function unlock(key: RoomKey): Promise<Step> {
    for (const session of await locked.openedBy(key)) {
      const { roomId, sample } = session;
      // Tried on the one message that is kept: the others are fetched only where the key fits.
      const { reading } = await readEvent(quiet, sample);
      if (reading.kind === 'locked') continue;
      const raws: PlacedRaw[] = [];
      for (const { eventId, place } of session.messages) {
        const one = sample.event_id === eventId ? ok(sample) : await readOne(http, roomId, eventId);
        if (!one.ok) return { kind: 'failed', retryInMs: one.error.code === 'offline' ? null : FAILED_AGAIN_MS };
        if (one.value !== null) raws.push({ raw: one.value, place });
      }
      const events = await readAll(quiet, raws);
      const change = await reader.read(readingRoom(roomId), events);
      const still = session.messages.filter(({ eventId }) =>
        events.some(({ event }) => event.eventId === eventId && event.reading.kind === 'locked'),
      );
      await index.commit({ ...change, with: [...change.with, locked.left(session, still)] });
    }
    return { kind: 'done' };
  }

  return {
    crawl,
    unlock,
    async takeLive(roomId, batch) {
      if (rooms.get(roomId)?.membership !== 'join') return;
      const taken = takeBatch(cursors.get(roomId) ?? null, batch);
      if (taken === null) return;
      const change = await changeOf(roomId, await readAll(deps.crypto, taken.events));
      await save(roomId, taken.cursor, change);
    },
    async begin(roomId) {
      if (cursors.has(roomId)) return;
      await save(roomId, cursorFromEnd(platform.clock.now()), { put: [], drop: [], with: [] });
    },
    async dropRoom(roomId) {
      if (!cursors.delete(roomId)) return;
      reader.forget(roomId);
      locked.forget(roomId);
      await index.dropRoom(roomId);
    },
    rooms: () => [...cursors.keys()],
    get left() {
      const holes = [...cursors].filter(([roomId]) => rooms.get(roomId)?.membership === 'join');
      const open = holes.filter(([, cursor]) => cursor.holes.length > 0);
      if (open.length === 0) return null;
      const until = Math.max(...open.flatMap(([, cursor]) => cursor.holes.map(({ at }) => at)));
      return { rooms: open.length, until };
    },
    lockedRooms: () => locked.rooms(),
    nameOf: (user) => names.get(user) ?? null,
  };
}

type Placed = { readonly event: TimelineEvent; readonly place: number };
