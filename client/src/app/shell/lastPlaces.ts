import { parseRoomId, type RoomId } from '@besace/protocol/core/ids';

/** Rooms that were opened last, newest first: for the palette. Kept by the tab, and with it gone. */
type Keep = Pick<Storage, 'getItem' | 'setItem'>;

const MOST = 5;
const keyOf = (userId: string) => `besace.places.${userId}`;

export function rememberPlace(storage: Keep, userId: string, roomId: RoomId): void {
  const others = lastPlaces(storage, userId).filter((other) => other !== roomId);
  storage.setItem(keyOf(userId), JSON.stringify([roomId, ...others].slice(0, MOST)));
}

/** What does not parse counts as not there. */
export function lastPlaces(storage: Keep, userId: string): readonly RoomId[] {
  let kept: unknown;
  try {
    kept = JSON.parse(storage.getItem(keyOf(userId)) ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(kept)) return [];
  return kept.slice(0, MOST).flatMap((one) => {
    const roomId = parseRoomId(one);
    return roomId.ok ? roomId.value : [];
  });
}
