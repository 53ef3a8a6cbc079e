import { type Authority, authorityFrom } from '@besace/protocol/core/authority';
import {
  type EventId,
  parseEventId,
  parseRoomId,
  parseUserId,
  type RoomId,
  type UserId,
} from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import type { TimelineItem } from '../api/types.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { Echo } from './echo.ts';
import type { Content, Reading, TimelineEvent } from './event.ts';
import type { Receipts } from './threads.ts';
import { viewOf } from './view.ts';

/** What the tests of the timeline are made of: an encrypted room, its people, and events as they are after reading. */
export const ROOM: RoomId = must(parseRoomId('!room'));
export const ALICE: UserId = must(parseUserId('@alice:interieur.test'));
export const BOB: UserId = must(parseUserId('@bob:culture.test'));
export const EVE: UserId = must(parseUserId('@eve:externes.test'));

export function id(name: string): EventId {
  return must(parseEventId(`$${name}`));
}

export function clear(
  name: string,
  sender: UserId,
  type: string,
  content: Content,
  options: {
    readonly encrypted?: boolean;
    readonly wireRelation?: Content;
    readonly stateKey?: string;
    readonly previous?: Content;
    readonly restored?: RawEvent;
  } = {},
): TimelineEvent {
  const reading: Reading = {
    kind: 'clear',
    type,
    content,
    encrypted: options.encrypted ?? true,
    wireRelation: options.wireRelation ?? null,
    previous: options.previous ?? null,
    restored: options.restored ?? null,
  };
  return event(name, sender, reading, options.stateKey ?? null);
}

export function event(name: string, sender: UserId, reading: Reading, stateKey: string | null = null): TimelineEvent {
  return { eventId: id(name), roomId: ROOM, sender, at: 1_000, stateKey, transactionId: null, reading };
}

export function text(name: string, sender: UserId, body: string, more: Content = {}): TimelineEvent {
  return clear(name, sender, 'm.room.message', { msgtype: 'm.text', body, ...more });
}

export function edit(name: string, sender: UserId, target: string, body: string): TimelineEvent {
  return text(name, sender, `* ${body}`, {
    'm.new_content': { msgtype: 'm.text', body },
    'm.relates_to': { rel_type: 'm.replace', event_id: id(target) },
  });
}

export function reaction(name: string, sender: UserId, target: string, key: string): TimelineEvent {
  return clear(name, sender, 'm.reaction', {
    'm.relates_to': { rel_type: 'm.annotation', event_id: id(target), key },
  });
}

export function redaction(name: string, sender: UserId, target: string): TimelineEvent {
  return clear(name, sender, 'm.room.redaction', { redacts: id(target) }, { encrypted: false });
}

/** Alice made the room; Bob and Eve have no power. */
export const AUTHORITY: Authority = authorityFrom({
  create: { sender: ALICE, content: { room_version: '12' } },
  powerLevels: { users: {}, users_default: 0 },
  outsiders: [],
});

export function view(
  events: readonly TimelineEvent[],
  options: {
    readonly me?: UserId;
    readonly echoes?: readonly Echo[];
    readonly encrypted?: boolean;
    readonly receipts?: ReadonlyMap<UserId, EventId>;
    readonly threaded?: Receipts;
    readonly only?: ReadonlySet<string>;
    readonly thread?: EventId;
    readonly serverCounts?: ReadonlyMap<EventId, number>;
    readonly now?: number;
  } = {},
): TimelineItem[] {
  return viewOf({
    roomId: ROOM,
    me: options.me ?? ALICE,
    events,
    echoes: options.echoes ?? [],
    room: {
      encrypted: options.encrypted ?? true,
      nameOf: (user) => user.slice(1, user.indexOf(':')),
      isOutsider: (user) => user === EVE,
    },
    authority: AUTHORITY,
    only: options.only ?? null,
    scope: options.thread === undefined ? { kind: 'main' } : { kind: 'thread', root: options.thread },
    receipts:
      options.threaded ??
      new Map([...(options.receipts ?? [])].map(([user, eventId]) => [user, [{ user, eventId, at: 0, thread: null }]])),
    serverCounts: options.serverCounts ?? new Map(),
    now: options.now ?? 1_000,
  });
}

/** What a person reads, one line an item. */
export function lines(items: readonly TimelineItem[]): string[] {
  return items.map(({ body, senderName, edited, reactions }) => {
    const said = body.kind === 'text' ? body.text : body.kind === 'locked' ? `(${body.why})` : `(${body.kind})`;
    const marks = reactions.map(({ key, count }) => ` ${key}${count}`).join('');
    return `${senderName}: ${said}${edited ? ' *' : ''}${marks}`;
  });
}

export function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error('a value of the test does not parse');
  return result.value;
}
