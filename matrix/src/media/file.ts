import type { RoomId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import type { BesaceError, Mentions, Outcome, Voice } from '../api/types.ts';
import type { Clear, Outbox, StoredAttachment } from '../outbox/outbox.ts';
import type { Random } from '../platform/platform.ts';
import { mentionsContent } from '../timeline/content.ts';
import { encryptAttachment, MAX_ATTACHMENT } from './encryption.ts';
import { voiceContent } from './voice.ts';

export type FileInput = {
  readonly name: string;
  readonly caption?: string;
  readonly captionHtml?: string;
  readonly mentions?: Mentions;
  readonly txnId?: string;
  readonly width?: number;
  readonly height?: number;
  readonly voice?: Voice;
  /** Made by the client, which has a canvas. At most 1 MiB; left out when larger. */
  readonly thumbnail?: { readonly blob: Blob; readonly width: number; readonly height: number };
};

const MAX_THUMBNAIL = 1024 * 1024;
const MAX_NAME = 255;
const MAX_CAPTION = 10_000;

/** Encrypts a file and puts it on disk with its message, of which `relation` says what it answers: accepted once both are there (T8). Resolves with the transaction id. */
export async function enqueueFile(
  outbox: Outbox,
  random: Random,
  roomId: RoomId,
  file: Blob,
  input: FileInput,
  relation: Clear = {},
): Outcome<string> {
  const refusal = refuse(file, input);
  if (refusal !== null) return err(refusal);
  const read = await readBlob(file);
  if (!read.ok) return read;
  const blobs = new Map<string, Uint8Array>();
  const main = await seal(read.value, random, blobs);
  const small = input.thumbnail;
  const thumbnail =
    small === undefined || small.blob.size > MAX_THUMBNAIL
      ? null
      : await seal(new Uint8Array(await small.blob.arrayBuffer()), random, blobs);
  const work = {
    kind: 'file',
    content: { ...contentOf(file, input, thumbnail !== null), ...relation },
    file: main,
    thumbnail,
  } as const;
  const { txnId } = input;
  const item = await outbox.enqueue({ roomId, work, ...(txnId === undefined ? {} : { id: txnId }) }, blobs);
  return item.ok ? ok(item.value.id) : item;
}

function refuse(file: Blob, input: FileInput): BesaceError | null {
  if (file.size > MAX_ATTACHMENT) return { code: 'too-large', detail: 'file' };
  if (input.name.trim() === '' || input.name.length > MAX_NAME) return { code: 'invalid', detail: 'name' };
  const words = (input.caption ?? '').length + (input.captionHtml ?? '').length;
  return words > MAX_CAPTION ? { code: 'too-large', detail: 'caption' } : null;
}

/** The file may have been moved or changed since the person chose it. */
async function readBlob(file: Blob): Promise<Result<Uint8Array<ArrayBuffer>, BesaceError>> {
  try {
    return ok(new Uint8Array(await file.arrayBuffer()));
  } catch {
    return err({ code: 'invalid', detail: 'file' });
  }
}

async function seal(
  bytes: Uint8Array<ArrayBuffer>,
  random: Random,
  blobs: Map<string, Uint8Array>,
): Promise<StoredAttachment> {
  const { ciphertext, key } = await encryptAttachment(bytes);
  const blobId = [...random.bytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  blobs.set(blobId, ciphertext);
  return { blobId, size: ciphertext.length, encryption: key, url: null };
}

function contentOf(file: Blob, input: FileInput, withThumbnail: boolean): Clear {
  const { name, caption, captionHtml, mentions, width, height, thumbnail, voice } = input;
  const duration = voice === undefined ? {} : { duration: Math.round(voice.duration) };
  const dimensions = width === undefined || height === undefined ? {} : { w: width, h: height };
  const small =
    !withThumbnail || thumbnail === undefined
      ? {}
      : {
          thumbnail_info: {
            mimetype: thumbnail.blob.type,
            size: thumbnail.blob.size,
            w: thumbnail.width,
            h: thumbnail.height,
          },
        };
  return {
    msgtype: msgtypeOf(file.type),
    // MSC2530: the name in `filename`, and the caption, or else the name again, in `body`.
    body: caption ?? name,
    filename: name,
    ...(caption === undefined || captionHtml === undefined
      ? {}
      : { format: 'org.matrix.custom.html', formatted_body: captionHtml }),
    info: { mimetype: file.type || 'application/octet-stream', size: file.size, ...dimensions, ...duration, ...small },
    ...(voice === undefined ? {} : voiceContent(voice)),
    'm.mentions': mentionsContent(mentions, null),
  };
}

function msgtypeOf(mimetype: string): string {
  const family = mimetype.split('/')[0];
  return family === 'image' || family === 'audio' || family === 'video' ? `m.${family}` : 'm.file';
}
