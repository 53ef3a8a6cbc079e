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

type Waiting = { readonly eventId: string; readonly highlight: boolean };

/** More than this shows as "99+" anyway. */
const MOST = 100;

const schema = v.object({ notifications: v.array(v.unknown()) });

export function createUnread({ me, http, crypto, isEncrypted, onChange }: UnreadDeps): Unread {
  const rooms = new Map<RoomId, Waiting[]>();

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
    if (!clear.ok) return { eventId: event.event_id, highlight: false };
    return clear.value.type === 'm.room.message' ? judge(event.event_id, clear.value.content, me) : null;
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
      return { unread: all.length, highlights: all.filter((waiting) => waiting.highlight).length };
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
        const at = all.findIndex((waiting) => waiting.eventId === receipt.eventId);
        // A receipt on something that is not counted (a state event, one's own message) is later than what is.
        all.splice(0, at < 0 ? all.length : at + 1);
      }
      onChange(roomId);
    },
    clear(roomId) {
      if (rooms.delete(roomId)) onChange(roomId);
    },
  };
}

function judge(eventId: string, content: Readonly<Record<string, unknown>>, me: UserId): Waiting | null {
  const relation = content['m.relates_to'];
  if (isRecord(relation) && relation.rel_type === 'm.replace') return null;
  const mentions = content['m.mentions'];
  const users = isRecord(mentions) && Array.isArray(mentions.user_ids) ? mentions.user_ids : [];
  return { eventId, highlight: users.includes(me) || (isRecord(mentions) && mentions.room === true) };
}
