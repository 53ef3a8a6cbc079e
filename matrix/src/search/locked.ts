import type { EventId, RoomId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import type { LocalChange, LocalDb } from '../local/db.ts';
import { eventIdSchema } from '../local/ids.ts';
import type { RoomKey } from '../session/context.ts';
import { parseRawEvent, type RawEvent } from '../sync/rawEvent.ts';
import type { TimelineEvent } from '../timeline/event.ts';
import { lockedPrefix, put } from './indexState.ts';

/**
 * Messages whose key has not come: where they are, so that they are read when it comes (T6). Of each session one message is kept as it came, so that a key can be
 * tried without asking the server.
 */
export interface LockedMessages {
  /** What is to be written with the page that these locked events came in. */
  add(
    roomId: RoomId,
    events: readonly { readonly event: TimelineEvent; readonly place: number }[],
  ): Promise<LocalChange[]>;
  /** Sessions that this key may be of. */
  openedBy(key: RoomKey): Promise<readonly LockedSession[]>;
  /** Rooms with locked messages: a key may have come just before the last kill. */
  rooms(): readonly RoomId[];
  /** What is to be written once these were tried: those that are still locked stay. */
  left(session: LockedSession, still: readonly LockedMessage[]): LocalChange;
  forget(roomId: RoomId): void;
}

export type LockedMessage = { readonly eventId: EventId; readonly place: number };

export type LockedSession = {
  readonly roomId: RoomId;
  readonly sessionId: string;
  readonly sample: RawEvent;
  readonly messages: readonly LockedMessage[];
};

/** Messages kept of one session: clients make a new one after 100. */
const MOST = 2_000;
const schema = v.object({
  sample: v.record(v.string(), v.unknown()),
  messages: v.array(v.tuple([eventIdSchema, v.number()])),
});
const keyOf = (roomId: RoomId, sessionId: string) => `${lockedPrefix(roomId)}${sessionId}`;

export async function createLockedMessages(db: LocalDb): Promise<LockedMessages> {
  const sessions = new Set(await db.keys('search', 'locked/'));

  async function load(roomId: RoomId, sessionId: string): Promise<LockedSession | null> {
    const key = keyOf(roomId, sessionId);
    const parsed = sessions.has(key) ? v.safeParse(schema, await db.get('search', key)) : null;
    if (parsed?.success !== true) return null;
    const sample = parseRawEvent(parsed.output.sample, roomId);
    if (sample === null) return null;
    const messages = parsed.output.messages.map(([eventId, place]) => ({ eventId, place }));
    return { roomId, sessionId, sample, messages };
  }

  function write({ roomId, sessionId, sample, messages }: LockedSession): LocalChange {
    const key = keyOf(roomId, sessionId);
    if (messages.length === 0) {
      sessions.delete(key);
      return { store: 'search', key, remove: true };
    }
    sessions.add(key);
    return put(key, { sample, messages: messages.slice(0, MOST).map(({ eventId, place }) => [eventId, place]) });
  }

  return {
    async add(roomId, events) {
      const changed = new Map<string, LockedSession>();
      for (const { event, place } of events) {
        const { reading, eventId, stateKey } = event;
        if (reading.kind !== 'locked' || reading.sessionId === null || stateKey !== null) continue;
        const { sessionId, raw } = reading;
        const known = changed.get(sessionId) ?? (await load(roomId, sessionId));
        const session = known ?? { roomId, sessionId, sample: raw, messages: [] };
        const isNew = !session.messages.some((message) => message.eventId === eventId);
        const messages = isNew ? [...session.messages, { eventId, place }] : session.messages;
        changed.set(sessionId, { ...session, messages });
      }
      return [...changed.values()].map(write);
    },
    async openedBy({ roomId, sessionId }) {
      const prefix = keyOf(roomId, '');
      const all =
        sessionId === ''
          ? [...sessions].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
          : [sessionId];
      const loaded = await Promise.all(all.map((one) => load(roomId, one)));
      return loaded.filter((session) => session !== null);
    },
    rooms: () => [...new Set([...sessions].map((key) => decodeURIComponent(key.split('/')[1] ?? '') as RoomId))],
    left: (session, messages) => write({ ...session, messages }),
    forget(roomId) {
      for (const key of sessions) if (key.startsWith(keyOf(roomId, ''))) sessions.delete(key);
    },
  };
}
