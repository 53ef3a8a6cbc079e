import { err, ok } from '@besace/protocol/core/result';
import type { Media, Outcome } from '../api/types.ts';
import type { SessionContext } from '../session/context.ts';
import { decryptAttachment, MAX_ATTACHMENT } from './encryption.ts';
import { parseMxc } from './mxc.ts';

/** Longest download, ms. */
const TIMEOUT_MS = 10 * 60_000;

/**
 * Types that a browser may open in our own origin without running anything in them. All others are given as plain bytes, to be saved
 * (Matrix spec, 11.11.1.6, "Security considerations for media").
 */
const HARMLESS =
  /^(image\/(jpeg|gif|png|apng|webp|avif)|video\/(mp4|webm|ogg|quicktime)|audio\/(mp4|webm|aac|mpeg|ogg|wave|wav|x-wav|x-pn-wav|flac|x-flac))$/;

/** The server part of the address of what waits to be uploaded: it can be shown from the disk. No server can have this name. */
const WAITING = 'besace-waiting';

/** Downloads with the account's token (MSC3916), verifies the hash, decrypts. */
export async function downloadMedia(context: SessionContext, media: Media): Outcome<Blob> {
  const address = parseMxc(media.url);
  if (address === null) return err({ code: 'invalid', detail: 'url' });
  if (media.size > MAX_ATTACHMENT) return err({ code: 'too-large' });
  const answer =
    address.server === WAITING ? await readWaiting(context, address.id) : await fetchMedia(context, address);
  if (!answer.ok) return answer;
  const clear = media.file === null ? ok(answer.value) : await decryptAttachment(answer.value, media.file);
  if (!clear.ok) return clear;
  const type = HARMLESS.test(media.mimetype) ? media.mimetype : 'application/octet-stream';
  return ok(new Blob([clear.value], { type }));
}

/** Where an attachment that is not uploaded yet can be had from by `downloadMedia`. */
export function waitingAddress(blobId: string): string {
  return `mxc://${WAITING}/${blobId}`;
}

function fetchMedia(context: SessionContext, { server, id }: { server: string; id: string }) {
  return context.http.bytes({
    method: 'GET',
    path: `/_matrix/client/v1/media/download/${encodeURIComponent(server)}/${encodeURIComponent(id)}`,
    timeoutMs: TIMEOUT_MS,
    // Counted as it comes: the size in the event is only the sender's word. AES-CTR adds nothing to it.
    maxBytes: MAX_ATTACHMENT,
  });
}

async function readWaiting(context: SessionContext, blobId: string): Outcome<Uint8Array<ArrayBuffer>> {
  const bytes = await context.localDb.get('blobs', blobId);
  return bytes instanceof Uint8Array ? ok(new Uint8Array(bytes)) : err({ code: 'not-found' });
}
