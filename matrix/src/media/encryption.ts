import { err, ok, type Result } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { BesaceError } from '../api/types.ts';

/** EncryptedFile v2 (Matrix spec, 11.11.1.6) without its `url`, which is known after the upload. */
export type AttachmentKey = {
  readonly v: 'v2';
  readonly key: {
    readonly kty: 'oct';
    readonly key_ops: readonly ('encrypt' | 'decrypt')[];
    readonly alg: 'A256CTR';
    readonly k: string;
    readonly ext: true;
  };
  readonly iv: string;
  readonly hashes: { readonly sha256: string };
};

/** Largest attachment, bytes. It is held in memory whole. */
export const MAX_ATTACHMENT = 100 * 1024 * 1024;

/** Low bits of the counter block that count: the high 64 are the nonce, so that other clients' implementations agree. */
const COUNTER_BITS = 64;

const schema = v.object({
  key: v.object({ alg: v.literal('A256CTR'), kty: v.literal('oct'), k: v.string() }),
  iv: v.string(),
  hashes: v.object({ sha256: v.string() }),
});

/** Encrypts under a fresh key. WebCrypto works outside this thread: a large file blocks nothing. */
export async function encryptAttachment(
  clear: Uint8Array<ArrayBuffer>,
): Promise<{ readonly ciphertext: Uint8Array<ArrayBuffer>; readonly key: AttachmentKey }> {
  const iv = new Uint8Array(16);
  crypto.getRandomValues(iv.subarray(0, 8)); // the counter starts at 0, so it never wraps into the nonce
  const key = await crypto.subtle.generateKey({ name: 'AES-CTR', length: 256 }, true, ['encrypt', 'decrypt']);
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(parameters(iv), key, clear));
  const [jwk, hash] = await Promise.all([
    crypto.subtle.exportKey('jwk', key),
    crypto.subtle.digest('SHA-256', ciphertext),
  ]);
  return {
    ciphertext,
    key: {
      v: 'v2',
      key: { kty: 'oct', key_ops: ['encrypt', 'decrypt'], alg: 'A256CTR', k: jwk.k ?? '', ext: true },
      iv: toBase64(iv),
      hashes: { sha256: toBase64(new Uint8Array(hash)) },
    },
  };
}

/**
 * Checks the hash, then decrypts: nothing is given of a file that the server changed (`invalid`, detail `hash`). `file` is an
 * EncryptedFile as somebody sent it (`invalid`, detail `file`, when it is not one).
 */
export async function decryptAttachment(
  ciphertext: Uint8Array<ArrayBuffer>,
  file: unknown,
): Promise<Result<Uint8Array<ArrayBuffer>, BesaceError>> {
  const parsed = v.safeParse(schema, file);
  const bad = err({ code: 'invalid', detail: 'file' } as const);
  if (!parsed.success) return bad;
  const [iv, raw, expected] = [
    fromBase64(parsed.output.iv),
    fromBase64(parsed.output.key.k),
    fromBase64(parsed.output.hashes.sha256),
  ];
  if (iv?.length !== 16 || raw?.length !== 32 || expected?.length !== 32) return bad;
  const actual = new Uint8Array(await crypto.subtle.digest('SHA-256', ciphertext));
  if (!actual.every((byte, at) => byte === expected[at])) return err({ code: 'invalid', detail: 'hash' });
  const key = await crypto.subtle.importKey('raw', raw, 'AES-CTR', false, ['decrypt']);
  return ok(new Uint8Array(await crypto.subtle.decrypt(parameters(iv), key, ciphertext)));
}

function parameters(iv: Uint8Array<ArrayBuffer>): AesCtrParams {
  return { name: 'AES-CTR', counter: iv, length: COUNTER_BITS };
}

/** Unpadded, as the spec writes binary values. */
function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, '');
}

/** Takes base64 and base64url, padded or not: clients differ. Null when it is neither, or longer than any value here. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/_-]{1,64}=*$/.test(text)) return null;
  const standard = text.replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, '');
  try {
    return Uint8Array.from(atob(standard), (char) => char.charCodeAt(0));
  } catch {
    return null; // a length that no base64 has
  }
}
