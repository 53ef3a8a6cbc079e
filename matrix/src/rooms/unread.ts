import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import { isTransient } from '../errors.ts';
import { type Judged, judge, type PushRule, type Verdict } from '../notify/rules.ts';
import type { CryptoPort, HttpPort, Receipt } from '../session/context.ts';
import { parseRawEvents, type RawEvent } from '../sync/rawEvent.ts';
import { isReplacement, isSaid, readsUpTo, threadOf, withRelation } from './callingEvent.ts';
import { removedBy } from './previews.ts';
import { type Counts, type Fresh, type Seen, UnreadRoom } from './unreadRoom.ts';

/**
 * How much of each room the person has not read. No server can see mentions inside ciphertext, and simplified sliding sync of Synapse 1.163
 * gives zero for every count: so what comes is counted here, by her push rules, and what came while away is read back to what she had read.
 */
export interface Unread {
  of(roomId: RoomId): Counts;
  /** What an earlier life counted, shown until more is known. */
  preload(roomId: RoomId, counts: Counts): void;
  /** Events of a room as they came, oldest first; with `gap`, some before them may be missing. `live`: they have just been said. */
  onEvents(roomId: RoomId, events: readonly RawEvent[], how: { readonly gap: boolean; readonly live: boolean }): void;
  onReceipts(roomId: RoomId, receipts: readonly Receipt[]): void;
  /** Somebody marked the room as unread by hand, or not any more (`m.marked_unread`). */
  flag(roomId: RoomId, marked: boolean): void;
  /** Reads back what was missed, here and where it failed before: once the list is there, which comes first. */
  catchUp(): void;
  /** Keys came for these rooms. */
  retry(roomIds: readonly RoomId[]): void;
  /** The rules changed. */
  judgeAgain(): void;
}

export type UnreadDeps = {
  readonly me: UserId;
  readonly http: HttpPort;
  readonly crypto: Pick<CryptoPort, 'decrypt'>;
  isEncrypted(roomId: RoomId): boolean;
  /** Whoever the person does not want to hear calls nobody. */
  isIgnored(user: UserId): boolean;
  /** What rules ask about a room and a sender. */
  circumstances(roomId: RoomId, sender: UserId): Pick<Judged, 'memberCount' | 'myName' | 'mayCallRoom'>;
  rules(): readonly PushRule[];
  onChange(roomId: RoomId): void;
  /** Something that was just said calls the person. */
  onCall(call: Call): void;
};

/** A message that calls. */
export type Call = {
  readonly event: RawEvent;
  readonly thread: EventId | null;
  readonly content: Readonly<Record<string, unknown>>;
  readonly highlight: boolean;
};

type Room = {
  readonly counts: UnreadRoom;
  /** What each message that is not read says, so that new rules can judge it. */
  readonly said: Map<string, Said>;
  /** What did not open, to be tried again. */
  readonly locked: Map<string, { readonly event: RawEvent; readonly live: boolean }>;
  flagged: boolean;
};
type Said = {
  readonly event: RawEvent;
  readonly type: string;
  readonly content: Judged['content'];
  readonly thread: EventId | null;
};

/** Rooms whose history is read at a time, and pages of one room, 50 events each. */
const READERS = 2;
const PAGE = '50';
const MOST_PAGES = 6;

const pageSchema = v.object({ chunk: v.array(v.unknown()), end: v.nullish(v.string()) });

export function createUnread(deps: UnreadDeps): Unread {
  const { me, http, crypto } = deps;
  const rooms = new Map<RoomId, Room>();
  /** Rooms whose history could not be had, or not yet. */
  const toRead = new Set<RoomId>();
  const waiting = new Set<RoomId>();
  let readers = 0;
  let catching = false;

  function roomOf(roomId: RoomId): Room {
    const known = rooms.get(roomId);
    if (known !== undefined) return known;
    const made = { counts: new UnreadRoom(), said: new Map(), locked: new Map(), flagged: false };
    rooms.set(roomId, made);
    return made;
  }

  function seen(event: RawEvent): Seen {
    return { eventId: event.event_id, reads: readsUpTo(event, me) };
  }

  /** Opens what may call, and judges it. What I wrote, and what I have read, calls nobody. */
  async function weigh(room: Room, event: RawEvent, live: boolean, again = false): Promise<void> {
    try {
      await judgeOne(room, event, live, again);
    } catch {
      // It costs itself (T7), and is tried again unless it was judged before this went wrong.
      if (!room.said.has(event.event_id)) room.locked.set(event.event_id, { event, live });
    }
  }

  async function judgeOne(room: Room, event: RawEvent, live: boolean, again: boolean): Promise<void> {
    const { event_id: eventId, room_id: roomId } = event;
    if (event.sender === me || event.state_key !== undefined || removedBy(event) !== null) return;
    if (room.counts.isRead(eventId, threadOf(event.content))) return;
    if (event.type !== 'm.room.encrypted') {
      // In an encrypted room what is clear is nobody's word (T1).
      if (isSaid(event.type) && !deps.isEncrypted(roomId)) say(room, event, event.type, event.content, live);
      return;
    }
    const clear = await crypto.decrypt(event, live ? undefined : { history: true }).catch(() => null);
    // Two batches of keys may have tried it at once: only the first one tells.
    if (again && !room.locked.has(eventId)) return;
    if (!clear?.ok) {
      room.locked.set(eventId, { event, live });
      // What is still locked may be for her: it counts where every message does. Whom it names beside its ciphertext is nobody's word (T1).
      say(room, event, event.type, { 'm.relates_to': event.content['m.relates_to'] }, false);
      return;
    }
    room.locked.delete(eventId);
    if (isSaid(clear.value.type)) say(room, event, clear.value.type, withRelation(clear.value), live);
    else forget(room, event);
  }

  async function weighAll(room: Room, events: readonly RawEvent[], fresh: readonly Fresh[]): Promise<void> {
    const live = new Map(fresh.map((one) => [one.eventId, one.live]));
    await Promise.all(
      events.map((event) => {
        const isLive = live.get(event.event_id);
        return isLive === undefined ? undefined : weigh(room, event, isLive);
      }),
    );
  }

  function say(room: Room, event: RawEvent, type: string, content: Judged['content'], live: boolean): void {
    const said: Said = { event, type, content, thread: threadOf(content) };
    const verdict = judgeSaid(said);
    if (verdict === null) {
      forget(room, event);
      return;
    }
    room.said.set(event.event_id, said);
    room.counts.judge(event.event_id, { thread: said.thread, verdict });
    deps.onChange(event.room_id);
    if (!live || verdict === 'quiet' || room.counts.isRead(event.event_id, said.thread)) return;
    deps.onCall({ event, thread: said.thread, content, highlight: verdict === 'highlight' });
  }

  function forget(room: Room, event: RawEvent): void {
    room.said.delete(event.event_id);
    room.counts.judge(event.event_id, null);
    deps.onChange(event.room_id);
  }

  /** Null for a change of what was said, unless it names the person anew. */
  function judgeSaid({ event, type, content }: Said): Verdict | null {
    const { room_id: roomId, sender } = event;
    if (deps.isIgnored(sender)) return null;
    const verdict = judge(deps.rules(), { roomId, sender, type, content, ...deps.circumstances(roomId, sender) });
    return isReplacement(content) && verdict !== 'highlight' ? null : verdict;
  }

  /** What was read, or dropped, need not be kept any longer. */
  function tidy(room: Room): void {
    for (const [id, { thread }] of room.said) if (room.counts.isRead(id, thread)) room.said.delete(id);
    for (const [id, { event }] of room.locked) {
      if (room.counts.isRead(id, threadOf(event.content))) room.locked.delete(id);
    }
  }

  function queue(roomId: RoomId): void {
    if (!catching || !roomOf(roomId).counts.wantsHistory) return;
    toRead.delete(roomId);
    waiting.add(roomId);
    while (readers < READERS && waiting.size > 0) {
      readers += 1;
      void readOn();
    }
  }

  async function readOn(): Promise<void> {
    for (;;) {
      const [roomId] = waiting;
      if (roomId === undefined) break;
      waiting.delete(roomId);
      try {
        await readBack(roomId);
      } catch {
        // Asked for again with the next catching up; the other rooms are read.
        toRead.add(roomId);
      }
    }
    readers -= 1;
  }

  async function readBack(roomId: RoomId): Promise<void> {
    const room = roomOf(roomId);
    let from: string | null = null;
    room.counts.beginWalk();
    for (let pages = 0; room.counts.wantsHistory && pages < MOST_PAGES; pages += 1) {
      const answer = await http.json({
        method: 'GET',
        path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages`,
        query: { dir: 'b', limit: PAGE, ...(from === null ? {} : { from }) },
      });
      if (!answer.ok && isTransient(answer.error)) {
        toRead.add(roomId);
        return;
      }
      const page = v.safeParse(pageSchema, answer.ok ? answer.value : null);
      if (!page.success) break;
      const events = parseRawEvents(page.output.chunk, roomId);
      for (const event of events) remove(room, event);
      await weighAll(room, events.toReversed(), room.counts.goBack(events.map(seen), page.output.end == null));
      from = page.output.end ?? null;
      if (from === null) break;
    }
    if (room.counts.wantsHistory) room.counts.giveUp();
    tidy(room);
    deps.onChange(roomId);
  }

  function remove(room: Room, event: RawEvent): void {
    const removed = removedBy(event);
    if (removed !== null) room.counts.remove(removed);
  }

  return {
    of(roomId) {
      const room = rooms.get(roomId);
      if (room === undefined) return { unread: 0, highlights: 0 };
      const counts = room.counts.counts();
      // A room that was marked by hand calls once, until it is opened.
      return room.flagged && counts.unread === 0 ? { unread: 1, highlights: 0 } : counts;
    },
    preload(roomId, counts) {
      if (counts.unread > 0) roomOf(roomId).counts.preload(counts);
    },
    onEvents(roomId, events, { gap, live }) {
      if (events.length === 0) return;
      const room = roomOf(roomId);
      const fresh = room.counts.arrive(events.map(seen), { gap, live });
      for (const event of events) remove(room, event);
      void weighAll(room, events, fresh);
      tidy(room);
      queue(roomId);
      deps.onChange(roomId);
    },
    onReceipts(roomId, receipts) {
      const mine = receipts.filter((receipt) => receipt.user === me);
      if (mine.length === 0) return;
      const room = roomOf(roomId);
      for (const { thread, eventId } of mine) room.counts.read(thread ?? 'all', eventId);
      tidy(room);
      deps.onChange(roomId);
    },
    flag(roomId, marked) {
      const room = roomOf(roomId);
      if (marked === room.flagged) return;
      room.flagged = marked;
      deps.onChange(roomId);
    },
    catchUp() {
      if (!catching) for (const [roomId, room] of rooms) if (room.counts.wantsHistory) toRead.add(roomId);
      catching = true;
      for (const roomId of [...toRead]) queue(roomId);
    },
    retry(roomIds) {
      for (const roomId of new Set(roomIds)) {
        const room = rooms.get(roomId);
        for (const { event, live } of [...(room?.locked.values() ?? [])]) if (room) void weigh(room, event, live, true);
      }
    },
    judgeAgain() {
      for (const [roomId, room] of rooms) {
        for (const [eventId, said] of room.said) {
          const verdict = judgeSaid(said);
          room.counts.judge(eventId, verdict === null ? null : { thread: said.thread, verdict });
        }
        if (room.said.size > 0) deps.onChange(roomId);
      }
    },
  };
}
