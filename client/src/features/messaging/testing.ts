import type { TimelineItem } from '@besace/matrix/api/types';
import { parseEventId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';

/** A readable text of Anne's at ten o'clock; `over` says what differs. The id becomes the event id too. */
export function textItem(id: string, text: string, over: Partial<TimelineItem> = {}): TimelineItem {
  return {
    id,
    eventId: eventId(`$${id}`),
    sender: userId('@anne:interieur.test'),
    senderName: 'Anne Martin',
    outsider: false,
    at: Date.UTC(2026, 10, 23, 10),
    doubtfulDate: false,
    mine: false,
    sending: null,
    body: { kind: 'text', text, html: null, emote: false, notice: false },
    edited: false,
    unproven: [],
    replyTo: null,
    reactions: [],
    readBy: [],
    mentionsMe: false,
    thread: null,
    threadRoot: null,
    ...over,
  };
}

export function memberItem(
  id: string,
  name: string,
  change: 'joined' | 'left' | 'invited',
  over: Partial<TimelineItem> & { outsideMember?: boolean } = {},
): TimelineItem {
  const { outsideMember = false, ...rest } = over;
  const user = userId(`@${name.toLowerCase()}:culture.test`);
  return textItem(id, '', {
    sender: user,
    senderName: name,
    body: { kind: 'membership', user, name, change, outsider: outsideMember },
    ...rest,
  });
}

export function userId(text: string) {
  const parsed = parseUserId(text);
  if (!parsed.ok) {
    throw new Error(`not a user id: ${text}`);
  }
  return parsed.value;
}

export function eventId(text: string) {
  const parsed = parseEventId(text);
  if (!parsed.ok) {
    throw new Error(`not an event id: ${text}`);
  }
  return parsed.value;
}

export function roomId(text: string) {
  const parsed = parseRoomId(text);
  if (!parsed.ok) {
    throw new Error(`not a room id: ${text}`);
  }
  return parsed.value;
}
