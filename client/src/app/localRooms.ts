import type { RoomList } from '@besace/matrix/api/types';
import { openRoomListSnapshot } from '@besace/matrix/local/roomListSnapshot';
import { createWebPlatform } from '@besace/matrix/platform/web';

/**
 * The copy of the room list kept on this device for `userId`, or null. Reads it without the Matrix SDK, so that the list is on
 * screen before that is loaded.
 */
export async function readLocalRooms(userId: string | null, storagePrefix: string): Promise<RoomList | null> {
  if (userId === null) return null;
  const snapshot = await openRoomListSnapshot(
    createWebPlatform({ cryptoWasmUrl: '', outsiderServers: [], storagePrefix }),
  );
  return snapshot?.userId === userId ? snapshot.list : null;
}
