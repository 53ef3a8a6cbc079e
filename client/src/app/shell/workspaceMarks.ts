import type { RoomList, RoomSummary } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';

/** A workspace on the rail: what is unread in its rooms, and whether outsiders are in any of them. */
export type WorkspaceMark = {
  readonly roomId: RoomId;
  readonly name: string;
  readonly unread: number;
  readonly highlights: number;
  readonly outsiders: boolean;
};

/** My workspaces by name, each with the sums over its rooms. */
export function workspaceMarks(list: RoomList | null): readonly WorkspaceMark[] {
  const joined = (list?.rooms ?? []).filter((room) => room.membership === 'join');
  return joined
    .filter((room) => room.kind === 'workspace')
    .map((workspace) => {
      const rooms = joined.filter((room) => room.parents.includes(workspace.roomId));
      return {
        roomId: workspace.roomId,
        name: workspace.name,
        ...sum(rooms),
        outsiders: [workspace, ...rooms].some((room) => room.outsiderCount > 0),
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** What is unread in rooms of no workspace, invitations included. */
export function unreadAtHome(list: RoomList | null): { unread: number; highlights: number } {
  return sum((list?.rooms ?? []).filter((room) => room.parents.length === 0 && room.kind !== 'workspace'));
}

function sum(rooms: readonly RoomSummary[]): { unread: number; highlights: number } {
  return {
    unread: rooms.reduce((total, room) => total + room.unread + (room.membership === 'invite' ? 1 : 0), 0),
    highlights: rooms.reduce((total, room) => total + room.highlights, 0),
  };
}
