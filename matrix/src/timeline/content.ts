import type { EventId, UserId } from '@besace/protocol/core/ids';
import type { BesaceError } from '../api/types.ts';
import type { Content } from './event.ts';

export type TextInput = { readonly text: string; readonly html?: string };

/** An event is at most 65,536 bytes; base64 of the ciphertext and an edit's second copy of the text must fit. Bytes of UTF-8. */
const MAX_TEXT_BYTES = 20 * 1024;

/** Why a text cannot be sent, or null. */
export function refuseText(input: TextInput): BesaceError | null {
  if (input.text.trim() === '') return { code: 'invalid', detail: 'text' };
  const bytes = new TextEncoder().encode(input.text).length + new TextEncoder().encode(input.html ?? '').length;
  return bytes > MAX_TEXT_BYTES ? { code: 'too-large', detail: 'text' } : null;
}

/** `m.room.message` content (Matrix spec, 11.2), as every Matrix client reads it. */
export function textContent(
  input: TextInput,
  replyTo: { readonly eventId: EventId; readonly sender: UserId | null } | null,
): Content {
  return {
    msgtype: 'm.text',
    ...bodyFields(input),
    // An empty list means "nobody is named", so that nobody's client guesses from the words (MSC3952).
    'm.mentions': replyTo === null || replyTo.sender === null ? {} : { user_ids: [replyTo.sender] },
    ...(replyTo === null ? {} : { 'm.relates_to': { 'm.in_reply_to': { event_id: replyTo.eventId } } }),
  };
}

/** The new version of a message; the outer body is what a client that knows no edits shows. */
export function editContent(target: EventId, input: TextInput, msgtype: string): Content {
  return {
    msgtype,
    body: `* ${input.text}`,
    'm.mentions': {},
    'm.new_content': { msgtype, ...bodyFields(input), 'm.mentions': {} },
    'm.relates_to': { rel_type: 'm.replace', event_id: target },
  };
}

export function reactionContent(target: EventId, key: string): Content {
  return { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key } };
}

function bodyFields({ text, html }: TextInput): Content {
  return html === undefined ? { body: text } : { body: text, format: 'org.matrix.custom.html', formatted_body: html };
}
