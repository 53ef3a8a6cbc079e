import { describe, expect, it } from 'vitest';
import type { Media } from '../api/types.ts';
import { startServer, testSession } from '../outbox/testing.ts';
import { downloadMedia } from './download.ts';
import { MAX_ATTACHMENT } from './encryption.ts';

describe('a download', () => {
  it('[MEDIA-5] stops at the largest attachment, whatever size its sender claimed', async () => {
    const server = await startServer(() => ({ status: 200, bytes: new Uint8Array(MAX_ATTACHMENT + 1) }));
    const session = await testSession(server.url, { storagePrefix: 'download', me: '@ada:interieur.test' });
    const media: Media = {
      url: 'mxc://interieur.test/abc',
      file: null,
      name: 'a',
      mimetype: 'image/png',
      size: 1,
      width: null,
      height: null,
      thumbnail: null,
    };
    expect(await downloadMedia(session.context, media)).toEqual({
      ok: false,
      error: { code: 'too-large', detail: 'answer' },
    });
    session.end();
    await server.stop();
  });
});
