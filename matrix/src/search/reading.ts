import type { Authority } from '@besace/protocol/core/authority';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { isRecord, own } from '@besace/protocol/core/json';
import { relationOf } from '@besace/protocol/core/relations';
import { isPollStart } from '@besace/protocol/features/polls';
import type { LocalChange, LocalDb } from '../local/db.ts';
import { type Body, bodyOf, type RoomNames } from '../timeline/body.ts';
import { asClear, type Content, type TimelineEvent } from '../timeline/event.ts';
import { type Message, put } from './indexState.ts';
import type { IndexChange, MessageIndex } from './messageIndex.ts';
import {
  type Edit,
  EMPTY_NOTE,
  forgetTexts,
  type Note,
  parseNote,
  presentOf,
  redactedBy,
  withEdit,
  withEditRemoval,
  withOriginal,
  withRemoval,
} from './note.ts';

/** An event as the timeline read it, at its place in the room's stream: a number that only grows with the stream. */
export type PlacedEvent = { readonly event: TimelineEvent; readonly place: number };

/** What reading needs to know of the room. */
export type ReadingRoom = { readonly roomId: RoomId; readonly encrypted: boolean; readonly authority: Authority };

const noteKey = (roomId: RoomId, eventId: EventId) => `note/${roomId}/${eventId}`;

/** Turns events into what changes in the index: messages as they stand now, by the timeline's own rules (T1, T2). */
export interface Reader {
  /** The change of these events, to be committed before the next ones are read. */
  read(room: ReadingRoom, events: readonly PlacedEvent[]): Promise<IndexChange>;
  /** The room's notes are gone. */
  forget(roomId: RoomId): void;
}

export async function createReader(db: LocalDb, index: MessageIndex): Promise<Reader> {
  // Few events have a note: only for those is the disk asked.
  const noted = new Set(await db.keys('search', 'note/'));

  async function load(notes: Map<EventId, Note>, roomId: RoomId, eventId: EventId): Promise<Note> {
    const known = notes.get(eventId);
    if (known !== undefined) return known;
    const key = noteKey(roomId, eventId);
    const stored = noted.has(key) ? parseNote(await db.get('search', key)) : EMPTY_NOTE;
    if (stored.original !== null) return stored;
    const message = await index.get(roomId, eventId);
    return message === null ? stored : withOriginal(stored, message);
  }

  return {
    async read({ roomId, encrypted, authority }, events) {
      const notes = new Map<EventId, Note>();
      const messages = new Map<EventId, Message>();
      const change = async (eventId: EventId, by: (note: Note) => Note) => {
        notes.set(eventId, by(await load(notes, roomId, eventId)));
      };
      for (const { event, place } of events) {
        const { eventId } = event;
        const found = meaningOf(event, place, encrypted);
        if (found === null) continue;
        if (found.kind === 'message') {
          // What was read once stays as it was read, whatever is said later under the same id (T5).
          const key = noteKey(roomId, eventId);
          if (notes.has(eventId) || noted.has(key)) await change(eventId, (note) => withOriginal(note, found.message));
          else if (!messages.has(eventId) && (await index.get(roomId, eventId)) === null)
            messages.set(eventId, found.message);
        } else if (found.kind === 'edit') {
          const own = await load(notes, roomId, eventId);
          notes.set(eventId, { ...own, editOf: found.target });
          const original = messages.get(found.target);
          await change(found.target, (note) => {
            const known = original === undefined ? note : withOriginal(note, original);
            return withEditRemoval(withEdit(known, found.edit), eventId, own);
          });
        } else {
          const original = messages.get(found.target);
          await change(found.target, (note) =>
            withRemoval(original === undefined ? note : withOriginal(note, original), found.by),
          );
          const removed = notes.get(found.target);
          const editOf = removed?.editOf ?? null;
          if (removed !== undefined && editOf !== null)
            await change(editOf, (note) => withEditRemoval(note, found.target, removed));
        }
      }
      const drop: { roomId: RoomId; eventId: EventId }[] = [];
      const changes: LocalChange[] = [];
      for (const [eventId, note] of notes) {
        messages.delete(eventId);
        const present = presentOf(eventId, roomId, note, authority);
        const known = await index.get(roomId, eventId);
        if (present === null && known !== null) drop.push({ roomId, eventId });
        if (present !== null && (present.text !== known?.text || present.kind !== known.kind))
          messages.set(eventId, present);
        changes.push(put(noteKey(roomId, eventId), forgetTexts(note, authority)));
        noted.add(noteKey(roomId, eventId));
      }
      return { put: [...messages.values()], drop, with: changes };
    },
    forget(roomId) {
      for (const key of noted) if (key.startsWith(`note/${roomId}/`)) noted.delete(key);
    },
  };
}

type Meaning =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'edit'; readonly target: EventId; readonly edit: Edit }
  | { readonly kind: 'removal'; readonly target: EventId; readonly by: TimelineEvent['sender'] | null };

function meaningOf(event: TimelineEvent, place: number, encryptedRoom: boolean): Meaning | null {
  const { eventId, roomId, sender, at, reading } = event;
  if (event.stateKey !== null) return null;
  if (reading.kind === 'removed') return { kind: 'removal', target: eventId, by: null };
  const clear = asClear(event);
  if (clear === null || reading.kind !== 'clear') return null;
  if (reading.type === 'm.room.redaction') {
    const target = redactedBy(reading.content);
    return target === null ? null : { kind: 'removal', target, by: sender };
  }
  const isSaid = reading.type === 'm.room.message' || isPollStart(reading.type);
  if (!isSaid || (encryptedRoom && !reading.encrypted)) return null;
  const { encrypted } = reading;
  const relation = relationOf(clear);
  if (relation?.relType !== 'm.replace') {
    const said = saidBy(event, null, encryptedRoom);
    return said === null ? null : { kind: 'message', message: { eventId, roomId, sender, at, encrypted, ...said } };
  }
  const content = own(reading.content, 'm.new_content');
  if (!isRecord(content)) return null;
  const said = saidBy(event, content, encryptedRoom) ?? { kind: null, text: '' };
  const edit = { eventId, sender, encrypted, place, proven: relation.proven, removedBy: [], pruned: false, ...said };
  return { kind: 'edit', target: relation.eventId, edit };
}

/** What can be found of a message: its text, or the name of its file and its caption. Null for what is not shown. */
function saidBy(
  event: TimelineEvent,
  content: Content | null,
  encrypted: boolean,
): Pick<Message, 'kind' | 'text'> | null {
  const names: RoomNames = { encrypted, nameOf: (user) => user, isOutsider: () => false };
  const body: Body | null = bodyOf(event, content, names);
  if (body === null) return null;
  if (body.kind === 'text') return { kind: 'text', text: body.text };
  if (body.kind === 'poll') return { kind: 'text', text: [body.question, ...body.answers].join('\n') };
  if (body.kind === 'location') return { kind: 'text', text: body.label };
  if (!('media' in body)) return null;
  return { kind: body.kind, text: [body.media.name, body.caption].filter(Boolean).join('\n') };
}
