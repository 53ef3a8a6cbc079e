import { type EventId, parseEventId, type UserId } from '@besace/protocol/core/ids';
import { withPrev } from '@besace/protocol/core/prev';
import { nextStamp } from '@besace/protocol/core/registers';
import { err, ok, type Result } from '@besace/protocol/core/result';
import { editRoom, type RoomEdit, type RoomObject, roomKind } from '@besace/protocol/features/workspaces';
import type { BesaceError } from '../api/types.ts';
import type { OutboxWork } from '../outbox/outbox.ts';

/** What a room says of itself, as far as it was seen, and the event that said it last. */
export type OwnWords = { readonly object: RoomObject | null; readonly last: string | null };

/**
 * The content of the next version of a room's object, above all that was seen of it and above what waits to be sent; null when the edit
 * changes nothing. `update-needed` where the room says it in words that are too new for us.
 */
export function nextWords(
  seen: OwnWords,
  waiting: readonly OutboxWork[],
  edit: RoomEdit,
  me: UserId,
): Result<Record<string, unknown> | null, BesaceError> {
  if (seen.object === null && seen.last !== null) return err({ code: 'update-needed' });
  const base = waiting.reduce(withWaiting, seen.object ?? roomKind.empty);
  const edited = editRoom(base, edit, nextStamp(roomKind.lamport(base), me));
  if (!edited.ok) return err({ code: 'invalid', detail: edited.error.field });
  return ok(edited.value === base ? null : withPrev(roomKind.encode(edited.value), heads(seen.last)));
}

function withWaiting(base: RoomObject, work: OutboxWork): RoomObject {
  if (work.kind !== 'object' || work.type !== roomKind.type) return base;
  const parsed = roomKind.parse(work.content);
  return parsed.ok ? roomKind.merge(base, parsed.value) : base;
}

function heads(last: string | null): EventId[] {
  const parsed = parseEventId(last);
  return parsed.ok ? [parsed.value] : [];
}
