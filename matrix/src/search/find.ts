import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { MESSAGE_KINDS } from './indexState.ts';
import type { MessageIndex } from './messageIndex.ts';
import { DamagedIndex } from './segment.ts';

export type Question = {
  /** Folded; each must begin a word of the message. None: every message that passes the filters. */
  readonly words: readonly string[];
  readonly sender: UserId | null;
  readonly roomId: RoomId | null;
  /** Server time, ms: from, and before. */
  readonly from: number | null;
  readonly before: number | null;
  readonly hasFile: boolean;
  readonly limit: number;
  /** After this document in the order of the answer. */
  readonly after: Place | null;
};

export type Place = { readonly at: number; readonly doc: number };

export type Found = {
  /** Newest first. */
  readonly places: readonly Place[];
  /** How many match in all. */
  readonly total: number;
  /** A word was too common to be looked for everywhere. */
  readonly partial: boolean;
};

/** Finds the documents of a question, latest first by the server's date (for display, T4). */
export async function find(index: MessageIndex, question: Question): Promise<Found> {
  for (;;) {
    const { segments } = index.state;
    try {
      return await findIn(index, question);
    } catch (thrown) {
      // Segments were merged while they were read: those that took their place are asked.
      if (!(thrown instanceof DamagedIndex) || index.state.segments === segments) throw thrown;
    }
  }
}

async function findIn({ state, reader, gone }: MessageIndex, question: Question): Promise<Found> {
  // Taken together, as they belong together.
  const { segments, words, columns } = state;
  const size = columns.size;
  /** How many of the words, in order, each document has. */
  const has = new Uint8Array(size);
  let partial = false;
  for (const [at, word] of question.words.entries()) {
    const visit = (doc: number) => {
      if (has[doc] === at && doc < size) has[doc] = at + 1;
    };
    words.visit(word, visit);
    const whole = await Promise.all(segments.map((segment) => reader.visit(segment, word, visit)));
    partial ||= whole.includes(false);
  }
  const wanted = question.words.length;
  const room = question.roomId === null ? null : (state.rooms.numbers.get(question.roomId) ?? -1);
  const sender = question.sender === null ? null : (state.senders.numbers.get(question.sender) ?? -1);
  const text = MESSAGE_KINDS.indexOf('text');
  const hidden = new Set([...gone].map((roomId) => state.rooms.numbers.get(roomId)));
  const places: Place[] = [];
  let total = 0;
  for (let doc = 0; doc < size; doc++) {
    if (has[doc] !== wanted || columns.dead(doc)) continue;
    if (room !== null && columns.room(doc) !== room) continue;
    if (sender !== null && columns.sender(doc) !== sender) continue;
    if (question.hasFile && columns.kind(doc) === text) continue;
    const at = columns.at(doc);
    if (question.from !== null && at < question.from) continue;
    if (question.before !== null && at >= question.before) continue;
    if (hidden.size > 0 && hidden.has(columns.room(doc))) continue;
    total += 1;
    if (question.after === null || isAfter({ at, doc }, question.after)) insert(places, { at, doc }, question.limit);
  }
  return { places, total, partial };
}

/** The messages just before and after each document in its room, by date: what makes a line understood. */
export function neighbours(index: MessageIndex, docs: readonly number[]): ReadonlyMap<number, Neighbours> {
  const { columns } = index.state;
  const byRoom = new Map<number, { place: Place; before: Place | null; after: Place | null }[]>();
  for (const doc of docs) {
    const hits = byRoom.get(columns.room(doc)) ?? [];
    hits.push({ place: { doc, at: columns.at(doc) }, before: null, after: null });
    byRoom.set(columns.room(doc), hits);
  }
  // Rooms have small numbers: a table tells at once which documents are of no interest.
  const wanted = new Uint8Array(index.state.rooms.all.length);
  for (const room of byRoom.keys()) wanted[room] = 1;
  for (let doc = 0; doc < columns.size; doc++) {
    const room = columns.room(doc);
    if (wanted[room] !== 1 || columns.dead(doc)) continue;
    const at = columns.at(doc);
    for (const hit of byRoom.get(room) ?? []) {
      if (doc === hit.place.doc) continue;
      if (at < hit.place.at || (at === hit.place.at && doc < hit.place.doc)) {
        if (hit.before === null || at >= hit.before.at) hit.before = { at, doc };
      } else if (hit.after === null || at < hit.after.at) hit.after = { at, doc };
    }
  }
  return new Map(
    [...byRoom.values()]
      .flat()
      .map(({ place, before, after }) => [place.doc, { before: before?.doc ?? null, after: after?.doc ?? null }]),
  );
}

export type Neighbours = { readonly before: number | null; readonly after: number | null };

/** Whether `place` comes after `other` in an answer: it is older. */
function isAfter(place: Place, other: Place): boolean {
  return place.at < other.at || (place.at === other.at && place.doc < other.doc);
}

/** Keeps the first `limit` places of the answer, in order. */
function insert(places: Place[], place: Place, limit: number): void {
  const last = places.at(-1);
  if (places.length >= limit) {
    if (last === undefined || isAfter(place, last)) return;
    places.pop();
  }
  let at = places.length;
  while (at > 0) {
    const other = places[at - 1];
    if (other === undefined || isAfter(place, other)) break;
    at -= 1;
  }
  places.splice(at, 0, place);
}
