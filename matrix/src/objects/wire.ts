import { type EventId, type ObjectId, parseEventId, parseObjectId } from '@besace/protocol/core/ids';
import { packKey, unpackKey } from '@besace/protocol/core/packed-key';
import type { RawEvent } from '../sync/rawEvent.ts';

/** An encrypted state event of an object as a server gives it. Nothing in it is proven yet. */
export type WireVersion = {
  readonly raw: RawEvent;
  readonly packed: PackedKey;
  /** The state event that this one replaced, as the server says: a hint where to look back (T11). */
  readonly replaces: EventId | null;
};

/** MSC4362: the state key of an encrypted state event is `<type>:<state key>`, in clear. */
export type PackedKey = { readonly key: string; readonly type: string; readonly objectId: ObjectId };

export type WireReading =
  | { readonly kind: 'version'; readonly version: WireVersion }
  /** Ours by its type, and not acceptable in any way: sent in clear, or not addressed to an object. It is a hole (T6). */
  | { readonly kind: 'invalid'; readonly key: string }
  | { readonly kind: 'other' };

/** The one type of encrypted events on the wire, whatever is inside. */
export const ENCRYPTED = 'm.room.encrypted';

/** Sorts out one event of a room: a version of an object, something bad that claims to be one, or not ours. Never throws. */
export function readWire(raw: RawEvent, isKind: (type: string) => boolean): WireReading {
  if (raw.state_key === undefined) return { kind: 'other' };
  if (isKind(raw.type)) return { kind: 'invalid', key: packKey(raw.type, raw.state_key) };
  if (raw.type !== ENCRYPTED) return { kind: 'other' };
  const type = raw.state_key.slice(0, Math.max(raw.state_key.indexOf(':'), 0));
  if (!isKind(type)) return { kind: 'other' };
  const packed = readPackedKey(raw.state_key);
  if (packed === null) return { kind: 'invalid', key: raw.state_key };
  const replaces = parseEventId(raw.unsigned.replaces_state);
  return { kind: 'version', version: { raw, packed, replaces: replaces.ok ? replaces.value : null } };
}

/** The address of an object from a packed key; null for what addresses none. */
export function readPackedKey(key: string): PackedKey | null {
  const parts = unpackKey(key);
  const objectId = parseObjectId(parts?.stateKey);
  return parts !== null && objectId.ok ? { key, type: parts.type, objectId: objectId.value } : null;
}
