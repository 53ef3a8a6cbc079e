import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decryptAttachment, encryptAttachment } from './encryption.ts';
import { parseMxc } from './mxc.ts';

describe('encrypted attachments', () => {
  it('[MEDIA-1] gives back what was encrypted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (bytes) => {
        const { ciphertext, key } = await encryptAttachment(new Uint8Array(bytes));
        const clear = await decryptAttachment(ciphertext, { ...key, url: 'mxc://a/b' });
        expect(clear.ok && Buffer.from(clear.value).equals(Buffer.from(bytes))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('[MEDIA-1] reads what another implementation of the specification wrote', async () => {
    // Node's OpenSSL instead of WebCrypto: another implementation of AES-CTR and of the encodings.
    const { createCipheriv, createHash } = await import('node:crypto');
    const key = Buffer.alloc(32, 7);
    const iv = Buffer.concat([Buffer.alloc(8, 9), Buffer.alloc(8)]);
    const cipher = createCipheriv('aes-256-ctr', key, iv);
    const ciphertext = new Uint8Array(Buffer.concat([cipher.update('Hello, World'), cipher.final()]));
    const file = {
      v: 'v2',
      url: 'mxc://a/b',
      key: { alg: 'A256CTR', ext: true, k: key.toString('base64url'), key_ops: ['encrypt', 'decrypt'], kty: 'oct' },
      iv: iv.toString('base64').replace(/=+$/, ''),
      hashes: { sha256: createHash('sha256').update(ciphertext).digest('base64').replace(/=+$/, '') },
    };
    const clear = await decryptAttachment(ciphertext, file);
    expect(clear.ok && Buffer.from(clear.value).toString()).toBe('Hello, World');
  });

  it('[MEDIA-2] gives nothing of a file that was changed, or that is described badly', async () => {
    const { ciphertext, key } = await encryptAttachment(new TextEncoder().encode('plan'));
    const changed = new Uint8Array(ciphertext);
    changed[0] = (changed[0] ?? 0) ^ 1;
    expect(await decryptAttachment(changed, key)).toEqual({ ok: false, error: { code: 'invalid', detail: 'hash' } });
    for (const bad of [
      null,
      {},
      { ...key, iv: 'x' },
      { ...key, hashes: {} },
      { ...key, key: { ...key.key, alg: 'none' } },
    ]) {
      expect(await decryptAttachment(ciphertext, bad)).toEqual({
        ok: false,
        error: { code: 'invalid', detail: 'file' },
      });
    }
  });

  it('[MEDIA-1] takes a new key and nonce each time, with a counter that starts at nought', async () => {
    const [a, b] = [await encryptAttachment(new Uint8Array(3)), await encryptAttachment(new Uint8Array(3))];
    expect(a.key.key.k).not.toBe(b.key.key.k);
    expect(Buffer.from(a.key.iv, 'base64').subarray(8)).toEqual(Buffer.alloc(8));
  });
});

describe('media addresses', () => {
  it('[MEDIA-2] refuses what could leave the path', () => {
    expect(parseMxc('mxc://interieur.test/abc_-9')).toEqual({ server: 'interieur.test', id: 'abc_-9' });
    for (const bad of [
      'https://a/b',
      'mxc://a',
      'mxc://a/..',
      'mxc://a/b/c',
      'mxc://a/b?c',
      'mxc:///b',
      'mxc://a b/c',
    ]) {
      expect(parseMxc(bad)).toBeNull();
    }
  });
});
