import { parseRoomId, type RoomId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import type { LocalDb } from '../local/db.ts';

/** What was worked out of a room and need not be worked out again: names that were decrypted, people that were counted. */
export type RoomFacts = {
  readonly encrypted: boolean;
  readonly name: { readonly eventId: string; readonly content: Readonly<Record<string, unknown>> } | null;
  readonly object: { readonly eventId: string; readonly content: Readonly<Record<string, unknown>> } | null;
  readonly preview: {
    readonly eventId: string;
    readonly author?: string | null | undefined;
    readonly sender: string;
    readonly text: string;
  } | null;
  /** Joined outsiders, when the room had so many joined members. */
  readonly outsiders: { readonly count: number; readonly joined: number } | null;
};

/** What stays of a room that one has no longer. */
export const ONLY_ENCRYPTED: RoomFacts = { encrypted: true, name: null, object: null, preview: null, outsiders: null };

const KEY = 'facts';
const content = v.record(v.string(), v.unknown());
const singleton = v.nullable(v.object({ eventId: v.string(), content }));
const schema = v.record(
  v.string(),
  v.object({
    encrypted: v.boolean(),
    name: singleton,
    object: singleton,
    preview: v.nullable(
      v.object({ eventId: v.string(), author: v.nullish(v.string()), sender: v.string(), text: v.string() }),
    ),
    outsiders: v.nullable(v.object({ count: v.number(), joined: v.number() })),
  }),
);

export async function readRoomFacts(db: LocalDb): Promise<ReadonlyMap<RoomId, RoomFacts>> {
  const parsed = v.safeParse(schema, await db.get('roomList', KEY));
  const facts = new Map<RoomId, RoomFacts>();
  for (const [key, value] of Object.entries(parsed.success ? parsed.output : {})) {
    const roomId = parseRoomId(key);
    if (roomId.ok) facts.set(roomId.value, value);
  }
  return facts;
}

export function writeRoomFacts(db: LocalDb, facts: ReadonlyMap<RoomId, RoomFacts>): Promise<void> {
  return db.write([{ store: 'roomList', key: KEY, value: Object.fromEntries(facts) }]);
}
