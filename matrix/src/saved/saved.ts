import { type EventId, parseEventId, parseRoomId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { Outcome, SavedApi, SavedLine, SavedMessage } from '../api/types.ts';
import { isTransient } from '../errors.ts';
import { userIdSchema } from '../local/ids.ts';
import type { SessionContext } from '../session/context.ts';
import { aggregate } from '../timeline/aggregate.ts';
import { bodyOf, quoteOf, type RoomNames } from '../timeline/body.ts';
import { readOne } from '../timeline/history.ts';
import { roomAuthority } from '../timeline/screen.ts';
import type { Vault } from '../vault/vault.ts';

const LIST = 'saved';
const MAX_TEXT = 300;

const lineSchema = v.object({
  sender: userIdSchema,
  senderName: v.string(),
  at: v.number(),
  text: v.nullable(v.string()),
  kind: v.picklist(['text', 'image', 'file', 'audio', 'video', 'locked', 'removed']),
});

/** Messages that the person keeps, over the vault; what they say is read from their rooms. */
export function createSaved(context: SessionContext, vault: Vault): SavedApi {
  const { localDb: db, platform } = context;

  async function read(roomId: RoomId, eventId: EventId): Outcome<SavedLine> {
    const one = await readOne(context, roomId, eventId);
    if (!one.ok) return one;
    const { event, served } = one.value;
    const room = await namesOf(context, roomId, event.sender);
    const { edits } = aggregate([event, ...served.aside], roomAuthority(context, roomId), room.encrypted);
    const body = bodyOf(event, edits.get(eventId) ?? null, room);
    const from = { sender: event.sender, senderName: room.nameOf(event.sender), at: event.at };
    if (body === null) return err({ code: 'not-found', detail: 'message' });
    const text = quoteOf(body)?.slice(0, MAX_TEXT) ?? null;
    if (body.kind === 'text' || 'media' in body) return ok({ ...from, kind: body.kind, text });
    // A poll is its question, a place its name.
    if (body.kind === 'poll' || body.kind === 'location') return ok({ ...from, kind: 'text', text });
    return body.kind === 'removed' || body.kind === 'locked'
      ? ok({ ...from, kind: body.kind, text: null })
      : err({ code: 'not-found', detail: 'message' });
  }

  return {
    async watchSaved(listener) {
      const tell = () => listener(listOf(vault.values(LIST)));
      const stop = vault.watch(LIST, tell);
      // What was locked may open now: told again, it is read again.
      const stopKeys = context.crypto.onRoomKeys((keys) => {
        const rooms = new Set(listOf(vault.values(LIST)).map(({ roomId }) => roomId));
        if (keys.some(({ roomId }) => rooms.has(roomId))) tell();
      });
      return () => {
        stop();
        stopKeys();
      };
    },
    save: (roomId, eventId) => vault.put(LIST, keyOf(roomId, eventId), platform.clock.now()),
    async unsave(roomId, eventId) {
      await db.clear('vault', lineKey(roomId, eventId));
      return vault.put(LIST, keyOf(roomId, eventId), null);
    },
    async savedLine(roomId, eventId) {
      const line = await read(roomId, eventId);
      const key = lineKey(roomId, eventId);
      if (line.ok) {
        await db.write([{ store: 'vault', key, value: line.value }]);
        return line;
      }
      if (!isTransient(line.error)) return line;
      const kept = v.safeParse(lineSchema, await db.get('vault', key));
      return kept.success ? ok(kept.output) : line;
    },
  };
}

async function namesOf({ rooms }: SessionContext, roomId: RoomId, sender: UserId): Promise<RoomNames> {
  const known = rooms.get(roomId);
  // A room that was not opened yet knows few of its people; without their names, their ids are shown.
  if (known?.member(sender) === undefined) await rooms.ensureMembers(roomId);
  return {
    encrypted: known?.encrypted ?? true,
    nameOf: (user) => rooms.get(roomId)?.member(user)?.name ?? user,
    isOutsider: (user) => rooms.isOutsider(user),
  };
}

/** What the vault holds, as a list: latest first. What does not parse costs itself (T7). */
export function listOf(values: ReadonlyMap<string, unknown>): readonly SavedMessage[] {
  const list: SavedMessage[] = [];
  for (const [key, savedAt] of values) {
    const [room, event] = key.split(' ');
    const roomId = parseRoomId(room);
    const eventId = parseEventId(event);
    if (!roomId.ok || !eventId.ok || typeof savedAt !== 'number') continue;
    list.push({ roomId: roomId.value, eventId: eventId.value, savedAt });
  }
  return list.sort((a, b) => b.savedAt - a.savedAt || (a.eventId < b.eventId ? -1 : 1));
}

function keyOf(roomId: RoomId, eventId: EventId): string {
  return `${roomId} ${eventId}`;
}

function lineKey(roomId: RoomId, eventId: EventId): string {
  return `line ${keyOf(roomId, eventId)}`;
}
