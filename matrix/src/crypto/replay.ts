import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import type { LocalDb } from '../local/db.ts';
import type { Cancel, Clock, Logger } from '../platform/platform.ts';
import type { Scope } from '../session/scope.ts';

/**
 * Remembers under which event id each megolm message index was first seen, so that the same ciphertext under another event id is refused
 * (trust.md, fact 3), on this device and after a restart. One megolm session belongs to one sender.
 */
export interface ReplayGuard {
  /** False when this index of the session already came under another event id, or the session under another sender. */
  admit(message: {
    roomId: RoomId;
    sessionId: string;
    index: number;
    eventId: EventId;
    sender: UserId;
  }): Promise<boolean>;
  /** Writes down what is not kept yet. */
  flush(): Promise<void>;
}

/** Whether this device, in this life or an earlier one, has opened exactly this message under this event id before. */
export async function wasSeen(
  db: LocalDb,
  message: { roomId: RoomId; sessionId: string; index: number; eventId: EventId },
): Promise<boolean> {
  const parsed = v.safeParse(schema, await db.get('seen', keyOf(message)));
  return parsed.success && parsed.output.events[message.index] === message.eventId;
}

function keyOf({ roomId, sessionId }: { roomId: RoomId; sessionId: string }): string {
  return `${roomId}/${sessionId}`;
}

const schema = v.object({ sender: v.string(), events: v.record(v.string(), v.string()) });

type Seen = { readonly sender: string; readonly events: Map<number, string> };

const WRITE_AFTER_MS = 2_000;
const MOST_SESSIONS = 500;

export function createReplayGuard(db: LocalDb, clock: Clock, logger: Logger, scope: Scope): ReplayGuard {
  const sessions = new Map<string, Promise<Seen>>();
  const dirty = new Map<string, Seen>();
  /** Sessions that somebody waits for or that are being written: what is in memory is then all there is. */
  const held = new Map<string, number>();
  let saving: Cancel | null = null;

  async function load(key: string, sender: UserId): Promise<Seen> {
    const parsed = v.safeParse(schema, await db.get('seen', key));
    if (!parsed.success) return { sender, events: new Map() };
    const events = Object.entries(parsed.output.events).map(([index, id]) => [Number(index), id] as const);
    return { sender: parsed.output.sender, events: new Map(events) };
  }

  function save(key: string, seen: Seen): void {
    dirty.set(key, seen);
    saving ??= clock.after(WRITE_AFTER_MS, () => void flush());
  }

  async function flush(): Promise<void> {
    saving?.();
    saving = null;
    const changes = [...dirty].map(([key, seen]) => ({
      store: 'seen' as const,
      key,
      value: { sender: seen.sender, events: Object.fromEntries(seen.events) },
    }));
    const written = [...dirty.keys()];
    dirty.clear();
    for (const key of written) hold(key, 1);
    try {
      await db.write(changes);
      for (const key of written) hold(key, -1);
    } catch (thrown) {
      // What is lost is the memory of some seconds, not content; the session goes on.
      logger.warn('seen-not-saved', { error: String(thrown) });
    }
  }

  function hold(key: string, change: 1 | -1): void {
    const count = (held.get(key) ?? 0) + change;
    if (count === 0) held.delete(key);
    else held.set(key, count);
  }

  /** Who reads a long history sees thousands of sessions: those that are on disk need not stay in memory. */
  function forgetOld(): void {
    for (const key of sessions.keys()) {
      if (sessions.size <= MOST_SESSIONS) return;
      if (!dirty.has(key) && !held.has(key)) sessions.delete(key);
    }
  }
  scope.add(() => saving?.());

  return {
    flush,
    async admit({ roomId, sessionId, index, eventId, sender }) {
      const key = keyOf({ roomId, sessionId });
      const loading = sessions.get(key) ?? load(key, sender);
      sessions.set(key, loading);
      hold(key, 1);
      try {
        const seen = await loading;
        if (seen.sender !== sender) return false;
        const first = seen.events.get(index);
        if (first !== undefined) return first === eventId;
        seen.events.set(index, eventId);
        save(key, seen);
        return true;
      } finally {
        hold(key, -1);
        forgetOld();
      }
    },
  };
}

/**
 * The message index of a megolm message (Matrix spec, Olm and Megolm, "Message format"): a version byte, then protobuf field 1 as a varint.
 * It is under the message's MAC and signature, so it is true of what decrypted. Null for what is no megolm message.
 */
export function megolmIndex(ciphertext: unknown): number | null {
  if (typeof ciphertext !== 'string' || ciphertext.length < 12) return null;
  let head: string;
  try {
    head = atob(ciphertext.slice(0, 12));
  } catch {
    // Not base64: it will not decrypt either.
    return null;
  }
  if (head.charCodeAt(0) !== 3 || head.charCodeAt(1) !== 0x08) return null;
  let index = 0;
  for (let at = 2, shift = 0; at < head.length; at += 1, shift += 7) {
    const byte = head.charCodeAt(at);
    index += (byte & 0x7f) * 2 ** shift;
    if ((byte & 0x80) === 0) return index;
  }
  return null;
}
