import type { Media } from '../api/types.ts';
import { parseMxc } from '../media/mxc.ts';
import { isRecord } from '../sync/rawEvent.ts';
import type { Content } from './event.ts';

const MAX_NAME = 255;

/**
 * The media of an `m.image`, `m.file`, `m.audio` or `m.video`. Null when it has none that counts: in an encrypted room its bytes must be
 * encrypted too, or nothing would tell what the server put in their place (T1).
 */
export function mediaOf(content: Content, encryptedRoom: boolean): Media | null {
  const name = typeof content.filename === 'string' ? content.filename : content.body;
  const info = isRecord(content.info) ? content.info : {};
  const main = address(content.file, content.url, encryptedRoom);
  if (main === null) return null;
  const small = address(info.thumbnail_file, info.thumbnail_url, encryptedRoom);
  const smallInfo = isRecord(info.thumbnail_info) ? info.thumbnail_info : {};
  return {
    ...main,
    ...measures(info),
    name: typeof name === 'string' ? name.slice(0, MAX_NAME) : '',
    thumbnail: small === null ? null : { ...small, ...measures(smallInfo), name: '', thumbnail: null },
  };
}

/** MSC2530: with a `filename`, a `body` that differs from it is a caption. */
export function captionOf(content: Content): string | null {
  const { body, filename } = content;
  return typeof body === 'string' && typeof filename === 'string' && body !== filename ? body : null;
}

function address(file: unknown, url: unknown, encryptedRoom: boolean): Pick<Media, 'url' | 'file'> | null {
  if (isRecord(file) && typeof file.url === 'string' && parseMxc(file.url) !== null) return { url: file.url, file };
  if (encryptedRoom || typeof url !== 'string' || parseMxc(url) === null) return null;
  return { url, file: null };
}

function measures(info: Content): Pick<Media, 'mimetype' | 'size' | 'width' | 'height'> {
  return {
    mimetype: typeof info.mimetype === 'string' ? info.mimetype.slice(0, MAX_NAME) : 'application/octet-stream',
    size: count(info.size) ?? 0,
    width: count(info.w),
    height: count(info.h),
  };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
