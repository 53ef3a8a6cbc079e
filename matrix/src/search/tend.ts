import type { LocalChange, LocalDb } from '../local/db.ts';
import { createFreshWords } from './freshWords.ts';
import {
  CHUNK,
  chunkKey,
  type IndexState,
  type LiveSegment,
  logKey,
  metaChange,
  namesChange,
  put,
} from './indexState.ts';
import type { MessageIndex } from './messageIndex.ts';
import { columnsKey, mergePostings, readSegment, segmentPrefix, writeSegment } from './segment.ts';
import { indexWords } from './words.ts';

/** Documents of the log that become a segment. */
const FLUSH_DOCS = 4_096;
/** Words of documents in memory that make it become one sooner: one sender must not fill the memory (T3). */
const FLUSH_POSTINGS = 150_000;
/** Chunks of texts written in one transaction. */
const CHUNKS_TOGETHER = 8;
/** Of a text, kept to be shown, UTF-16 units: what is found further on is found, and shown by its beginning. */
const KEPT_TEXT = 8 * 1024;
/** Segments of one size that are merged into one. */
const FAN = 4;
/** A segment is written again when so much of it is dead. */
const MOST_STALE = 0.05;

/**
 * Does one piece of the index's housekeeping, in slices. False when there is nothing to do. One call at a time. `docs`: how many documents of the log
 * become a segment.
 */
export async function tend(db: LocalDb, index: MessageIndex, { docs = FLUSH_DOCS } = {}): Promise<boolean> {
  const { state } = index;
  const waiting = state.columns.size - state.watermark;
  if (waiting >= docs || (state.words.postings >= FLUSH_POSTINGS && waiting >= CHUNK)) {
    await index.inTurn(() => flush(db, index));
    return true;
  }
  const group = groupToMerge(state.segments);
  if (group === null) return false;
  await merge(db, index, group);
  return true;
}

/** Makes a segment of whole chunks of the log. */
async function flush(db: LocalDb, { state, slices }: MessageIndex): Promise<void> {
  const from = state.watermark;
  const to = from + Math.floor((state.columns.size - from) / CHUNK) * CHUNK;
  if (to === from) return;
  const id = state.nextSegment;
  const alive = (doc: number) => !state.columns.dead(doc);
  const postings = await state.words.before(to, slices, alive);
  const segment: LiveSegment = { ...(await writeSegment(db, slices, { id, from, to }, postings)), stale: 0 };

  const texts: LocalChange[] = [];
  for (let at = from; at < to; at += CHUNK) {
    const entries = Array.from({ length: CHUNK }, (_, index) => {
      const message = state.fresh.get(at + index) ?? null;
      return message === null ? null : [message.eventId, message.text.slice(0, KEPT_TEXT)];
    });
    texts.push(put(chunkKey(at / CHUNK), entries));
    // In some transactions: sealing all at once would hold the thread. Until the last one the log says it all.
    if (texts.length < CHUNKS_TOGETHER) continue;
    await db.write(texts.splice(0));
    await slices.breathe();
  }
  const words = createFreshWords();
  for (let doc = to; doc < state.columns.size; doc++) {
    words.add(doc, indexWords(state.fresh.get(doc)?.text ?? ''));
    await slices.breathe();
  }
  const done = state.logs.filter(({ first, count }) => first + count <= to);
  const next = { ...state, watermark: to, nextSegment: id + 1, segments: [...state.segments, segment] };
  await db.write([
    ...texts,
    ...done.map(({ first }) => ({ store: 'search' as const, key: logKey(first), remove: true as const })),
    put(columnsKey(id), state.columns.pack(from, to)),
    namesChange(state),
    metaChange(next),
  ]);
  takeOver(state, next);
  state.words = words;
  state.logs = state.logs.filter((log) => !done.includes(log));
  for (let doc = from; doc < to; doc++) state.fresh.delete(doc);
}

/** Writes neighbours again as one, without their dead. Commits go on meanwhile; questions read the old ones until it is done. */
async function merge(db: LocalDb, index: MessageIndex, group: readonly LiveSegment[]): Promise<void> {
  const { state, slices, reader } = index;
  const [first, last] = [group[0], group.at(-1)];
  if (first === undefined || last === undefined) return;
  const id = await index.inTurn(async () => {
    const mine = state.nextSegment;
    state.nextSegment += 1;
    return mine;
  });
  const stale = group.reduce((sum, segment) => sum + segment.stale, 0);
  const alive = (doc: number) => !state.columns.dead(doc);
  const sources = group.map((segment) => readSegment(db, segment));
  const merged = await writeSegment(db, slices, { id, from: first.from, to: last.to }, mergePostings(sources, alive));
  await index.inTurn(async () => {
    // Those that died while it was written are still in it.
    const since = group.reduce((sum, segment) => sum + segment.stale, 0) - stale;
    const at = state.segments.indexOf(first);
    const segments = [
      ...state.segments.slice(0, at),
      { ...merged, stale: since },
      ...state.segments.slice(at + group.length),
    ];
    const next = { ...state, segments };
    await db.write([put(columnsKey(id), state.columns.pack(first.from, last.to)), metaChange(next)]);
    takeOver(state, next);
  });
  for (const { id: old } of group) await db.clear('search', segmentPrefix(old));
  reader.forget();
}

function takeOver(state: IndexState, next: Pick<IndexState, 'watermark' | 'nextSegment' | 'segments'>): void {
  state.watermark = next.watermark;
  state.nextSegment = next.nextSegment;
  state.segments = next.segments;
}

/** The newest neighbours of about one size, or a segment with too many dead; null when all is well. */
function groupToMerge(segments: readonly LiveSegment[]): readonly LiveSegment[] | null {
  for (let at = segments.length - FAN; at >= 0; at--) {
    const group = segments.slice(at, at + FAN);
    if (new Set(group.map(levelOf)).size === 1) return group;
  }
  const sick = segments.find(({ from, to, stale }) => stale > (to - from) * MOST_STALE);
  return sick === undefined ? null : [sick];
}

/** How often a segment of this size was made of `FAN` smaller ones. */
function levelOf({ from, to }: LiveSegment): number {
  return Math.floor(Math.log((to - from) / CHUNK) / Math.log(FAN));
}
