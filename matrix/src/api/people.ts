import type { RoomId, UserId } from '@besace/protocol/core/ids';
import type { Outcome, Stop } from './common.ts';

/** What one may know of a person. */
export type PersonCard = {
  readonly userId: UserId;
  /** The name that she gave herself, as her server says it; empty where it does not. */
  readonly name: string;
  readonly outsider: boolean;
  readonly ignored: boolean;
  /** Rooms that both of us are in. */
  readonly shared: readonly RoomId[];
  /**
   * What is known of her cryptographic identity: `verified` by me, `signed` (her devices are hers, whoever she is), `changed` since I saw or verified it, `none`.
   */
  readonly trust: 'verified' | 'signed' | 'changed' | 'none';
};

/** People beyond the members of a room: who they are, and whom one does not want to hear. */
export interface PeopleApi {
  /** People whose messages and invitations are not shown (`m.ignored_user_list`), on all of my devices. */
  watchIgnored(listener: (users: readonly UserId[]) => void): Promise<Stop>;
  setIgnored(user: UserId, ignored: boolean): Outcome<void>;
  person(user: UserId): Outcome<PersonCard>;
  /** Tells the administrators of one's server about a room, such as one that strangers invite to (`/rooms/{id}/report`). */
  reportRoom(roomId: RoomId, reason: string): Outcome<void>;
}
