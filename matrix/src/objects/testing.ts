import type { EventId, ObjectId, RoomId, UserId } from '@besace/protocol/core/ids';
import { ok, type Result } from '@besace/protocol/core/result';
import type { ClearEvent, Locked } from '../session/context.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { type PackedKey, readPackedKey, type WireVersion } from './wire.ts';

/** What the tests of this folder share: versions of one card, made by hand. */
export const ROOM = '!room' as RoomId;
export const ALICE = '@alice:interieur.test' as UserId;
export const BOB = '@bob:culture.test' as UserId;
export const EVE = '@eve:externes.test' as UserId;
export const CARD = 'abcdefghijklmnopqrstuv' as ObjectId;
export const OTHER_CARD = 'bbcdefghijklmnopqrstuv' as ObjectId;

export type Field = 'title' | 'description' | 'due';

export function address(objectId: ObjectId = CARD, type = 'fr.besace.task'): PackedKey {
  const packed = readPackedKey(`${type}:${objectId}`);
  if (packed === null) throw new Error('no address');
  return packed;
}

/** Clear content of a card: each field with its stamp. */
export function cardContent(fields: Partial<Record<Field, readonly [value: string, lamport: number, author: UserId]>>) {
  const content: Record<string, unknown> = { v: 1 };
  for (const [name, [value, lamport, author]] of Object.entries(fields)) {
    content[name] = { value, at: [lamport, author] };
  }
  return content;
}

export function wireVersion(
  id: string,
  options: { sender?: UserId; at?: number; packed?: PackedKey; replaces?: string } = {},
): WireVersion {
  const packed = options.packed ?? address();
  const raw: RawEvent = {
    event_id: `$${id}` as EventId,
    room_id: ROOM,
    type: 'm.room.encrypted',
    sender: options.sender ?? ALICE,
    origin_server_ts: options.at ?? 0,
    state_key: packed.key,
    content: { ciphertext: id },
    unsigned: options.replaces === undefined ? {} : { replaces_state: `$${options.replaces}` },
  };
  return { raw, packed, replaces: options.replaces === undefined ? null : (`$${options.replaces}` as EventId) };
}

/** What decryption gives for an honest version. */
export function opened(
  wire: WireVersion,
  content: Record<string, unknown>,
  over: Partial<ClearEvent> = {},
): Result<ClearEvent, Locked> {
  return ok({
    eventId: wire.raw.event_id,
    roomId: ROOM,
    sender: wire.raw.sender,
    type: wire.packed.type,
    stateKey: wire.packed.objectId,
    content,
    wireRelation: null,
    at: wire.raw.origin_server_ts,
    proof: 'signed',
    ...over,
  });
}
