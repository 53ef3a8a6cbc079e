import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import { MatrixEvent, Room } from 'matrix-js-sdk';
import type { BesaceError } from '../api/types.ts';
import type { RoomsPort } from '../session/context.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { SdkClient } from './sdkClient.ts';

/**
 * The SDK's crypto asks a `Room` for its members and history visibility when it encrypts. These rooms hold just that, are made when a
 * room is first written to, and are brought up to date before each encryption.
 */
export interface CryptoRooms {
  /** The room as the crypto needs it, with all members of now. */
  ready(roomId: RoomId): Promise<Result<Room, BesaceError>>;
}

/** What `rooms/` must tell beyond `RoomsPort`. */
export interface RoomStateSource extends RoomsPort {
  /**
   * Clear state that the crypto needs, members included. `version` changes whenever any of it does, `departures` whenever somebody left or may have
   * left unseen.
   */
  cryptoState(
    roomId: RoomId,
  ): { readonly version: number; readonly departures: number; readonly events: readonly RawEvent[] } | undefined;
}

const NEEDED = ['m.room.create', 'm.room.encryption', 'm.room.history_visibility'];

export function createCryptoRooms(
  sdk: Pick<SdkClient, 'client' | 'backend'>,
  source: RoomStateSource,
  userId: UserId,
): CryptoRooms {
  const made = new Map<RoomId, { readonly room: Room; version: number; departures: number | null }>();

  return {
    async ready(roomId) {
      const members = await source.ensureMembers(roomId);
      if (!members.ok) return members;
      const state = source.cryptoState(roomId);
      if (state === undefined) return err({ code: 'not-found', detail: 'room' });
      const encryption = state.events.find((event) => event.type === 'm.room.encryption');
      if (encryption === undefined) return err({ code: 'invalid', detail: 'room is not encrypted' });
      const entry = made.get(roomId) ?? { room: new Room(roomId, sdk.client, userId), version: -1, departures: null };
      if (entry.version !== state.version) {
        entry.version = state.version;
        entry.room.currentState.setStateEvents(state.events.map(toMatrixEvent));
      }
      if (!made.has(roomId)) {
        made.set(roomId, entry);
        await sdk.backend.onCryptoEvent(entry.room, toMatrixEvent(encryption));
      }
      // Whoever left must not hold the key of what is written next. The crypto knows to whom it gave a session itself, but not who has
      // it from the history of an invitation (MSC4268), nor who left while we were away: so a new one begins then, and in each life.
      if (entry.departures !== state.departures) {
        entry.departures = state.departures;
        await sdk.backend.forceDiscardSession(roomId);
      }
      return ok(entry.room);
    },
  };
}

/** Whether the crypto needs this state event. */
export function isCryptoState(type: string): boolean {
  return type === 'm.room.member' || NEEDED.includes(type);
}

function toMatrixEvent(event: RawEvent): MatrixEvent {
  return new MatrixEvent({ ...event, content: { ...event.content }, unsigned: { ...event.unsigned } });
}
