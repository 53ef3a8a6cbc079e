import type { RoomId } from '@besace/protocol/core/ids';
import { HistoryVisibility } from 'matrix-js-sdk/lib/@types/partials.js';
import type { RawEvent } from '../sync/rawEvent.ts';

/** A member as the crypto sees her. */
export type TargetMember = { readonly userId: string; readonly membership: string };

/**
 * For whom a room's messages are encrypted: what the SDK's `RoomEncryptor` asks of its `Room`, without the rest of it, which is a timeline,
 * threads and receipts that nobody here uses.
 */
export class EncryptionTarget {
  readonly roomId: RoomId;
  #members: readonly TargetMember[] = [];
  #visibility: HistoryVisibility = HistoryVisibility.Shared;

  constructor(roomId: RoomId) {
    this.roomId = roomId;
  }

  /** @param events the room's present state */
  take(events: readonly RawEvent[]): void {
    this.#members = events.flatMap(({ type, state_key: userId, content }) =>
      type === 'm.room.member' && userId !== undefined && typeof content.membership === 'string'
        ? [{ userId, membership: content.membership }]
        : [],
    );
    const visibility = events.find(({ type }) => type === 'm.room.history_visibility')?.content.history_visibility;
    this.#visibility = KNOWN.find((one) => one === visibility) ?? HistoryVisibility.Shared;
  }

  getHistoryVisibility(): HistoryVisibility {
    return this.#visibility;
  }

  getJoinedMembers(): readonly TargetMember[] {
    return this.#members.filter(({ membership }) => membership === 'join');
  }

  /** Invited people read what was said before they come, unless history is for those who have joined (Matrix spec, client-server, 11.13.4). */
  shouldEncryptForInvitedMembers(): boolean {
    return this.#visibility !== HistoryVisibility.Joined;
  }

  async getEncryptionTargetMembers(): Promise<readonly TargetMember[]> {
    const invited = this.shouldEncryptForInvitedMembers();
    return this.#members.filter(({ membership }) => membership === 'join' || (invited && membership === 'invite'));
  }

  /** Null: as the session's isolation mode says. */
  getBlacklistUnverifiedDevices(): boolean | null {
    return null;
  }
}

const KNOWN = Object.values(HistoryVisibility);
