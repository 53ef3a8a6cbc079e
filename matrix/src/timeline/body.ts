import { parseObjectId, parseUserId, type UserId } from '@besace/protocol/core/ids';
import { askIn, parseGeoUri, withoutNote } from '@besace/protocol/features/messaging';
import { fallbackIn, isPollEnd, isPollStart, parsePollStart } from '@besace/protocol/features/polls';
import type { TimelineItem } from '../api/types.ts';
import { voiceOf } from '../media/voice.ts';
import { shownName } from '../rooms/shownName.ts';
import { isRecord } from '../sync/rawEvent.ts';
import type { Content, TimelineEvent } from './event.ts';
import { captionOf, mediaOf } from './media.ts';

export type Body = TimelineItem['body'];

/** What a body needs to know of its room. */
export type RoomNames = {
  readonly encrypted: boolean;
  nameOf(user: UserId): string;
  isOutsider(user: UserId): boolean;
};

/** Longest text that is shown, UTF-16 units: an event is at most 64 KiB, so only what was made to hurt is cut. */
const MAX_TEXT = 64 * 1024;
/** An HTML body that is longer than this is dropped, and its plain text shown. */
const MAX_HTML = 64 * 1024;
const MAX_LABEL = 300;
const OWN_TYPES = 'fr.besace.';
/** What a server needs to read and therefore travels in clear even in a room with encrypted state (MSC4362). */
const CLEAR_STATE = new Map<string, 'created' | 'power' | 'encryption' | 'other'>([
  ['m.room.create', 'created'],
  ['m.room.power_levels', 'power'],
  ['m.room.encryption', 'encryption'],
  ['m.room.join_rules', 'other'],
  ['m.room.history_visibility', 'other'],
  ['m.room.guest_access', 'other'],
  ['m.room.tombstone', 'other'],
]);
const SEALED_STATE = new Map<string, 'name' | 'other'>([
  ['m.room.name', 'name'],
  ['m.room.topic', 'other'],
  ['m.room.avatar', 'other'],
  ['m.room.pinned_events', 'other'],
  // What the room says of itself stands in an object of its own; to who reads along it is a setting.
  ['fr.besace.room', 'other'],
]);

/** What is shown of an event, or null for what is not shown. `content` is that of its latest valid edit where there is one. */
export function bodyOf(event: TimelineEvent, content: Content | null, room: RoomNames): Body | null {
  const { reading } = event;
  if (reading.kind === 'locked') return { kind: 'locked', why: reading.why };
  if (reading.kind === 'removed') return event.stateKey === null ? { kind: 'removed' } : null;
  if (reading.kind === 'device') {
    const body = { kind: 'device', user: event.sender, name: room.nameOf(event.sender) } as const;
    return reading.deviceId === null ? { ...body, identity: true } : body;
  }
  if (event.stateKey !== null) return stateBody(event, reading, event.stateKey, room);
  const isPoll = isPollStart(reading.type) || isPollEnd(reading.type);
  if (reading.type !== 'm.room.message' && !isPoll) return null;
  // T1: in an encrypted room, content counts only when it came out of decryption.
  if (room.encrypted && !reading.encrypted) return { kind: 'locked', why: 'not-encrypted' };
  return isPoll ? pollBody(reading) : messageBody(content ?? reading.content, room.encrypted);
}

/** One line of a message for a quotation, or null where there is none. */
export function quoteOf(body: Body | null): string | null {
  if (body === null) return null;
  if (body.kind === 'text') return body.text;
  if (body.kind === 'poll') return body.question;
  if (body.kind === 'location') return body.label;
  return 'media' in body ? (body.caption ?? body.media.name) : null;
}

/** The end of a poll is a line of who ended it, which answers the poll. */
function pollBody({ type, content }: { readonly type: string; readonly content: Content }): Body | null {
  if (isPollEnd(type)) {
    const text = fallbackIn(content);
    return text === '' ? null : { kind: 'text', text, html: null, emote: false, notice: true };
  }
  const poll = parsePollStart(content);
  if (poll === null) return null;
  return {
    kind: 'poll',
    question: poll.question,
    answers: poll.answers.map(({ text }) => text),
    disclosed: poll.disclosed,
  };
}

function messageBody(content: Content, encryptedRoom: boolean): Body {
  const { msgtype } = content;
  if (msgtype === 'm.image' || msgtype === 'm.file' || msgtype === 'm.audio' || msgtype === 'm.video') {
    const media = mediaOf(content, encryptedRoom);
    if (media === null) return { kind: 'locked', why: 'not-encrypted' };
    const caption = captionOf(content)?.slice(0, MAX_TEXT) ?? null;
    const voice = msgtype === 'm.audio' ? voiceOf(content) : null;
    return { kind: MEDIA_KINDS[msgtype], media, caption, ...(voice === null ? {} : { voice }) };
  }
  const place = msgtype === 'm.location' ? parseGeoUri(content.geo_uri) : null;
  if (place !== null) return { kind: 'location', ...place, label: labelOf(content) };
  const note = askIn(content)?.note ?? '';
  const words = withoutNote({ text: withoutFallback(content), html: htmlOf(content) }, note);
  return {
    kind: 'text',
    text: words.text.slice(0, MAX_TEXT),
    html: words.html,
    emote: msgtype === 'm.emote',
    notice: msgtype === 'm.notice',
  };
}

/** What people call a place: its description (MSC3488), else the words of the message. */
function labelOf(content: Content): string {
  const location = content['org.matrix.msc3488.location'] ?? content['m.location'];
  const said = isRecord(location) ? location.description : undefined;
  const label = typeof said === 'string' && said.trim() !== '' ? said : content.body;
  return typeof label === 'string' ? label.slice(0, MAX_LABEL) : '';
}

const MEDIA_KINDS = { 'm.image': 'image', 'm.file': 'file', 'm.audio': 'audio', 'm.video': 'video' } as const;

function htmlOf(content: Content): string | null {
  const { format, formatted_body: html } = content;
  if (format !== 'org.matrix.custom.html' || typeof html !== 'string' || html.length > MAX_HTML) return null;
  return html.startsWith('<mx-reply>') ? html.slice(html.indexOf('</mx-reply>') + '</mx-reply>'.length) : html;
}

/** Older clients quote what they answer at the head of the body (Matrix spec before 1.13). */
function withoutFallback(content: Content): string {
  const body = typeof content.body === 'string' ? content.body : '';
  const relation = content['m.relates_to'];
  const isReply = typeof relation === 'object' && relation !== null && Object.hasOwn(relation, 'm.in_reply_to');
  if (!isReply || !body.startsWith('> <')) return body;
  const end = body.indexOf('\n\n');
  return end < 0 ? body : body.slice(end + 2);
}

function stateBody(
  event: TimelineEvent,
  reading: { type: string; content: Content; encrypted: boolean; previous: Content | null },
  stateKey: string,
  room: RoomNames,
): Body | null {
  const { type, encrypted } = reading;
  if (type === 'm.room.member') return encrypted ? null : membershipBody(event, reading, stateKey, room);
  const inClear = CLEAR_STATE.get(type);
  if (inClear !== undefined) return encrypted ? null : { kind: 'room', change: inClear };
  if (room.encrypted && !encrypted) return null; // T1: a name or an object in clear says nothing in an encrypted room
  const sealed = SEALED_STATE.get(type);
  if (sealed !== undefined) return { kind: 'room', change: sealed };
  if (!type.startsWith(OWN_TYPES)) return null;
  const objectId = parseObjectId(stateKey);
  return objectId.ok ? { kind: 'object', type, objectId: objectId.value } : null;
}

type Change = Extract<Body, { kind: 'membership' }>['change'];

function membershipBody(
  event: TimelineEvent,
  reading: { content: Content; previous: Content | null },
  stateKey: string,
  room: RoomNames,
): Body | null {
  const user = parseUserId(stateKey);
  if (!user.ok) return null;
  const change = membershipChange(reading.content, reading.previous, event.sender === user.value);
  if (change === null) return null;
  const written = shownName(reading.content.displayname ?? reading.previous?.displayname);
  const name = written === '' ? room.nameOf(user.value) : written.slice(0, 255);
  return { kind: 'membership', user: user.value, name, change, outsider: room.isOutsider(user.value) };
}

function membershipChange(content: Content, previous: Content | null, byThemself: boolean): Change | null {
  const before = previous?.membership;
  switch (content.membership) {
    case 'join':
      if (before !== 'join') return 'joined';
      return content.displayname !== previous?.displayname ? 'renamed' : null;
    case 'invite':
      return before === 'invite' ? null : 'invited';
    case 'ban':
      return before === 'ban' ? null : 'banned';
    case 'leave':
      if (before === 'knock' || before === 'leave') return null;
      return byThemself ? 'left' : before === 'ban' ? null : 'removed';
    default:
      return null;
  }
}
