import type { UserId } from '@besace/protocol/core/ids';
import type { Judged } from '../notify/rules.ts';
import { isRecord } from '../sync/rawEvent.ts';
import { authorityOf } from './authority.ts';
import type { RoomModel } from './roomModel.ts';

/** Who may not call the whole room unless its power levels say so (Matrix spec, 10.5, `notifications`). */
const CALLERS = 50;

/** What push rules ask about a room and whoever speaks in it. Of a room that is not known: that it has several people, and that the sender has no rights. */
export function circumstancesOf(
  room: RoomModel | undefined,
  sender: UserId,
  { outsiders, displayName }: { readonly outsiders: readonly string[]; displayName(): string },
): Pick<Judged, 'memberCount' | 'myName' | 'mayCallRoom'> {
  if (room === undefined) return { memberCount: 3, myName: displayName(), mayCallRoom: false };
  const levels = room.clearState('m.room.power_levels')?.content.notifications;
  const needed = isRecord(levels) && typeof levels.room === 'number' ? levels.room : CALLERS;
  return {
    memberCount: room.joinedCount,
    myName: displayName(),
    mayCallRoom: authorityOf(room, outsiders).powerOf(sender) >= needed,
  };
}
