import { type EventId, parseEventId, type RoomId, type UserId } from './ids.ts';
import { isRecord, own } from './json.ts';
import { err, ok, type Result } from './result.ts';

/** An event as one reads it oneself: identity from the wire, content from decryption, never a library's merged view (T1). */
export type ClearEvent = {
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly sender: UserId;
  /** The inner type, after decryption. */
  readonly type: string;
  readonly isState: boolean;
  /** Whether content and type came out of decryption. */
  readonly encrypted: boolean;
  /** Clear content as decrypted, with the `m.relates_to` that stands inside the ciphertext, if any. */
  readonly content: unknown;
  /** `m.relates_to` of the wire content, beside the ciphertext: what a server can change. */
  readonly wireRelation: unknown;
};

export type Relation = {
  readonly relType: string;
  readonly eventId: EventId;
  /** `key` of an annotation, else null. */
  readonly key: string | null;
  /** Whether it stood inside the ciphertext. A relation that a server could have made is shown as unproven (T1). */
  readonly proven: boolean;
};

export type EditRefusal =
  | 'not-an-edit'
  | 'unproven' // the relation stands outside the ciphertext
  | 'other-event'
  | 'other-sender'
  | 'other-room'
  | 'other-type'
  | 'not-encrypted' // the original is encrypted and the edit is not, or the other way round
  | 'state-event'
  | 'edit-of-edit'
  | 'no-new-content';

const MAX_KEY = 255;

/** The relation of an event: the inner copy wins; one that is on the wire only is unproven. Null when there is none or it does not parse. */
export function relationOf(event: ClearEvent): Relation | null {
  const inner = isRecord(event.content) ? own(event.content, 'm.relates_to') : undefined;
  if (inner !== undefined) return parseRelation(inner, event.encrypted);
  return event.encrypted ? parseRelation(event.wireRelation, false) : null;
}

/** The event that this one answers (`m.in_reply_to`), by the same rules. */
export function replyOf(event: ClearEvent): { readonly eventId: EventId; readonly proven: boolean } | null {
  const inner = isRecord(event.content) ? own(event.content, 'm.relates_to') : undefined;
  const relation = inner !== undefined || !event.encrypted ? inner : event.wireRelation;
  if (!isRecord(relation)) return null;
  const reply = own(relation, 'm.in_reply_to');
  const id = parseEventId(isRecord(reply) ? own(reply, 'event_id') : undefined);
  return id.ok ? { eventId: id.value, proven: event.encrypted && inner !== undefined } : null;
}

/**
 * The new content of `edit` for `original`, or why it does not count (T1, measured facts 1 and 2). `allowUnproven` is for chat only, where
 * other Matrix clients leave the inner copy out: the caller then shows the edit as unproven. Our own types always need the proof.
 */
export function checkEdit(
  original: ClearEvent,
  edit: ClearEvent,
  options: { readonly allowUnproven: boolean },
): Result<{ readonly content: Readonly<Record<string, unknown>>; readonly proven: boolean }, EditRefusal> {
  const relation = relationOf(edit);
  if (relation === null || relation.relType !== 'm.replace') return err('not-an-edit');
  if (relation.eventId !== original.eventId || edit.eventId === original.eventId) return err('other-event');
  if (edit.roomId !== original.roomId) return err('other-room');
  if (edit.sender !== original.sender) return err('other-sender');
  if (edit.isState || original.isState) return err('state-event');
  if (edit.encrypted !== original.encrypted) return err('not-encrypted');
  if (edit.type !== original.type) return err('other-type');
  if (edit.encrypted && !relation.proven && !options.allowUnproven) return err('unproven');
  if (relationOf(original)?.relType === 'm.replace') return err('edit-of-edit');
  const content = isRecord(edit.content) ? own(edit.content, 'm.new_content') : undefined;
  if (!isRecord(content)) return err('no-new-content');
  return ok({ content, proven: relation.proven });
}

function parseRelation(input: unknown, proven: boolean): Relation | null {
  if (!isRecord(input)) return null;
  const relType = own(input, 'rel_type');
  const eventId = parseEventId(own(input, 'event_id'));
  if (typeof relType !== 'string' || relType.length > MAX_KEY || !eventId.ok) return null;
  const key = own(input, 'key');
  return {
    relType,
    eventId: eventId.value,
    key: typeof key === 'string' && key.length <= MAX_KEY ? key : null,
    proven,
  };
}
