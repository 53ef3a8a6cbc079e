import { err, ok, type Result } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { Random } from '../platform/platform.ts';

/** The key that an account's devices seal their private lists with, and what names it on the server. */
export type VaultKey = { readonly id: string; readonly key: CryptoKey };

export type Sealed = { readonly v: 1; readonly key: string; readonly iv: string; readonly ciphertext: string };

/** `other-key`: sealed under a key that this device does not hold. `damaged`: not what a device of ours wrote at this place. */
export type NotOpened = 'other-key' | 'damaged' | 'newer';

/** What is sealed is filled up to a multiple of this, bytes: how many entries there are shows only roughly. */
const PADDING = 1024;
/** Longest ciphertext that is opened, base64 characters: twice what a drawer of 768 KiB (`MERGED_BYTES`) needs. */
const MAX_CIPHERTEXT = 2_200_000;
const NONCE = 12;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

const schema = v.object({
  v: v.literal(1),
  key: v.pipe(v.string(), v.maxLength(64)),
  iv: v.pipe(v.string(), v.maxLength(64), v.regex(base64)),
  ciphertext: v.pipe(v.string(), v.maxLength(MAX_CIPHERTEXT), v.regex(base64)),
});

/**
 * Derives the vault's key from the private key of the account's key backup (32 bytes), which every verified device holds and no server does:
 * HKDF-SHA-256, with the account in its info. The key's name is derived beside it and says nothing about it.
 */
export async function deriveVaultKey(backupKey: Uint8Array<ArrayBuffer>, userId: string): Promise<VaultKey> {
  const secret = await crypto.subtle.importKey('raw', backupKey, 'HKDF', false, ['deriveKey', 'deriveBits']);
  const from = (purpose: string): HkdfParams => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: new TextEncoder().encode(`fr.besace.vault.v1 ${purpose} ${userId}`),
  });
  const [key, name] = await Promise.all([
    crypto.subtle.deriveKey(from('key'), secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
    crypto.subtle.deriveBits(from('name'), secret, 96),
  ]);
  return { id: encode(new Uint8Array(name)), key };
}

/** Seals JSON for one place (a type of account data): it opens nowhere else. */
export async function sealVault(vault: VaultKey, random: Random, place: string, value: unknown): Promise<Sealed> {
  const clear = new TextEncoder().encode(JSON.stringify(value));
  // JSON may end in spaces.
  const padded = new Uint8Array(Math.ceil((clear.length + 1) / PADDING) * PADDING).fill(0x20);
  padded.set(clear);
  const iv = random.bytes(NONCE);
  const sealed = await crypto.subtle.encrypt(parameters(iv, place), vault.key, padded);
  return { v: 1, key: vault.id, iv: encode(iv), ciphertext: encode(new Uint8Array(sealed)) };
}

export async function openVault(vault: VaultKey, place: string, content: unknown): Promise<Result<unknown, NotOpened>> {
  const parsed = v.safeParse(schema, content);
  if (!parsed.success) return err(isNewer(content) ? 'newer' : 'damaged');
  const { key, iv, ciphertext } = parsed.output;
  if (key !== vault.id) return err('other-key');
  try {
    const clear = await crypto.subtle.decrypt(parameters(decode(iv), place), vault.key, decode(ciphertext));
    return ok(JSON.parse(new TextDecoder().decode(clear)));
  } catch (thrown) {
    // WebCrypto (changed bytes), `atob` (not base64 after all) and JSON: whoever wrote it does not hold the key, or wrote nonsense.
    if (thrown instanceof DOMException || thrown instanceof SyntaxError) return err('damaged');
    throw thrown;
  }
}

function isNewer(content: unknown): boolean {
  const version = v.safeParse(v.object({ v: v.pipe(v.number(), v.minValue(2)) }), content);
  return version.success;
}

function parameters(iv: Uint8Array<ArrayBuffer>, place: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(place) };
}

function encode(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
