import { type EventId, parseEventId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { isPollStart, parsePollStart } from '@besace/protocol/features/polls';
import type { RoomSummary } from '../api/types.ts';
import type { CryptoPort } from '../session/context.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { isRecord } from '../sync/rawEvent.ts';
import { lineOf } from './lineOf.ts';
import { localpart } from './roomModel.ts';

/** One line of what was said last, from verified content only. State events and what does not open leave the line before. */
export interface Previews {
  of(roomId: RoomId): RoomSummary['preview'];
  /** Tries the latest event of a room. Gives true when the line changed. */
  refresh(room: PreviewRoom, event: RawEvent): Promise<boolean>;
  /** Keys came: what did not open is tried again at the next `refresh`. */
  forgetTried(roomId: RoomId): void;
  /** This event was removed: its line is not shown any longer, nor kept. */
  remove(roomId: RoomId, eventId: EventId): void;
  preload(roomId: RoomId, shown: Shown): void;
  known(roomId: RoomId): Shown | undefined;
}

/** The line of a room, with the message that it is of: what an edit or a removal of that message changes. */
export type Shown = {
  readonly eventId: string;
  /** Null where an earlier life did not keep it. */
  readonly author: string | null;
  readonly preview: RoomSummary['preview'];
};

export type PreviewRoom = {
  readonly roomId: RoomId;
  readonly encrypted: boolean;
  member(user: UserId): { readonly name: string } | undefined;
};

export function createPreviews(crypto: CryptoPort): Previews {
  const shown = new Map<RoomId, Shown>();
  const tried = new Map<RoomId, EventId>();
  return {
    of: (roomId) => shown.get(roomId)?.preview ?? null,
    async refresh(room, event) {
      const { roomId } = room;
      const id = event.event_id;
      if (event.state_key !== undefined || tried.get(roomId) === id || shown.get(roomId)?.eventId === id) return false;
      tried.set(roomId, id);
      const content = await clearMessage(crypto, room.encrypted, event);
      const edited = content === null ? null : editedBy(content);
      const text = content === null ? null : lineOf(edited?.content ?? content);
      if (text === null || tried.get(roomId) !== id) return false;
      const known = shown.get(roomId);
      // Only its author changes what she said.
      const own = edited === null || (known?.eventId === edited.target && known?.author === event.sender);
      if (!own) return false;
      shown.set(roomId, {
        eventId: edited === null || known === undefined ? id : known.eventId,
        author: event.sender,
        preview: { sender: room.member(event.sender)?.name ?? localpart(event.sender), text },
      });
      return true;
    },
    forgetTried: (roomId) => {
      tried.delete(roomId);
    },
    remove(roomId, eventId) {
      if (shown.get(roomId)?.eventId === eventId) shown.delete(roomId);
    },
    preload(roomId, line) {
      if (!shown.has(roomId)) shown.set(roomId, line);
    },
    known: (roomId) => shown.get(roomId),
  };
}

/** The event that is said to be removed by this one, or to be removed itself: a line less is no forgery, so nobody's right is asked. */
export function removedBy(event: RawEvent): EventId | null {
  if (isRecord(event.unsigned.redacted_because)) return event.event_id;
  const target = event.type === 'm.room.redaction' ? parseEventId(event.content.redacts) : null;
  return target?.ok ? target.value : null;
}

async function clearMessage(
  crypto: CryptoPort,
  encrypted: boolean,
  event: RawEvent,
): Promise<Readonly<Record<string, unknown>> | null> {
  if (event.type === 'm.room.message') return encrypted ? null : event.content;
  const clear = await crypto.decrypt(event);
  if (!clear.ok) return null;
  const { type, content } = clear.value;
  if (isPollStart(type)) return { ...content, body: parsePollStart(content)?.question };
  return type === 'm.room.message' ? content : null;
}

/** What this message changes, and into what; null for one that is said for itself. */
function editedBy(content: Readonly<Record<string, unknown>>) {
  const relation = content['m.relates_to'];
  if (!isRecord(relation) || relation.rel_type !== 'm.replace') return null;
  const fresh = content['m.new_content'];
  return { target: relation.event_id, content: isRecord(fresh) ? fresh : {} };
}
