import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where any of these words stand in clear in what a homeserver keeps: its database, the part of it that is not yet folded
 * in (`-wal`), its media, its logs. Text is looked for as UTF-8, as UTF-16 and as JSON escapes it. One line a find.
 */
export function clearTextIn(home: string, words: readonly string[]): string[] {
  const needles = words.flatMap((word) => writings(word).map((bytes) => ({ word, bytes })));
  return filesBelow(home).flatMap((file) => {
    const content = readFileSync(file);
    return needles.filter(({ bytes }) => content.includes(bytes)).map(({ word }) => `${file}: ${word}`);
  });
}

/** All files of a folder, at any depth. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function writings(word: string): Buffer[] {
  const escaped = JSON.stringify(word)
    .slice(1, -1)
    .replace(/[^\0-\x7f]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [Buffer.from(word), Buffer.from(word, 'utf16le'), Buffer.from(escaped), Buffer.from(btoa(escape8(word)))];
}

function escape8(word: string): string {
  return String.fromCharCode(...new TextEncoder().encode(word));
}
