import { askIn, withoutNote } from '@besace/protocol/features/messaging';
import { isRecord } from '../sync/rawEvent.ts';
import type { Content, TimelineEvent } from './event.ts';

/** What of a message is said again elsewhere; everything else (what it answered, whom it named, fields we do not know) stays behind. */
const KEPT = ['msgtype', 'body', 'format', 'formatted_body', 'filename', 'file', 'url', 'info'];

/**
 * The content of a message as it is forwarded, of its latest edit where it was edited; null for what cannot be: it cannot be read, or it came
 * in clear. A file is named by the same address and keys (Matrix spec, 11.11.1.6): it is encrypted for whoever is told its key, which is the
 * other room from now on. Nobody is called by it (`m.mentions` is empty).
 */
export function forwardedContent(event: TimelineEvent, edited: Content | null): Content | null {
  const { reading } = event;
  if (reading.kind !== 'clear' || reading.type !== 'm.room.message' || event.stateKey !== null || !reading.encrypted) {
    return null;
  }
  const content = edited ?? reading.content;
  // Without its encryption, what its server gives for a file is anybody's word (T1).
  if (typeof content.url === 'string' || (isRecord(content.info) && typeof content.info.thumbnail_url === 'string')) {
    return null;
  }
  const kept = KEPT.flatMap((key) => (Object.hasOwn(content, key) ? [[key, content[key]] as const] : []));
  return { ...Object.fromEntries(kept), ...unasking(content), 'm.mentions': {} };
}

/** What asks for an acknowledgement asks it of its own readers: elsewhere the line that says so goes, too. */
function unasking(content: Content): Content {
  const note = askIn(content)?.note ?? '';
  const { body, formatted_body: html } = content;
  if (note === '' || typeof body !== 'string') return {};
  const words = withoutNote({ text: body, html: typeof html === 'string' ? html : null }, note);
  return words.html === null ? { body: words.text } : { body: words.text, formatted_body: words.html };
}
