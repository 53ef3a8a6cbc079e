import type { RoomId, UserId } from '@besace/protocol/core/ids';
import type { Outcome, Someone, Stop } from './common.ts';

/** `chat` has no `m.room.create` type; others are `fr.besace.board`, ...; a workspace is `m.space`. */
export type RoomKind = 'chat' | 'board' | 'workspace' | 'other';
export type Membership = 'join' | 'invite' | 'knock' | 'leave' | 'ban';

export type RoomSummary = {
  readonly roomId: RoomId;
  readonly kind: RoomKind;
  readonly membership: Membership;
  /** Decrypted `m.room.name`, else made of the members' names. */
  readonly name: string;
  /** True while the name is encrypted and its key has not come: the name is then a stand-in. */
  readonly nameLocked: boolean;
  readonly direct: boolean;
  /** The other person of a direct conversation of two, else null: so that it is opened again, and not made twice. */
  readonly directWith: UserId | null;
  readonly encrypted: boolean;
  /** Workspaces (spaces) that list this room as a child and that it can be reached through. */
  readonly parents: readonly RoomId[];
  readonly joinedCount: number;
  readonly outsiderCount: number;
  readonly openToOutsiders: boolean;
  readonly unread: number;
  readonly highlights: number;
  /** Server time of the latest event, ms: for display and order of the list only (T4). */
  readonly lastActivity: number;
  /** One line of clear text, from verified content only, or null. */
  readonly preview: { readonly sender: string; readonly text: string } | null;
  /** For an invitation: who invites. */
  readonly inviter: { readonly userId: UserId; readonly name: string } | null;
  /** An invitation from somebody with whom one shares no room, as far as is known. */
  readonly fromStranger: boolean;
};

/** Rooms by latest activity first. `total` is what the account holds, so that a list can be virtual. */
export type RoomList = { readonly rooms: readonly RoomSummary[]; readonly total: number; readonly complete: boolean };

export type Member = {
  readonly userId: UserId;
  readonly name: string;
  readonly membership: Membership;
  readonly power: number;
  readonly outsider: boolean;
};

export type RoomDetails = RoomSummary & {
  readonly topic: string;
  readonly members: readonly Member[];
  readonly myPower: number;
  /** Whether whoever is invited will read what was written before: history visibility `shared` or `world_readable` (T10). */
  readonly historyShared: boolean;
  /** Clear power levels content needed by view models to know what the person may do. */
  readonly powerLevels: Record<string, unknown>;
  /** The room's create event: sender and content, for creators (room version 12). */
  readonly creators: readonly UserId[];
  /** Children of a workspace, in order. */
  readonly children: readonly RoomId[];
  /** Users typing now, without me. */
  readonly typing: readonly Someone[];
};

export interface RoomsApi {
  /** The whole list, kept current, at most one call per 50 ms. Starts with the local copy. */
  watchRooms(listener: (list: RoomList) => void): Promise<Stop>;
  watchRoom(roomId: RoomId, listener: (room: RoomDetails) => void): Promise<Stop>;
  /** An encrypted conversation (room version 12, encrypted state). */
  createConversation(input: { name: string | null; invite: readonly UserId[]; direct: boolean }): Outcome<RoomId>;
  createWorkspace(input: { name: string }): Outcome<RoomId>;
  /** A tool room inside a workspace: created, linked both ways, its workspace members of my server and others invited when asked. */
  createRoomIn(input: {
    workspace: RoomId;
    name: string;
    kind: 'chat' | 'board';
    openToOutsiders: boolean;
    inviteMembers: boolean;
  }): Outcome<RoomId>;
  /** Shares the history keys (MSC4268), then invites. `outsider-refused` where the room is not open to them. */
  invite(roomId: RoomId, user: UserId): Outcome<void>;
  /** For a workspace, with `withRooms`, joins also those of its rooms that I am invited to. */
  join(roomId: RoomId, options?: { withRooms?: boolean }): Outcome<void>;
  leave(roomId: RoomId): Outcome<void>;
  rename(roomId: RoomId, name: string): Outcome<void>;
  /** What the room is about; empty for nothing. At most 1,000 characters. */
  setTopic(roomId: RoomId, topic: string): Outcome<void>;
  setPower(roomId: RoomId, user: UserId, power: number): Outcome<void>;
}
