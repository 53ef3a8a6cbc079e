import { parseRoomId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import type { CryptoPort, HttpPort, Receipt } from '../session/context.ts';
import { isRecord, parseRawEvent, type RawEvent } from '../sync/rawEvent.ts';

/**
 * How much of each room the person has not read. Simplified sliding sync of Synapse 1.163 gives zero for every count, and no server can
 * see mentions inside ciphertext: so what was missed while away is asked for once (`GET /notifications`), and what comes is counted here.
 */
export interface Unread {
  of(roomId: RoomId): { readonly unread: number; readonly highlights: number };
  /** Asks what was missed while away. */
  catchUp(): Promise<void>;
  /** A live event of somebody else. */
  onLiveEvent(event: RawEvent): Promise<void>;
  onReceipts(roomId: RoomId, receipts: readonly Receipt[]): void;
  /** Somebody marked the room as unread by hand, or not any more (`m.marked_unread`). */
  flag(roomId: RoomId, marked: boolean): void;
  /** The person left, or wrote herself: nothing of it is unread. */
  clear(roomId: RoomId): void;
}

export type UnreadDeps = {
  readonly me: UserId;
  readonly http: HttpPort;
  readonly crypto: CryptoPort;
  isEncrypted(roomId: RoomId): boolean;
  onChange(roomId: RoomId): void;
};

/** `thread` is the root of the thread that it was said in; null outside of threads. */
type Waiting = { readonly eventId: string; readonly highlight: boolean; readonly thread: string | null };

/** More than this shows as "99+" anyway. */
const MOST = 100;

const schema = v.object({ notifications: v.array(v.unknown()) });

export function createUnread({ me, http, crypto, isEncrypted, onChange }: UnreadDeps): Unread {
  const rooms = new Map<RoomId, Waiting[]>();
  const flagged = new Set<RoomId>();

  /** Null where it is nothing that calls the person: a state event, an edit, a reaction. */
  async function waitingOf(event: RawEvent): Promise<Waiting | null> {
    if (event.sender === me || event.state_key !== undefined) return null;
    if (event.type !== 'm.room.encrypted') {
      // In an encrypted room what is clear is nobody's word (T1).
      const counts = event.type === 'm.room.message' && !isEncrypted(event.room_id);
      return counts ? judge(event.event_id, event.content, me) : null;
    }
    const clear = await crypto.decrypt(event);
    // What is still locked may be for her: it counts, without a highlight.
    if (!clear.ok) return { eventId: event.event_id, highlight: false, thread: threadOf(event.content) };
    return clear.value.type === 'm.room.message'
      ? judge(event.event_id, withRelation(clear.value.content, clear.value.wireRelation), me)
      : null;
  }

  function add(roomId: RoomId, waiting: Waiting): void {
    const all = rooms.get(roomId) ?? [];
    if (all.some((other) => other.eventId === waiting.eventId)) return;
    all.push(waiting);
    if (all.length > MOST) all.shift();
    rooms.set(roomId, all);
    onChange(roomId);
  }

  return {
    of(roomId) {
      const all = rooms.get(roomId) ?? [];
      // A room that was marked by hand calls once, until it is opened.
      const unread = Math.max(all.length, flagged.has(roomId) ? 1 : 0);
      return { unread, highlights: all.filter((waiting) => waiting.highlight).length };
    },
    async catchUp() {
      const answer = await http.json({
        method: 'GET',
        path: '/_matrix/client/v3/notifications',
        query: { limit: '200' },
      });
      const parsed = v.safeParse(schema, answer.ok ? answer.value : null);
      if (!parsed.success) return;
      // The newest come first.
      for (const entry of parsed.output.notifications.reverse()) {
        if (!isRecord(entry) || entry.read !== false) continue;
        const roomId = parseRoomId(entry.room_id);
        const event = roomId.ok ? parseRawEvent(entry.event, roomId.value) : null;
        const waiting = event === null ? null : await waitingOf(event);
        if (roomId.ok && waiting !== null) add(roomId.value, waiting);
      }
    },
    async onLiveEvent(event) {
      const waiting = await waitingOf(event);
      if (waiting !== null) add(event.room_id, waiting);
    },
    onReceipts(roomId, receipts) {
      const mine = receipts.filter((receipt) => receipt.user === me);
      const all = rooms.get(roomId);
      if (mine.length === 0 || all === undefined) return;
      for (const receipt of mine) {
        const { thread } = receipt;
        const at = all.findIndex((waiting) => waiting.eventId === receipt.eventId);
        // A receipt on something that is not counted (a state event, one's own message) is later than what is.
        const end = at < 0 ? all.length : at + 1;
        // A receipt of a thread, or of what is outside of threads, leaves the others unread (MSC3771).
        const left = all.filter(
          (waiting, place) => place >= end || !(thread === null || thread === (waiting.thread ?? 'main')),
        );
        all.splice(0, all.length, ...left);
      }
      onChange(roomId);
    },
    flag(roomId, marked) {
      if (marked === flagged.has(roomId)) return;
      if (marked) flagged.add(roomId);
      else flagged.delete(roomId);
      onChange(roomId);
    },
    clear(roomId) {
      if (rooms.delete(roomId) || flagged.delete(roomId)) onChange(roomId);
    },
  };
}

function judge(eventId: string, content: Readonly<Record<string, unknown>>, me: UserId): Waiting | null {
  const relation = content['m.relates_to'];
  if (isRecord(relation) && relation.rel_type === 'm.replace') return null;
  const mentions = content['m.mentions'];
  const users = isRecord(mentions) && Array.isArray(mentions.user_ids) ? mentions.user_ids : [];
  const highlight = users.includes(me) || (isRecord(mentions) && mentions.room === true);
  return { eventId, highlight, thread: threadOf(content) };
}

/** The relation inside wins; where there is none, the one beside the ciphertext is taken. */
function withRelation(
  content: Readonly<Record<string, unknown>>,
  beside: Readonly<Record<string, unknown>> | null,
): Readonly<Record<string, unknown>> {
  return content['m.relates_to'] === undefined && beside !== null ? { ...content, 'm.relates_to': beside } : content;
}

function threadOf(content: Readonly<Record<string, unknown>>): string | null {
  const relation = content['m.relates_to'];
  return isRecord(relation) && relation.rel_type === 'm.thread' && typeof relation.event_id === 'string'
    ? relation.event_id
    : null;
}
