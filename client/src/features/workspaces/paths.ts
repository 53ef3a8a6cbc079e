import type { RoomId } from '@besace/protocol/core/ids';
import { workspacePath } from '../../app/places.ts';

/** Addresses of this feature's own pages. */
export const newWorkspacePath = '/espaces/nouveau';

export function newRoomPath(workspace: RoomId): string {
  return `${workspacePath(workspace)}/nouveau-salon`;
}

/** Where people are invited to a workspace: the page is the directory's. */
export function inviteToWorkspacePath(workspace: RoomId): string {
  return `${workspacePath(workspace)}/inviter`;
}

export const newConversationPath = '/conversations/nouvelle';
