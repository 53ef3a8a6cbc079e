import { type ObjectId, parseObjectId } from '@besace/protocol/core/ids';

/** 128 bits of the platform's randomness as base64url: an id is in clear on the wire and must say nothing. */
export function newObjectId(): ObjectId {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const text = btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  const parsed = parseObjectId(text);
  if (!parsed.ok) throw new Error('16 bytes that make no object id');
  return parsed.value;
}
