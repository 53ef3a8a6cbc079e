import type { RoomId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import { MatrixEvent } from 'matrix-js-sdk/lib/models/event.js';
import type { Room } from 'matrix-js-sdk/lib/models/room.js';
import type { BesaceError } from '../api/types.ts';
import type { RoomsPort } from '../session/context.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { EncryptionTarget } from './encryptionTarget.ts';
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
  cryptoState(roomId: RoomId): CryptoState | undefined;
}

export type CryptoState = {
  readonly version: number;
  readonly departures: number;
  readonly events: readonly RawEvent[];
};

export function createCryptoRooms(sdk: Pick<SdkClient, 'backend'>, source: RoomStateSource): CryptoRooms {
  const made = new Map<RoomId, CryptoRoom>();

  async function bringUpToDate(entry: CryptoRoom, state: CryptoState, encryption: RawEvent): Promise<void> {
    if (entry.version !== state.version) {
      entry.version = state.version;
      entry.target.take(state.events);
    }
    if (!entry.configured) {
      await sdk.backend.onCryptoEvent(asRoom(entry.target), toMatrixEvent(encryption));
      entry.configured = true;
    }
    // Whoever left must not hold the key of what is written next. The crypto knows to whom it gave a session itself, but not who has
    // it from the history of an invitation (MSC4268), nor who left while we were away: so a new one begins then, and in each life.
    if (entry.departures !== state.departures) {
      await sdk.backend.forceDiscardSession(entry.target.roomId);
      entry.departures = state.departures;
    }
  }

  return {
    async ready(roomId) {
      const members = await source.ensureMembers(roomId);
      if (!members.ok) return members;
      const state = source.cryptoState(roomId);
      if (state === undefined) return err({ code: 'not-found', detail: 'room' });
      const encryption = state.events.find((event) => event.type === 'm.room.encryption');
      if (encryption === undefined) return err({ code: 'invalid', detail: 'room is not encrypted' });
      const entry = made.get(roomId) ?? newRoom(new EncryptionTarget(roomId));
      made.set(roomId, entry);
      // One after the other: who types and who sends ask at once, and none may encrypt before the room is set up and old keys are gone.
      const turn = entry.turn.then(() => bringUpToDate(entry, state, encryption));
      entry.turn = turn.catch(() => undefined); // heard by the one whose turn it was
      await turn;
      return ok(asRoom(entry.target));
    },
  };
}

type CryptoRoom = {
  readonly target: EncryptionTarget;
  version: number;
  departures: number | null;
  configured: boolean;
  /** The last of those who bring it up to date; never rejects. */
  turn: Promise<void>;
};

function newRoom(target: EncryptionTarget): CryptoRoom {
  return { target, version: -1, departures: null, configured: false, turn: Promise.resolve() };
}

/** The SDK's crypto asks for a `Room`, and uses of it what an encryption target has (`rust-crypto/RoomEncryptor` of matrix-js-sdk 43). */
function asRoom(target: EncryptionTarget): Room {
  return target as unknown as Room;
}

function toMatrixEvent(event: RawEvent): MatrixEvent {
  return new MatrixEvent({ ...event, content: { ...event.content }, unsigned: { ...event.unsigned } });
}
