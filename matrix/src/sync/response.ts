import { parseRoomId, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import { isRecord, parseRawEvents, type RawEvent } from './rawEvent.ts';

/** What one sync answer says of a room. Absent numbers and lists mean "unchanged". */
export type RoomDelta = {
  readonly roomId: RoomId;
  readonly initial: boolean;
  readonly expanded: boolean;
  readonly limited: boolean;
  readonly prevBatch: string | null;
  readonly requiredState: readonly RawEvent[];
  readonly timeline: readonly RawEvent[];
  /** Stripped state of an invitation or a knock: type, state_key, sender, content only. */
  readonly inviteState: readonly StrippedEvent[] | null;
  readonly heroes: readonly Hero[] | null;
  readonly joinedCount: number | null;
  readonly invitedCount: number | null;
};

export type StrippedEvent = {
  readonly type: string;
  readonly stateKey: string;
  readonly sender: UserId;
  readonly content: Readonly<Record<string, unknown>>;
};

export type Hero = { readonly userId: UserId; readonly name: string | null };

export type SyncAnswer = {
  readonly pos: string;
  /** How many rooms the account has; null where the answer does not say. */
  readonly total: number | null;
  readonly rooms: readonly RoomDelta[];
  readonly toDevice: { readonly events: readonly Record<string, unknown>[]; readonly nextBatch: string } | null;
  readonly e2ee: {
    readonly changed: readonly string[];
    readonly left: readonly string[];
    readonly oneTimeKeys: Readonly<Record<string, number>> | null;
    readonly fallbackKeys: readonly string[] | null;
  } | null;
  readonly accountData: readonly { readonly type: string; readonly content: Readonly<Record<string, unknown>> }[];
  /** Rooms whose `m.marked_unread` came, and what it says. */
  readonly markedUnread: ReadonlyMap<RoomId, boolean>;
  readonly receipts: ReadonlyMap<RoomId, Readonly<Record<string, unknown>>>;
  readonly typing: ReadonlyMap<RoomId, readonly UserId[]>;
};

const strings = v.fallback(v.array(v.string()), []);
const record = v.record(v.string(), v.unknown());

const answerSchema = v.object({
  pos: v.string(),
  lists: v.optional(v.record(v.string(), v.object({ count: v.number() })), {}),
  rooms: v.optional(record, {}),
  extensions: v.optional(
    v.object({
      to_device: v.nullish(v.object({ next_batch: v.string(), events: v.optional(v.array(v.unknown()), []) })),
      e2ee: v.nullish(
        v.object({
          device_lists: v.nullish(v.object({ changed: v.optional(strings, []), left: v.optional(strings, []) })),
          device_one_time_keys_count: v.nullish(v.record(v.string(), v.number())),
          device_unused_fallback_key_types: v.nullish(v.array(v.string())),
        }),
      ),
      account_data: v.nullish(
        v.object({ global: v.optional(v.array(v.unknown()), []), rooms: v.fallback(record, {}) }),
      ),
      receipts: v.nullish(v.object({ rooms: v.optional(record, {}) })),
      typing: v.nullish(v.object({ rooms: v.optional(record, {}) })),
    }),
    {},
  ),
});

/**
 * Reads a sync answer; null where it is none (`server-nonsense`). Inside, a room, an event or a receipt whose shape is wrong costs only
 * itself (T7).
 */
export function parseSyncAnswer(input: unknown): SyncAnswer | null {
  const parsed = v.safeParse(answerSchema, input);
  if (!parsed.success) return null;
  const { pos, lists, rooms, extensions } = parsed.output;
  const { to_device, e2ee, account_data, receipts, typing } = extensions;
  return {
    pos,
    total: lists.rooms?.count ?? null,
    rooms: byRoom(rooms).map(([roomId, data]) => parseRoom(roomId, data)),
    toDevice: to_device ? { events: to_device.events.filter(isRecord), nextBatch: to_device.next_batch } : null,
    e2ee: e2ee
      ? {
          changed: e2ee.device_lists?.changed ?? [],
          left: e2ee.device_lists?.left ?? [],
          oneTimeKeys: e2ee.device_one_time_keys_count ?? null,
          fallbackKeys: e2ee.device_unused_fallback_key_types ?? null,
        }
      : null,
    accountData: (account_data?.global ?? []).flatMap((event) =>
      isRecord(event) && typeof event.type === 'string' && isRecord(event.content)
        ? [{ type: event.type, content: event.content }]
        : [],
    ),
    markedUnread: new Map(markedRooms(account_data?.rooms ?? {})),
    receipts: new Map(
      byRoom(receipts?.rooms ?? {}).flatMap(([roomId, data]) =>
        isRecord(data.content) ? [[roomId, data.content]] : [],
      ),
    ),
    typing: new Map(byRoom(typing?.rooms ?? {}).map(([roomId, data]) => [roomId, typingUsers(data)])),
  };
}

/** Of each room the last word on whether it was marked as unread (Matrix spec, 11.6.4). */
function markedRooms(rooms: Readonly<Record<string, unknown>>): [RoomId, boolean][] {
  return Object.entries(rooms).flatMap(([key, events]) => {
    const roomId = parseRoomId(key);
    if (!roomId.ok || !Array.isArray(events)) return [];
    const last = events.findLast((event) => isRecord(event) && event.type === 'm.marked_unread');
    const content: unknown = isRecord(last) ? last.content : undefined;
    return isRecord(content) ? [[roomId.value, content.unread === true] as [RoomId, boolean]] : [];
  });
}

function byRoom(rooms: Record<string, unknown>): [RoomId, Record<string, unknown>][] {
  return Object.entries(rooms).flatMap(([key, data]) => {
    const roomId = parseRoomId(key);
    return roomId.ok && isRecord(data) ? [[roomId.value, data] as [RoomId, Record<string, unknown>]] : [];
  });
}

function parseRoom(roomId: RoomId, data: Record<string, unknown>): RoomDelta {
  return {
    roomId,
    initial: data.initial === true,
    expanded: data.unstable_expanded_timeline === true,
    limited: data.limited === true,
    prevBatch: typeof data.prev_batch === 'string' ? data.prev_batch : null,
    requiredState: parseRawEvents(data.required_state, roomId),
    timeline: parseRawEvents(data.timeline, roomId),
    inviteState: Array.isArray(data.invite_state) ? data.invite_state.flatMap(parseStripped) : null,
    heroes: Array.isArray(data.heroes) ? data.heroes.flatMap(parseHero) : null,
    joinedCount: countOf(data.joined_count),
    invitedCount: countOf(data.invited_count),
  };
}

function parseStripped(input: unknown): StrippedEvent[] {
  if (!isRecord(input)) return [];
  const sender = parseUserId(input.sender);
  const { type, state_key: stateKey, content } = input;
  if (!sender.ok || typeof type !== 'string' || typeof stateKey !== 'string' || !isRecord(content)) return [];
  return [{ type, stateKey, sender: sender.value, content }];
}

function parseHero(input: unknown): Hero[] {
  const userId = isRecord(input) ? parseUserId(input.user_id) : null;
  if (!isRecord(input) || !userId?.ok) return [];
  return [{ userId: userId.value, name: typeof input.displayname === 'string' ? input.displayname : null }];
}

function typingUsers(data: Record<string, unknown>): UserId[] {
  const users = isRecord(data.content) && Array.isArray(data.content.user_ids) ? data.content.user_ids : [];
  return users.flatMap((user) => {
    const parsed = parseUserId(user);
    return parsed.ok ? [parsed.value] : [];
  });
}

function countOf(input: unknown): number | null {
  return typeof input === 'number' && Number.isInteger(input) && input >= 0 ? input : null;
}
