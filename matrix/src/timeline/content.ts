import { type EventId, parseEventId, parseUserId, type UserId } from '@besace/protocol/core/ids';
import {
  type AckAsk,
  askContent,
  askIn,
  type GeoPoint,
  geoUri,
  MAX_ACK_NOTE,
  withNote,
} from '@besace/protocol/features/messaging';
import type { BesaceError, Mentions } from '../api/types.ts';
import { isRecord } from '../sync/rawEvent.ts';
import type { Content } from './event.ts';

export type TextInput = {
  readonly text: string;
  readonly html?: string;
  readonly mentions?: Mentions;
  readonly emote?: boolean;
  readonly ask?: AckAsk;
};

/** An event is at most 65,536 bytes; base64 of the ciphertext and an edit's second copy of the text must fit. Bytes of UTF-8. */
const MAX_TEXT_BYTES = 20 * 1024;
/** More people than this are the whole room. */
const MAX_MENTIONS = 100;

/** Why a text cannot be sent, or null. */
export function refuseText(input: TextInput): BesaceError | null {
  if (input.text.trim() === '') return { code: 'invalid', detail: 'text' };
  if ((input.ask?.note.length ?? 0) > MAX_ACK_NOTE) return { code: 'too-large', detail: 'note' };
  if ((input.mentions?.users.length ?? 0) > MAX_MENTIONS) return { code: 'too-large', detail: 'mentions' };
  const bytes = new TextEncoder().encode(input.text).length + new TextEncoder().encode(input.html ?? '').length;
  return bytes > MAX_TEXT_BYTES ? { code: 'too-large', detail: 'text' } : null;
}

export type Answered = { readonly eventId: EventId; readonly sender: UserId | null };

/** `m.room.message` content (Matrix spec, 11.2), as every Matrix client reads it. */
export function textContent(input: TextInput, replyTo: Answered | null, thread: ThreadPlace | null = null): Content {
  return {
    msgtype: input.emote ? 'm.emote' : 'm.text',
    ...bodyFields(input, input.ask ?? null),
    // Whom one answers is named too (Matrix spec, 11.37).
    'm.mentions': mentionsContent(input.mentions, replyTo?.sender ?? null),
    ...answering(replyTo?.eventId ?? null, thread),
  };
}

/** `m.location` (Matrix spec, 11.2.1.7), with the fields by which Element shows a pin (MSC3488). */
export function locationContent(point: GeoPoint, label: string, thread: ThreadPlace | null): Content {
  const uri = geoUri(point);
  return {
    msgtype: 'm.location',
    body: `${label} ${uri}`.trim(),
    geo_uri: uri,
    'org.matrix.msc3488.location': { uri, description: label },
    'org.matrix.msc3488.asset': { type: 'm.pin' },
    'm.mentions': {},
    ...answering(null, thread),
  };
}

/** A thread that is written in, and the latest answer in it: what an application without threads shows as answered. */
export type ThreadPlace = { readonly root: EventId; readonly latest: EventId };

/** `m.relates_to` of an answer, of what is said in a thread (MSC3440), or of both. */
export function answering(replyTo: EventId | null, thread: ThreadPlace | null): Content {
  if (thread === null) {
    return replyTo === null ? {} : { 'm.relates_to': { 'm.in_reply_to': { event_id: replyTo } } };
  }
  return {
    'm.relates_to': {
      rel_type: 'm.thread',
      event_id: thread.root,
      is_falling_back: replyTo === null,
      'm.in_reply_to': { event_id: replyTo ?? thread.latest },
    },
  };
}

/**
 * The new version of a message; the outer body is what a client that knows no edits shows. Outside stand only those whom `before`, the
 * content that is edited, did not name yet: an edit calls nobody twice (Matrix spec, 11.37). `answered`: whom the message answers.
 */
export function editContent(
  target: EventId,
  input: TextInput,
  before: Content | null,
  answered: UserId | null = null,
): Content {
  const msgtype = before?.msgtype === 'm.emote' || before?.msgtype === 'm.notice' ? before.msgtype : 'm.text';
  const told = mentionsOf(before);
  const ask = askIn(before); // what was asked goes on being asked
  const { users = [], room = false } = input.mentions ?? {};
  const added = { users: users.filter((user) => !told.users.includes(user)), room: room && !told.room };
  return {
    msgtype,
    body: `* ${input.text}`,
    'm.mentions': mentionsContent(added, null),
    'm.new_content': { msgtype, ...bodyFields(input, ask), 'm.mentions': mentionsContent(input.mentions, answered) },
    'm.relates_to': { rel_type: 'm.replace', event_id: target },
  };
}

/** The event that a content answers, as its own words say; null for none. */
export function answeredIn(content: Content | null): EventId | null {
  const relation = content === null ? null : content['m.relates_to'];
  const reply = isRecord(relation) ? relation['m.in_reply_to'] : null;
  const id = isRecord(reply) ? parseEventId(reply.event_id) : null;
  return id?.ok ? id.value : null;
}

/** `m.mentions`. An empty one means "nobody is named", so that nobody's client guesses from the words. */
export function mentionsContent(mentions: Mentions | undefined, answered: UserId | null): Content {
  const users = new Set([...(mentions?.users ?? []), ...(answered === null ? [] : [answered])]);
  return { ...(users.size > 0 ? { user_ids: [...users] } : {}), ...(mentions?.room ? { room: true } : {}) };
}

/** Whom a content names, as far as it can be read. */
export function mentionsOf(content: Content | null): Mentions {
  const mentions = content === null ? null : content['m.mentions'];
  if (!isRecord(mentions)) return { users: [], room: false };
  const users = Array.isArray(mentions.user_ids) ? mentions.user_ids.slice(0, MAX_MENTIONS) : [];
  return {
    users: users.flatMap((user) => {
      const parsed = parseUserId(user);
      return parsed.ok ? parsed.value : [];
    }),
    room: mentions.room === true,
  };
}

export function reactionContent(target: EventId, key: string): Content {
  return { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key } };
}

function bodyFields(input: TextInput, ask: AckAsk | null): Content {
  const { text, html } = withNote({ text: input.text, html: input.html ?? null }, ask?.note ?? '');
  return {
    body: text,
    ...(html === null ? {} : { format: 'org.matrix.custom.html', formatted_body: html }),
    ...(ask === null ? {} : askContent(ask)),
  };
}
