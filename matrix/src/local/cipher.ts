import type { Random } from '../platform/platform.ts';

/** What may be kept: JSON, or bytes as they are. */
export type LocalValue = unknown;

/** Layout: 1 byte kind, 12 bytes nonce, then AES-256-GCM ciphertext with its tag. */
const KIND_JSON = 1;
const KIND_BYTES = 2;
const NONCE = 12;

/**
 * Encrypts a value for the local copy. `place` (store and key) is authenticated, so that a value cannot be moved to another place.
 */
export async function seal(
  key: CryptoKey,
  random: Random,
  place: string,
  value: LocalValue,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = value instanceof Uint8Array;
  const clear = bytes ? new Uint8Array(value) : new TextEncoder().encode(JSON.stringify(value));
  const kind = bytes ? KIND_BYTES : KIND_JSON;
  const nonce = random.bytes(NONCE);
  const sealed = await crypto.subtle.encrypt(parameters(nonce, kind, place), key, clear);
  const out = new Uint8Array(1 + NONCE + sealed.byteLength);
  out[0] = kind;
  out.set(nonce, 1);
  out.set(new Uint8Array(sealed), 1 + NONCE);
  return out;
}

/** @returns the value, or `undefined` where it was not sealed by this key for this place. */
export async function unseal(key: CryptoKey, place: string, sealed: unknown): Promise<LocalValue | undefined> {
  if (!(sealed instanceof Uint8Array) || sealed.length < 1 + NONCE) return undefined;
  const kind = sealed[0];
  if (kind !== KIND_JSON && kind !== KIND_BYTES) return undefined;
  const nonce = new Uint8Array(sealed.subarray(1, 1 + NONCE));
  try {
    const clear = await crypto.subtle.decrypt(
      parameters(nonce, kind, place),
      key,
      new Uint8Array(sealed.subarray(1 + NONCE)),
    );
    return kind === KIND_BYTES ? new Uint8Array(clear) : JSON.parse(new TextDecoder().decode(clear));
  } catch (error) {
    // WebCrypto says OperationError for a wrong key or a changed value: the value is then as good as absent, and the caller says so.
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

function parameters(nonce: Uint8Array<ArrayBuffer>, kind: number, place: string): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, additionalData: new TextEncoder().encode(`${kind}:${place}`) };
}
