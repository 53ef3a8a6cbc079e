import * as v from 'valibot';
import type { LocalDb } from '../local/db.ts';
import { type Block, createBlockWriter, type Posting, postingsOf, visitPrefix } from './block.ts';
import type { Slices } from './slices.ts';

/**
 * The words of the documents `from` to before `to`, sorted, in sealed blocks that are never changed. Segments follow one another without
 * holes; neighbours are merged into new ones.
 */
export type Segment = {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  /** Sealed bytes of its blocks. */
  readonly bytes: number;
  /** The first word of each block. */
  readonly firsts: readonly string[];
};

/** A block that should be there is not, or was not sealed by us: the index has to be made again. */
export class DamagedIndex extends Error {}

/** Clear bytes of a block: small enough to be read for one word, large enough that a million of words stay few blocks. */
const BLOCK_BYTES = 16 * 1024;
/** Blocks written in one transaction. */
const BATCH = 8;
/** Blocks that one word of a question may read of one segment: 4 MB, which only what was made to hurt reaches. */
const MOST_BLOCKS = 256;
/** Clear blocks kept in memory, bytes. */
const CACHE_BYTES = 6 * 1024 * 1024;

export const firstsSchema = v.array(v.string());

export const segmentPrefix = (id: number) => `segment/${id}/`;
export const firstsKey = (id: number) => `${segmentPrefix(id)}firsts`;
export const columnsKey = (id: number) => `${segmentPrefix(id)}columns`;
const blockKey = (id: number, block: number) => `${segmentPrefix(id)}${String(block).padStart(6, '0')}`;

/** Writes a segment of sorted words. It counts once its owner has written that it exists. */
export async function writeSegment(
  db: LocalDb,
  slices: Slices,
  { id, from, to }: Pick<Segment, 'id' | 'from' | 'to'>,
  postings: AsyncIterable<Posting> | Iterable<Posting>,
): Promise<Segment> {
  const writer = createBlockWriter(from);
  const firsts: string[] = [];
  let waiting: { store: 'search'; key: string; value: Block }[] = [];
  let bytes = 0;
  const close = async () => {
    const { first, bytes: block } = writer.take();
    waiting.push({ store: 'search', key: blockKey(id, firsts.length), value: block });
    firsts.push(first);
    bytes += block.length;
    if (waiting.length < BATCH) return;
    await db.write(waiting);
    waiting = [];
  };
  for await (const posting of postings) {
    if (posting.docs.length === 0) continue;
    writer.add(posting);
    if (writer.size >= BLOCK_BYTES) await close();
    await slices.breathe();
  }
  if (writer.size > 0) await close();
  await db.write([...waiting, { store: 'search', key: firstsKey(id), value: firsts }]);
  return { id, from, to, bytes, firsts };
}

/** Every word of a segment, in order. */
export async function* readSegment(db: LocalDb, segment: Segment): AsyncGenerator<Posting> {
  for (let index = 0; index < segment.firsts.length; index++) {
    yield* postingsOf(await readBlock(db, segment, index), segment.from);
  }
}

/** Joins sorted sources into one; the sources' documents follow one another in their order. Documents that `keep` refuses are left out. */
export async function* mergePostings(
  sources: readonly (AsyncIterable<Posting> | Iterable<Posting>)[],
  keep: (doc: number) => boolean,
): AsyncGenerator<Posting> {
  const heads: { posting: Posting; next: () => Promise<Posting | null> }[] = [];
  for (const source of sources) {
    const iterator = iteratorOf(source);
    const next = async () => {
      const { value, done } = await iterator.next();
      return done === true ? null : (value as Posting);
    };
    const posting = await next();
    if (posting !== null) heads.push({ posting, next });
  }
  while (heads.length > 0) {
    let term = heads[0]?.posting.term ?? '';
    for (const { posting } of heads) if (posting.term < term) term = posting.term;
    const docs: number[] = [];
    for (let index = 0; index < heads.length; index++) {
      const head = heads[index];
      if (head === undefined || head.posting.term !== term) continue;
      for (const doc of head.posting.docs) if (keep(doc)) docs.push(doc);
      const following = await head.next();
      if (following !== null) head.posting = following;
      else heads.splice(index--, 1);
    }
    yield { term, docs };
  }
}

/** Reads words of segments, and keeps the blocks that were read last. */
export interface SegmentReader {
  /** Calls `visit` for each document with a word that begins with `prefix`. False when the word was too common to be read whole. */
  visit(segment: Segment, prefix: string, visit: (doc: number) => void): Promise<boolean>;
  forget(): void;
}

export function createSegmentReader(db: LocalDb): SegmentReader {
  const cache = new Map<string, Block>();
  let kept = 0;

  async function block(segment: Segment, index: number): Promise<Block> {
    const key = blockKey(segment.id, index);
    const known = cache.get(key);
    if (known !== undefined) {
      cache.delete(key);
      cache.set(key, known);
      return known;
    }
    const read = await readBlock(db, segment, index);
    if (!cache.has(key)) kept += read.length;
    cache.set(key, read);
    for (const [oldest, { length }] of cache) {
      if (kept <= CACHE_BYTES) break;
      cache.delete(oldest);
      kept -= length;
    }
    return read;
  }

  return {
    async visit(segment, prefix, visit) {
      const [first, end] = blocksOf(segment.firsts, prefix);
      const last = Math.min(end, first + MOST_BLOCKS);
      const blocks = await Promise.all(
        Array.from({ length: last - first }, (_, offset) => block(segment, first + offset)),
      );
      for (const bytes of blocks) visitPrefix(bytes, segment.from, prefix, visit);
      return last === end;
    },
    forget() {
      cache.clear();
      kept = 0;
    },
  };
}

async function readBlock(db: LocalDb, segment: Segment, index: number): Promise<Block> {
  const value = await db.get('search', blockKey(segment.id, index));
  if (!(value instanceof Uint8Array)) throw new DamagedIndex(`block ${index} of segment ${segment.id}`);
  return value as Block;
}

/** The blocks that may hold words that begin with `prefix`: from the last that begins before it, to the first that begins after. */
function blocksOf(firsts: readonly string[], prefix: string): [from: number, end: number] {
  const from = countBefore(firsts, (first) => first < prefix);
  const end = countBefore(firsts, (first) => first < prefix || first.startsWith(prefix));
  return [Math.max(0, from - 1), end];
}

function countBefore(sorted: readonly string[], isBefore: (value: string) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(sorted[middle] ?? '')) low = middle + 1;
    else high = middle;
  }
  return low;
}

function iteratorOf(source: AsyncIterable<Posting> | Iterable<Posting>): AsyncIterator<Posting> | Iterator<Posting> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
