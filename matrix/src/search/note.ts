import type { Authority } from '@besace/protocol/core/authority';
import { type EventId, parseEventId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { mayRedact } from '@besace/protocol/core/redaction';
import { type ClearEvent, checkEdit } from '@besace/protocol/core/relations';
import * as v from 'valibot';
import { eventIdSchema, userIdSchema } from '../local/ids.ts';
import { MESSAGE_KINDS, type Message } from './indexState.ts';

/**
 * What is known about an event that others speak of: kept beside the index for those few, since an edit or a removal may come before the
 * message (history is read backwards), after it, or while it is still locked.
 */
export type Note = {
  /** The message as it was first written; null until it is known, or once it was removed. */
  readonly original: Said | null;
  readonly edits: readonly Edit[];
  /** Who removed this event, be it a message or an edit. */
  readonly removedBy: readonly UserId[];
  /** The server says that the event has no content any more. A line less is no forgery: nobody's right is asked. */
  readonly pruned: boolean;
  /** Where this event is an edit: of which message. */
  readonly editOf: EventId | null;
};

type Said = {
  readonly sender: UserId;
  readonly at: number;
  readonly encrypted: boolean;
  readonly kind: Message['kind'];
  readonly text: string;
};

export type Edit = {
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly encrypted: boolean;
  /** Its place in the room's stream; the last one counts. */
  readonly place: number;
  /** Whether the relation stood inside the ciphertext. */
  readonly proven: boolean;
  /** Null where the new content is nothing that is shown. */
  readonly kind: Message['kind'] | null;
  readonly text: string;
  readonly removedBy: readonly UserId[];
  readonly pruned: boolean;
};

export const EMPTY_NOTE: Note = { original: null, edits: [], removedBy: [], pruned: false, editOf: null };

/** Edits kept of one message, of each sender while the author is not known: the latest. Who edits more often has no way back further. */
const MOST_EDITS = 32;
/** People who tried to remove one event. */
const MOST_REMOVERS = 500;

const kind = v.picklist(MESSAGE_KINDS);
const said = v.object({ sender: userIdSchema, at: v.number(), encrypted: v.boolean(), kind, text: v.string() });
const edit = v.object({
  eventId: eventIdSchema,
  sender: userIdSchema,
  encrypted: v.boolean(),
  place: v.number(),
  proven: v.boolean(),
  kind: v.nullable(kind),
  text: v.string(),
  removedBy: v.array(userIdSchema),
  pruned: v.boolean(),
});
const schema = v.object({
  original: v.nullable(said),
  edits: v.array(edit),
  removedBy: v.array(userIdSchema),
  pruned: v.boolean(),
  editOf: v.nullable(eventIdSchema),
});

export function parseNote(input: unknown): Note {
  const parsed = v.safeParse(schema, input);
  return parsed.success ? parsed.output : EMPTY_NOTE;
}

/** What the message says now; null where it is not known or was removed. Pure, and the same in whatever order the parts came (T4). */
export function presentOf(eventId: EventId, roomId: RoomId, note: Note, authority: Authority): Message | null {
  const { original } = note;
  if (original === null || isRemoved(note, original.sender, authority)) return null;
  const target = clearEvent(eventId, roomId, original, {});
  let last: Edit | null = null;
  for (const edit of note.edits) {
    if (last !== null && edit.place < last.place) continue;
    if (isRemoved(edit, edit.sender, authority) || !isEditOf(target, edit)) continue;
    last = edit;
  }
  const { sender, at, encrypted } = original;
  const { kind, text } = last ?? original;
  // Edited into something that is not shown: nothing of it is found.
  return kind === null ? null : { eventId, roomId, sender, at, encrypted, kind, text };
}

export function withOriginal(note: Note, { sender, at, encrypted, kind, text }: Said): Note {
  if (note.original !== null) return note;
  const edits = note.edits.filter((edit) => edit.sender === sender);
  return { ...note, edits, original: { sender, at, encrypted, kind, text } };
}

export function withEdit(note: Note, edit: Edit): Note {
  if (note.original !== null && note.original.sender !== edit.sender) return note; // nobody edits for another (T1)
  if (note.edits.some(({ eventId }) => eventId === edit.eventId)) return note;
  const others = note.edits.filter(({ sender }) => sender !== edit.sender);
  const own = [...note.edits.filter(({ sender }) => sender === edit.sender), edit].sort((a, b) => a.place - b.place);
  return { ...note, edits: [...others, ...own.slice(-MOST_EDITS)] };
}

export function withRemoval(note: Note, by: UserId | null): Note {
  if (by === null) return { ...note, pruned: true };
  if (note.removedBy.includes(by) || note.removedBy.length >= MOST_REMOVERS) return note;
  return { ...note, removedBy: [...note.removedBy, by] };
}

/** The same, said of one of the edits. */
export function withEditRemoval(note: Note, editId: EventId, { removedBy, pruned }: Note): Note {
  const edits = note.edits.map((edit) => (edit.eventId === editId ? { ...edit, removedBy, pruned } : edit));
  return { ...note, edits };
}

/** Nothing is kept of what was removed but that it was. */
export function forgetTexts(note: Note, authority: Authority): Note {
  if (note.original !== null && isRemoved(note, note.original.sender, authority)) {
    return { ...note, original: { ...note.original, text: '' }, edits: [] };
  }
  const edits = note.edits.map((one) => (isRemoved(one, one.sender, authority) ? { ...one, text: '' } : one));
  return { ...note, edits };
}

/** The event that a redaction speaks of. */
export function redactedBy(content: Readonly<Record<string, unknown>>): EventId | null {
  const id = parseEventId(content.redacts);
  return id.ok ? id.value : null;
}

function isRemoved(what: Pick<Note, 'removedBy' | 'pruned'>, author: UserId, authority: Authority): boolean {
  return what.pruned || what.removedBy.some((by) => mayRedact(authority, by, author));
}

/** By the rules of the protocol (T1). What the edit says was read when it came: the rules ask for its presence only. */
function isEditOf(target: ClearEvent, edit: Edit): boolean {
  const relation = { rel_type: 'm.replace', event_id: target.eventId };
  const inside = edit.proven || !edit.encrypted;
  const event: ClearEvent = {
    ...clearEvent(edit.eventId, target.roomId, edit, {
      'm.new_content': {},
      ...(inside ? { 'm.relates_to': relation } : {}),
    }),
    wireRelation: inside ? null : relation,
  };
  return checkEdit(target, event, { allowUnproven: true }).ok;
}

function clearEvent(
  eventId: EventId,
  roomId: RoomId,
  { sender, encrypted }: { readonly sender: UserId; readonly encrypted: boolean },
  content: Readonly<Record<string, unknown>>,
): ClearEvent {
  return {
    eventId,
    roomId,
    sender,
    type: 'm.room.message',
    isState: false,
    encrypted,
    content,
    wireRelation: null,
  };
}
