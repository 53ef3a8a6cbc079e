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

/** Downloads with the account's token (MSC3916), verifies the hash, decrypts. */
export async function downloadMedia(context: SessionContext, media: Media): Outcome<Blob> {
  const address = parseMxc(media.url);
  if (address === null) return err({ code: 'invalid', detail: 'url' });
  if (media.size > MAX_ATTACHMENT) return err({ code: 'too-large' });
  const answer = await context.http.bytes({
    method: 'GET',
    path: `/_matrix/client/v1/media/download/${encodeURIComponent(address.server)}/${encodeURIComponent(address.id)}`,
    timeoutMs: TIMEOUT_MS,
  });
  if (!answer.ok) return answer;
  const clear = media.file === null ? ok(answer.value) : await decryptAttachment(answer.value, media.file);
  if (!clear.ok) return clear;
  const type = HARMLESS.test(media.mimetype) ? media.mimetype : 'application/octet-stream';
  return ok(new Blob([clear.value], { type }));
}
