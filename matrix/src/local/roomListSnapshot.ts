import * as v from 'valibot';
import type { RoomList, RoomSummary } from '../api/types.ts';
import type { Platform } from '../platform/platform.ts';
import { type LocalDb, openLocalDb } from './db.ts';

/** Whose rooms these are, and the rooms as they were when last shown. */
export type RoomListSnapshot = { readonly userId: string; readonly displayName: string; readonly list: RoomList };

const KEY = 'snapshot';
const VERSION = 1;

// What is read here was written by ourselves and sealed: the outline is checked, so that an older version's copy is dropped whole.
const schema = v.object({
  v: v.literal(VERSION),
  userId: v.string(),
  displayName: v.string(),
  total: v.number(),
  rooms: v.array(v.looseObject({ roomId: v.string(), kind: v.string(), name: v.string(), lastActivity: v.number() })),
});

/**
 * The room list of the last time, before the Matrix SDK is loaded: for the first screen. Null when nobody was signed in, or when what is
 * kept cannot be read.
 */
export async function readRoomListSnapshot(db: LocalDb): Promise<RoomListSnapshot | null> {
  const parsed = v.safeParse(schema, await db.get('roomList', KEY));
  if (!parsed.success) return null;
  const { userId, displayName, total, rooms } = parsed.output;
  // Checked in outline above; the seal says that the rest is what `writeRoomListSnapshot` wrote under the same version.
  return { userId, displayName, list: { rooms: rooms as unknown as RoomSummary[], total, complete: false } };
}

/** The same, for a page that opens the local copy only for this. */
export async function openRoomListSnapshot(platform: Platform): Promise<RoomListSnapshot | null> {
  const db = await openLocalDb(platform);
  try {
    return await readRoomListSnapshot(db);
  } finally {
    db.close();
  }
}

export function writeRoomListSnapshot(db: LocalDb, { userId, displayName, list }: RoomListSnapshot): Promise<void> {
  const value = { v: VERSION, userId, displayName, total: list.total, rooms: list.rooms };
  return db.write([{ store: 'roomList', key: KEY, value }]);
}
