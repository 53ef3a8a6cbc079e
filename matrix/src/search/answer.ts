import { parseRoomId, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import type { SearchHit, SearchInput, SearchLine, SearchPage } from '../api/types.ts';
import { type Found, neighbours, type Place, type Question } from './find.ts';
import type { Message } from './indexState.ts';
import type { MessageIndex } from './messageIndex.ts';
import { matchesIn, queryWords } from './words.ts';

/** Longest question that is read, UTF-16 units. */
const MAX_QUERY = 500;
const MOST_HITS = 50;
const USUAL_HITS = 20;
/** Shown of a message, and of it before the first match, UTF-16 units. */
const SNIPPET = 280;
const BEFORE_MATCH = 80;
/** Shown of the lines around. */
const LINE = 140;
const MOST_RANGES = 12;

/** The person's question as the index takes it; null when it asks for nothing. */
export function questionOf({ query, filters = {}, limit = USUAL_HITS, cursor = null }: SearchInput): Question | null {
  const words = queryWords(query.slice(0, MAX_QUERY));
  const sender = filters.sender === undefined ? null : parseUserId(filters.sender);
  const room = filters.roomId === undefined ? null : parseRoomId(filters.roomId);
  if (sender?.ok === false || room?.ok === false) return null;
  const question: Question = {
    words,
    sender: sender?.ok ? sender.value : null,
    roomId: room?.ok ? room.value : null,
    from: filters.from ?? null,
    before: filters.before ?? null,
    hasFile: filters.hasFile ?? false,
    limit: Math.min(MOST_HITS, Math.max(1, Math.floor(limit))),
    after: parsePlace(cursor),
  };
  const filtered = question.sender !== null || question.hasFile;
  // A question of signs alone finds nothing, rather than everything.
  return words.length > 0 || (filtered && query.trim() === '') ? question : null;
}

/** What is shown of what was found: each message with the one before and after it. */
export async function answerOf(
  index: MessageIndex,
  question: Question,
  found: Found,
  person: (roomId: RoomId, user: UserId) => { readonly name: string; readonly outsider: boolean },
): Promise<SearchPage> {
  const around = neighbours(
    index,
    found.places.map(({ doc }) => doc),
  );
  const hits = await Promise.all(
    found.places.map(async ({ doc }): Promise<SearchHit | []> => {
      const near = around.get(doc);
      const [message, before, after] = await Promise.all(
        [doc, near?.before ?? null, near?.after ?? null].map((one) => (one === null ? null : index.read(one))),
      );
      // Removed while it was looked for.
      if (message === null || message === undefined) return [];
      await index.slices.breathe();
      const { roomId, eventId, sender, at, kind } = message;
      return {
        roomId,
        eventId,
        sender,
        ...senderOf(message),
        at,
        kind,
        ...snippetOf(message.text, question.words),
        before: lineOf(before ?? null),
        after: lineOf(after ?? null),
      };
    }),
  );
  const last = found.places.at(-1);
  const more = last !== undefined && found.places.length === question.limit;
  return {
    hits: hits.flat(),
    total: found.total,
    partial: found.partial,
    next: more ? `${last.at}/${last.doc}` : null,
  };

  function senderOf({ roomId, sender }: Message) {
    const { name, outsider } = person(roomId, sender);
    return { senderName: name, outsider };
  }
  function lineOf(message: Message | null): SearchLine | null {
    return message === null ? null : { senderName: senderOf(message).senderName, text: message.text.slice(0, LINE) };
  }
}

/** The part of a text around what was found in it, and where in that part. */
export function snippetOf(text: string, words: readonly string[]): Pick<SearchHit, 'text' | 'ranges' | 'cut'> {
  const ranges = words.length === 0 ? [] : matchesIn(text, words, MOST_RANGES);
  const first = ranges[0]?.[0] ?? 0;
  const from = text.length <= SNIPPET ? 0 : wordStart(text, Math.max(0, first - BEFORE_MATCH));
  const to = Math.min(text.length, from + SNIPPET);
  return {
    text: text.slice(from, to),
    ranges: ranges
      .filter(([start]) => start >= from && start < to)
      .map(([start, end]) => [start - from, Math.min(end, to) - from] as const),
    cut: { start: from > 0, end: to < text.length },
  };
}

/** The beginning of the word after this place, if it is near: no word is cut in two, and no character either. */
function wordStart(text: string, at: number): number {
  if (at === 0) return 0;
  const space = text.indexOf(' ', at);
  if (space >= 0 && space - at < BEFORE_MATCH / 2) return space + 1;
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}

function parsePlace(cursor: string | null): Place | null {
  const [at, doc] = (cursor ?? '').split('/').map(Number);
  return Number.isFinite(at) && Number.isSafeInteger(doc) && at !== undefined && doc !== undefined ? { at, doc } : null;
}
