import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { parseEventId, parseUserId } from '@besace/protocol/core/ids';

/**
 * An event of a room as the server gave it, checked for shape only: nothing in `content` or `unsigned` is to be believed. Its JSON may
 * still be ciphertext (`m.room.encrypted`).
 */
export type RawEvent = {
  readonly event_id: EventId;
  readonly room_id: RoomId;
  readonly type: string;
  readonly sender: UserId;
  /** Server time, ms: for display only (T4). */
  readonly origin_server_ts: number;
  /** Present for state only. */
  readonly state_key?: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** Set by the server on redacted events of v11+ rooms' `redacts`, read from content instead. */
  readonly unsigned: Readonly<Record<string, unknown>>;
};

/** Reads an event of a sync or of a GET; null where its shape is wrong: one bad event costs one event (T7). */
export function parseRawEvent(input: unknown, roomId: RoomId): RawEvent | null {
  if (!isRecord(input)) return null;
  const eventId = parseEventId(input.event_id);
  const sender = parseUserId(input.sender);
  const { type, content, state_key, unsigned, origin_server_ts } = input;
  if (!eventId.ok || !sender.ok || typeof type !== 'string' || !isRecord(content)) return null;
  if (state_key !== undefined && typeof state_key !== 'string') return null;
  if (typeof input.room_id === 'string' && input.room_id !== roomId) return null;
  return {
    event_id: eventId.value,
    room_id: roomId,
    type,
    sender: sender.value,
    origin_server_ts: typeof origin_server_ts === 'number' && Number.isFinite(origin_server_ts) ? origin_server_ts : 0,
    ...(state_key === undefined ? {} : { state_key }),
    content,
    unsigned: isRecord(unsigned) ? unsigned : {},
  };
}

/** Every event of the list that has the shape of one. */
export function parseRawEvents(input: unknown, roomId: RoomId): RawEvent[] {
  if (!Array.isArray(input)) return [];
  return input.map((event) => parseRawEvent(event, roomId)).filter((event) => event !== null);
}

export function isRecord(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
