import type { Media } from '@besace/matrix/api/types';

/** Width and height in CSS px. */
export type Box = { readonly width: number; readonly height: number };

/** The most that is sent in one file, in bytes (MSG-16). */
export const largestFile = 100 * 1024 * 1024;

/** The place of a picture in the conversation, known before a byte of it comes (MSG-15). */
export function pictureBox(media: Pick<Media, 'width' | 'height'>, limit: Box = { width: 400, height: 320 }): Box {
  const width = bounded(media.width);
  const height = bounded(media.height);
  if (width === null || height === null) {
    return { width: Math.min(limit.width, 240), height: Math.min(limit.height, 160) };
  }
  const scale = Math.min(1, limit.width / width, limit.height / height);
  return { width: Math.max(24, Math.round(width * scale)), height: Math.max(24, Math.round(height * scale)) };
}

/** Dimensions come from the sender: only whole, positive and not absurd ones are believed. */
function bounded(side: number | null): number | null {
  return side !== null && Number.isFinite(side) && side >= 1 && side <= 100_000 ? side : null;
}

const drawable = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif', 'image/apng']);

/** Kinds of picture that a browser draws without running anything. SVG is a document: it is offered as a file. */
export function canDraw(mimetype: string): boolean {
  return drawable.has(mimetype.toLowerCase());
}

export type HumanSize = {
  readonly value: number;
  readonly unit: 'byte' | 'kilobyte' | 'megabyte';
  readonly unitDisplay: 'long' | 'short';
};

/**
 * `1536` becomes 1.5 and `kilobyte`, for `Intl.NumberFormat`. Steps of 1024, as people's file managers do. Bytes are written in full:
 * their short form has no plural in English.
 */
export function humanSize(bytes: number): HumanSize {
  if (bytes < 1024) {
    return { value: bytes, unit: 'byte', unitDisplay: 'long' };
  }
  return bytes < 1024 * 1024
    ? { value: bytes / 1024, unit: 'kilobyte', unitDisplay: 'short' }
    : { value: bytes / (1024 * 1024), unit: 'megabyte', unitDisplay: 'short' };
}
