import type { RoomId } from '@besace/protocol/core/ids';
import type { RoomStore } from './roomStore.ts';

/** About a screen of the list: what is opened side by side before the next. */
const AT_ONCE = 20;

/** Does something for each of these rooms, those at the top of the list first: all at once, a thousand rooms would keep the first twenty waiting. */
export async function inTurns(
  rooms: Pick<RoomStore, 'get'>,
  ids: Iterable<RoomId>,
  run: (roomId: RoomId) => Promise<void>,
): Promise<void> {
  const lastActivity = (roomId: RoomId) => rooms.get(roomId)?.lastActivity ?? 0;
  const sorted = [...new Set(ids)].sort((a, b) => lastActivity(b) - lastActivity(a));
  for (let at = 0; at < sorted.length; at += AT_ONCE) await Promise.all(sorted.slice(at, at + AT_ONCE).map(run));
}
