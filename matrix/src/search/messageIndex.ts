import type { EventId, RoomId } from '@besace/protocol/core/ids';
import type { LocalChange, LocalDb } from '../local/db.ts';
import type { Clock, Random } from '../platform/platform.ts';
import { createTurns } from '../session/turns.ts';
import { hashOf } from './columns.ts';
import {
  addFresh,
  CHUNK,
  chunkKey,
  emptyState,
  GRAVES,
  gravesChange,
  type IndexState,
  loadState,
  lockedPrefix,
  logChange,
  MESSAGE_KINDS,
  type Message,
  metaChange,
  parseChunk,
  put,
  type StoredChunk,
} from './indexState.ts';
import { createSegmentReader, DamagedIndex, type SegmentReader, segmentPrefix } from './segment.ts';
import { createSlices, type Slices } from './slices.ts';
import { indexWords } from './words.ts';

/** What one transaction changes. A message that is put takes the place of its earlier version. */
export type IndexChange = {
  readonly put: readonly Message[];
  readonly drop: readonly { readonly roomId: RoomId; readonly eventId: EventId }[];
  /** Written in the same transaction: cursors, so that what was read and how far it was read never differ. */
  readonly with: readonly LocalChange[];
};

/** All messages that can be found, on disk and sealed; in memory only what finds them quickly. One writer a database. */
export interface MessageIndex {
  readonly state: IndexState;
  readonly reader: SegmentReader;
  readonly slices: Slices;
  /** Resolves when it is on disk. */
  commit(change: IndexChange): Promise<void>;
  get(roomId: RoomId, eventId: EventId): Promise<Message | null>;
  /** A document's message; null when it is dead. */
  read(doc: number): Promise<Message | null>;
  /** Every message of a room goes: at once out of what is found, then from the disk. Resumed at the next opening when it was cut short. */
  dropRoom(roomId: RoomId): Promise<void>;
  /** Rooms that are going. */
  readonly gone: ReadonlySet<RoomId>;
  /** Runs alone, between commits. */
  inTurn<T>(step: () => Promise<T>): Promise<T>;
  /** Messages that can be found. */
  readonly count: number;
}

export type IndexDeps = { readonly db: LocalDb; readonly clock: Clock; readonly random: Random };

/** Parsed text chunks kept in memory. */
const KEPT_CHUNKS = 64;

/**
 * Opens the index, or begins a new one. What a kill left half-written is put away.
 * @throws DamagedIndex when what is stored is not whole: `forgetIndex`, and read everything again.
 */
export async function openIndex(deps: IndexDeps): Promise<MessageIndex> {
  const { db, clock } = deps;
  const slices = createSlices(clock);
  const loaded = await loadState(db, slices, hashOf);
  const state = loaded ?? emptyState(deps.random);
  if (loaded === null) await db.write([metaChange(state)]);
  else await putAway(db, state);
  const reader = createSegmentReader(db);
  const chunks = new Map<number, StoredChunk>();
  const gone = new Set<RoomId>();
  const inTurn = createTurns();

  async function chunkOf(index: number): Promise<StoredChunk> {
    const known = chunks.get(index);
    if (known !== undefined) {
      chunks.delete(index);
      chunks.set(index, known);
      return known;
    }
    const parsed = parseChunk(await db.get('search', chunkKey(index)));
    if (parsed === null) throw new DamagedIndex(`text ${index}`);
    // Changed while it was read: what is in memory is newer.
    const read = chunks.get(index) ?? parsed;
    chunks.set(index, read);
    for (const oldest of chunks.keys()) {
      if (chunks.size <= KEPT_CHUNKS) break;
      chunks.delete(oldest);
    }
    return read;
  }

  async function read(doc: number): Promise<Message | null> {
    if (doc >= state.columns.size || state.columns.dead(doc)) return null;
    const fresh = state.fresh.get(doc);
    if (fresh !== undefined) return fresh;
    const entry = (await chunkOf(Math.floor(doc / CHUNK)))[doc % CHUNK];
    if (entry === undefined || entry === null || state.columns.dead(doc)) return null;
    const roomId = state.rooms.all[state.columns.room(doc)];
    const sender = state.senders.all[state.columns.sender(doc)];
    if (roomId === undefined || sender === undefined) throw new DamagedIndex(`names of ${doc}`);
    const [eventId, text] = entry;
    const kind = MESSAGE_KINDS[state.columns.kind(doc)] ?? 'text';
    return { eventId, roomId, sender, at: state.columns.at(doc), kind, encrypted: state.columns.encrypted(doc), text };
  }

  async function find(roomId: RoomId, eventId: EventId): Promise<{ doc: number; message: Message } | null> {
    for (const doc of state.columns.withHash(hashOf(state.seed, eventId))) {
      const message = await read(doc);
      if (message?.eventId === eventId && message.roomId === roomId) return { doc, message };
    }
    return null;
  }

  /** What burying these documents changes on disk: their text goes, and they count as dead. */
  async function burials(dying: ReadonlySet<number>): Promise<LocalChange[]> {
    const changes: LocalChange[] = [];
    for (const part of new Set([...dying].map((doc) => Math.floor(doc / GRAVES)))) {
      changes.push(gravesChange(state, part, dying));
    }
    const old = [...dying].filter((doc) => doc < state.watermark);
    for (const index of new Set(old.map((doc) => Math.floor(doc / CHUNK)))) {
      const kept = (await chunkOf(index)).map((entry, at) => (dying.has(index * CHUNK + at) ? null : entry));
      changes.push(put(chunkKey(index), kept));
    }
    for (const { first, count } of state.logs) {
      const docs = Array.from({ length: count }, (_, index) => first + index);
      if (!docs.some((doc) => dying.has(doc))) continue;
      changes.push(
        logChange(
          first,
          docs.map((doc) => (dying.has(doc) ? null : (state.fresh.get(doc) ?? null))),
        ),
      );
    }
    return changes;
  }

  function bury(dying: ReadonlySet<number>): void {
    for (const doc of dying) {
      state.columns.bury(doc);
      if (state.fresh.has(doc)) state.fresh.set(doc, null);
      const segment = state.segments.find(({ from, to }) => doc >= from && doc < to);
      if (segment !== undefined) segment.stale += 1;
      const chunk = chunks.get(Math.floor(doc / CHUNK));
      if (chunk !== undefined && doc < state.watermark) chunk[doc % CHUNK] = null;
    }
  }

  async function commit(change: IndexChange): Promise<void> {
    const dying = new Set<number>();
    const added = new Map<string, Message>();
    for (const message of change.put) {
      added.set(`${message.roomId}/${message.eventId}`, message);
      const known = await find(message.roomId, message.eventId);
      if (known !== null) dying.add(known.doc);
    }
    for (const { roomId, eventId } of change.drop) {
      added.delete(`${roomId}/${eventId}`);
      const known = await find(roomId, eventId);
      if (known !== null) dying.add(known.doc);
    }
    const messages = [...added.values()];
    const first = state.columns.size;
    const log = messages.length === 0 ? [] : [logChange(first, messages)];
    await db.write([...change.with, ...(await burials(dying)), ...log]);
    bury(dying);
    if (messages.length > 0) state.logs = [...state.logs, { first, count: messages.length }];
    for (const message of messages) {
      const words = indexWords(message.text);
      addFresh(state, hashOf(state.seed, message.eventId), message, words);
      await slices.breathe();
    }
  }

  async function removeRoom(roomId: RoomId): Promise<void> {
    const number = state.rooms.numbers.get(roomId);
    for (let doc = 0, dying = new Set<number>(); number !== undefined && doc <= state.columns.size; doc++) {
      const end = doc === state.columns.size;
      if (dying.size > 0 && (end || doc % (CHUNK * 16) === 0)) {
        await db.write(await burials(dying));
        bury(dying);
        dying = new Set();
        await slices.breathe();
      }
      if (!end && !state.columns.dead(doc) && state.columns.room(doc) === number) dying.add(doc);
    }
    await Promise.all([db.clear('search', `note/${roomId}/`), db.clear('search', lockedPrefix(roomId))]);
    await db.write([
      { store: 'search', key: `room/${roomId}`, remove: true },
      { store: 'search', key: `gone/${roomId}`, remove: true },
      metaChange(state),
    ]);
    gone.delete(roomId);
  }

  function dropRoom(roomId: RoomId): Promise<void> {
    gone.add(roomId);
    return inTurn(async () => {
      await db.write([put(`gone/${roomId}`, true)]);
      await removeRoom(roomId);
    });
  }

  for (const key of await db.keys('search', 'gone/')) {
    const roomId = state.rooms.all.find((room) => `gone/${room}` === key) ?? (key.slice('gone/'.length) as RoomId);
    gone.add(roomId);
    await removeRoom(roomId);
  }

  return {
    state,
    reader,
    slices,
    gone,
    inTurn,
    read,
    dropRoom,
    commit: (change) => inTurn(() => commit(change)),
    get: async (roomId, eventId) => (await find(roomId, eventId))?.message ?? null,
    get count() {
      return state.columns.living;
    },
  };
}

/** Everything that the search keeps goes, cursors too: it is read again from the server. */
export function forgetIndex(db: LocalDb): Promise<void> {
  return db.clear('search', '');
}

/** Segments that were being written when the process ended belong to nobody; logs that a segment has taken over are of no use. */
async function putAway(db: LocalDb, state: IndexState): Promise<void> {
  const known = new Set(state.segments.map(({ id }) => id));
  const found = new Set((await db.keys('search', 'segment/')).map((key) => Number(key.split('/')[1])));
  for (const id of found) if (!known.has(id)) await db.clear('search', segmentPrefix(id));
  const texts = await db.keys('search', 'text/');
  const early = texts.filter((key) => Number(key.slice('text/'.length)) * CHUNK >= state.watermark);
  await db.write(early.map((key) => ({ store: 'search', key, remove: true })));
}
