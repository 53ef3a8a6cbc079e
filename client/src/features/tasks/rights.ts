import type { RoomDetails } from '@besace/matrix/api/types';
import { authorityFrom } from '@besace/protocol/core/authority';
import { serverOf, type UserId } from '@besace/protocol/core/ids';
import { type BoardRights, boardRights } from '@besace/protocol/features/tasks';

type Rights = Pick<RoomDetails, 'members' | 'powerLevels' | 'creators'>;

export const NO_RIGHTS: BoardRights = { editBoard: false, editColumns: false, editTasks: false };

/** What I may do on this board now, by the same rules as those who will judge what I write (TASK-2). */
export function rightsIn(room: Rights, me: UserId): BoardRights {
  const [sender, ...others] = room.creators;
  const authority = authorityFrom({
    // Only rooms of a version in which creators stand above the levels have any here.
    create: sender === undefined ? null : { sender, content: { room_version: '12', additional_creators: [...others] } },
    powerLevels: room.powerLevels,
    outsiders: room.members.filter(({ outsider }) => outsider).map(({ userId }) => serverOf(userId)),
  });
  return boardRights(authority, me);
}

/** Why nothing can be written, for the sentence that says it; null when something can. */
export function whyReadOnly(room: Rights | null, me: UserId | null): 'reader' | 'outsider' | null {
  if (room === null || me === null || rightsIn(room, me).editTasks) return null;
  return room.members.some(({ userId, outsider }) => outsider && userId === me) ? 'outsider' : 'reader';
}
