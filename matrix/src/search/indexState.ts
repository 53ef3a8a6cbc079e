import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import type { LocalChange, LocalDb } from '../local/db.ts';
import { eventIdSchema, roomIdSchema, userIdSchema } from '../local/ids.ts';
import type { Random } from '../platform/platform.ts';
import { type Columns, createColumns } from './columns.ts';
import { createFreshWords, type FreshWords } from './freshWords.ts';
import { columnsKey, DamagedIndex, firstsKey, firstsSchema, type Segment } from './segment.ts';
import type { Slices } from './slices.ts';
import { indexWords } from './words.ts';

/** A message as it can be found: what was read of it, in its present version. */
export type Message = {
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly sender: UserId;
  /** Server time, ms: to show, and to filter by (T4). */
  readonly at: number;
  readonly kind: MessageKind;
  /** Whether it came out of decryption: an edit of it must too (T1). */
  readonly encrypted: boolean;
  readonly text: string;
};

export const MESSAGE_KINDS = ['text', 'image', 'file', 'audio', 'video'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** A segment, and how many of its documents were buried since it was written. */
export type LiveSegment = Segment & { stale: number };

/** The index as it is in memory. Documents are numbered as they come; a new version of a message is a new document. */
export type IndexState = {
  readonly seed: number;
  readonly columns: Columns;
  readonly rooms: Names<RoomId>;
  readonly senders: Names<UserId>;
  /** Documents before it are in segments and text chunks; those from it on are in the log. */
  watermark: number;
  segments: readonly LiveSegment[];
  nextSegment: number;
  words: FreshWords;
  /** Documents of the log; null where it was buried. */
  readonly fresh: Map<number, Message | null>;
  logs: readonly Log[];
};

/** One entry of the log: documents that were written together. */
export type Log = { readonly first: number; readonly count: number };

/** Strings that a document names by number. */
export type Names<T extends string> = { readonly all: T[]; readonly numbers: Map<string, number> };

/** Documents of one stored text chunk. */
export const CHUNK = 64;
/** Documents of one stored map of the dead. */
export const GRAVES = 8_192;

const VERSION = 1;
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const metaSchema = v.object({
  v: v.literal(VERSION),
  seed: count,
  watermark: count,
  nextSegment: count,
  segments: v.array(v.object({ id: count, from: count, to: count, bytes: count, stale: count })),
});
const namesSchema = v.object({ rooms: v.array(roomIdSchema), senders: v.array(userIdSchema) });
const kindSchema = v.picklist(MESSAGE_KINDS);
const logged = v.nullable(
  v.tuple([eventIdSchema, roomIdSchema, userIdSchema, v.number(), kindSchema, v.boolean(), v.string()]),
);
const logSchema = v.object({ docs: v.array(logged) });
/** Event id and text of each document; the rest is in the columns. */
export type StoredChunk = (readonly [EventId, string] | null)[];

const padded = (value: number) => String(value).padStart(10, '0');
export const chunkKey = (chunk: number) => `text/${padded(chunk)}`;
export const logKey = (first: number) => `log/${padded(first)}`;
export const gravesKey = (part: number) => `dead/${padded(part)}`;

/** The outline alone is checked: dozens are read for one question, and the seal says that we wrote them. Null for what is no chunk. */
export function parseChunk(input: unknown): StoredChunk | null {
  if (!Array.isArray(input) || input.length !== CHUNK) return null;
  const whole = input.every(
    (entry: unknown) =>
      entry === null || (Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string'),
  );
  return whole ? (input as StoredChunk) : null;
}

/** Begins the keys of what is locked in a room: neither ids of rooms nor of sessions are sure to be without a slash. */
export const lockedPrefix = (roomId: RoomId) => `locked/${encodeURIComponent(roomId)}/`;

export function put(key: string, value: unknown): LocalChange {
  return { store: 'search', key, value };
}

export function metaChange(state: Pick<IndexState, 'seed' | 'watermark' | 'nextSegment' | 'segments'>): LocalChange {
  const segments = state.segments.map(({ id, from, to, bytes, stale }) => ({ id, from, to, bytes, stale }));
  const { seed, watermark, nextSegment } = state;
  return put('meta', { v: VERSION, seed, watermark, nextSegment, segments });
}

export function namesChange(state: IndexState): LocalChange {
  return put('names', { rooms: state.rooms.all, senders: state.senders.all });
}

export function logChange(first: number, docs: readonly (Message | null)[]): LocalChange {
  const entries = docs.map((doc) =>
    doc === null ? null : [doc.eventId, doc.roomId, doc.sender, doc.at, doc.kind, doc.encrypted, doc.text],
  );
  return put(logKey(first), { docs: entries });
}

/** The map of the dead of one part, with these as well. */
export function gravesChange(state: IndexState, part: number, dying: ReadonlySet<number>): LocalChange {
  const bits = new Uint8Array(GRAVES / 8);
  const end = Math.min((part + 1) * GRAVES, state.columns.size);
  for (let doc = part * GRAVES; doc < end; doc++) {
    if (!state.columns.dead(doc) && !dying.has(doc)) continue;
    const at = (doc % GRAVES) >> 3;
    bits[at] = (bits[at] ?? 0) | (1 << (doc & 7));
  }
  return put(gravesKey(part), bits);
}

export function numberOf<T extends string>(names: Names<T>, name: T): number {
  const known = names.numbers.get(name);
  if (known !== undefined) return known;
  names.numbers.set(name, names.all.length);
  return names.all.push(name) - 1;
}

/** Adds a document to what is in memory. */
export function addFresh(state: IndexState, hash: number, message: Message | null, words: ReadonlySet<string>): number {
  const { columns } = state;
  if (message === null) {
    const doc = columns.add({ hash, room: 0, sender: 0, at: 0, kind: 0, encrypted: false });
    columns.bury(doc);
    state.fresh.set(doc, null);
    return doc;
  }
  const doc = columns.add({
    hash,
    room: numberOf(state.rooms, message.roomId),
    sender: numberOf(state.senders, message.sender),
    at: message.at,
    kind: MESSAGE_KINDS.indexOf(message.kind),
    encrypted: message.encrypted,
  });
  state.fresh.set(doc, message);
  state.words.add(doc, words);
  return doc;
}

export function emptyState(random: Random): IndexState {
  const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
  return {
    seed: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0,
    columns: createColumns(),
    rooms: names([]),
    senders: names([]),
    watermark: 0,
    segments: [],
    nextSegment: 1,
    words: createFreshWords(),
    fresh: new Map(),
    logs: [],
  };
}

/**
 * Puts the index back as the last transaction left it: columns and first words from the segments, the rest from the log. Null when there is none.
 * @throws DamagedIndex when what is there is not whole.
 */
export async function loadState(
  db: LocalDb,
  slices: Slices,
  hash: (seed: number, id: string) => number,
): Promise<IndexState | null> {
  const stored = await db.get('search', 'meta');
  if (stored === undefined) {
    if ((await db.keys('search', '')).length > 0) throw new DamagedIndex('no meta');
    return null;
  }
  const meta = v.safeParse(metaSchema, stored);
  if (!meta.success) throw new DamagedIndex('meta');
  const known = v.safeParse(namesSchema, (await db.get('search', 'names')) ?? { rooms: [], senders: [] });
  if (!known.success) throw new DamagedIndex('names');
  const { seed, watermark, nextSegment } = meta.output;
  const columns = createColumns();
  const segments: LiveSegment[] = [];
  for (const { id, from, to, bytes, stale } of meta.output.segments) {
    const firsts = v.safeParse(firstsSchema, await db.get('search', firstsKey(id)));
    const packed = await db.get('search', columnsKey(id));
    if (!firsts.success || from !== columns.size || !(packed instanceof Uint8Array)) throw new DamagedIndex('segment');
    for (let at = 0, step = 8_192; at < to - from; at += step) {
      const rows = columns.unpackPart(packed, to - from, at, Math.min(to - from, at + step));
      if (!rows) throw new DamagedIndex('columns');
      await slices.breathe();
    }
    segments.push({ id, from, to, bytes, stale, firsts: firsts.output });
  }
  if (columns.size !== watermark) throw new DamagedIndex('watermark');
  const state: IndexState = {
    seed,
    columns,
    rooms: names(known.output.rooms),
    senders: names(known.output.senders),
    watermark,
    segments,
    nextSegment,
    words: createFreshWords(),
    fresh: new Map(),
    logs: [],
  };
  await readLog(db, slices, state, hash);
  await readGraves(db, state);
  return state;
}

async function readLog(
  db: LocalDb,
  slices: Slices,
  state: IndexState,
  hash: (seed: number, id: string) => number,
): Promise<void> {
  const logs: Log[] = [];
  for (const { key, value } of await db.list('search', 'log/')) {
    const first = Number(key.slice('log/'.length));
    const parsed = v.safeParse(logSchema, value);
    if (!parsed.success || (first > state.columns.size && first > state.watermark)) throw new DamagedIndex('log');
    logs.push({ first, count: parsed.output.docs.length });
    for (const [index, entry] of parsed.output.docs.entries()) {
      if (first + index < state.watermark) continue;
      if (entry === null) addFresh(state, 0, null, new Set());
      else {
        const [eventId, roomId, sender, at, kind, encrypted, text] = entry;
        const message = { eventId, roomId, sender, at, kind, encrypted, text };
        addFresh(state, hash(state.seed, eventId), message, indexWords(text));
      }
      await slices.breathe();
    }
  }
  state.logs = logs;
}

async function readGraves(db: LocalDb, state: IndexState): Promise<void> {
  for (const { key, value } of await db.list('search', 'dead/')) {
    const from = Number(key.slice('dead/'.length)) * GRAVES;
    if (!(value instanceof Uint8Array) || value.length !== GRAVES / 8) throw new DamagedIndex('dead');
    const end = Math.min(from + GRAVES, state.columns.size);
    for (let doc = from; doc < end; doc++) {
      if (((value[(doc % GRAVES) >> 3] ?? 0) & (1 << (doc & 7))) !== 0) state.columns.bury(doc);
    }
  }
}

function names<T extends string>(all: T[]): Names<T> {
  return { all, numbers: new Map(all.map((name, number) => [name, number])) };
}
