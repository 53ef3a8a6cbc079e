import { type EventId, parseRoomId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { CryptoEvent } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { MatrixEvent } from 'matrix-js-sdk/lib/models/event.js';
import type { Outcome, Stop } from '../api/types.ts';
import type { LocalDb } from '../local/db.ts';
import type { Platform } from '../platform/platform.ts';
import type { CryptoPort, RoomKey } from '../session/context.ts';
import { createEmitter } from '../session/emitter.ts';
import type { Scope } from '../session/scope.ts';
import { sdkError } from '../session/sdkErrors.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { createAskDevices } from './askDevices.ts';
import { createCryptoRooms, type RoomStateSource } from './cryptoRooms.ts';
import { decryptEvent } from './decrypt.ts';
import { createDeviceOwners } from './deviceOwners.ts';
import { createKeyRequests } from './keyRequests.ts';
import { createLockedEvents, type LockedEvents } from './lockedEvents.ts';
import { createMissingKeys } from './missingKeys.ts';
import { createReplayGuard } from './replay.ts';
import type { SdkClient } from './sdkClient.ts';

/** The crypto of a session: what modules see, and what the session's own parts use. */
export type SessionCrypto = {
  readonly port: CryptoPort;
  readonly lockedEvents: LockedEvents;
  /** Members of encrypted rooms, whose devices are followed. */
  addMembers(users: readonly UserId[]): void;
  /** Says that keys of a room may have come: all of its sessions. */
  keysMayHaveCome(rooms: readonly RoomId[]): void;
  /** See `KeyRequests.release`. */
  releaseKeyRequests(): void;
  /** Writes down what is not kept yet. */
  flush(): Promise<void>;
};

export type CryptoDeps = {
  readonly platform: Platform;
  readonly sdk: SdkClient;
  readonly db: LocalDb;
  readonly rooms: RoomStateSource;
  readonly userId: UserId;
  readonly scope: Scope;
  /** Single keys wait for `releaseKeyRequests`, because this device is to get the whole backup. */
  readonly holdKeyRequests: boolean;
  onLockedCount(count: number): void;
};

/** Sessions of unknown senders that are remembered as tried again. */
const MOST_TRIED = 1_000;

export function createSessionCrypto(deps: CryptoDeps): SessionCrypto {
  const { platform, sdk, scope } = deps;
  const logger = platform.logger;
  const keys = createEmitter<readonly RoomKey[]>(logger, 'room-keys');
  const lockedEvents = createLockedEvents(platform.clock, scope, deps.onLockedCount);
  const owners = createDeviceOwners(sdk.backend);
  const replay = createReplayGuard(deps.db, platform.clock, logger, scope);
  const ask = createAskDevices(sdk);
  const askDevices = (event: RawEvent) => {
    ask(event).catch((thrown) => logger.info('devices-not-asked', { error: String(thrown) }));
  };
  const keyRequests = createKeyRequests(platform.clock, scope, sdk.fetchFromBackup, deps.holdKeyRequests, askDevices);
  const missing = createMissingKeys(platform.clock);
  const cryptoRooms = createCryptoRooms(sdk, deps.rooms);
  // Events refused because the sender's devices were not known: tried again when they are.
  const unknownSenders = new Map<string, RoomKey[]>();
  // Tried again once without news of their devices, because those may have come while the event was being decrypted. Not once for each news:
  // to ask is news, and the two would chase one another for ever.
  const triedAgain = new Set<string>();

  sdk.olm.registerRoomKeyUpdatedCallback(async (infos) => {
    if (scope.signal.aborted) return;
    const came = infos.flatMap((info) => {
      const roomId = parseRoomId(info.roomId.toString());
      return roomId.ok ? [{ roomId: roomId.value, sessionId: info.sessionId }] : [];
    });
    for (const key of came) {
      keyRequests.got(key.roomId, key.sessionId);
      missing.came(key.roomId, key.sessionId);
      lockedEvents.came(key);
    }
    keys.emit(came);
  });
  const onDevices = (users: readonly string[]) => {
    owners.forget(users);
    tryAgain(users);
    disprove(users);
  };
  const tryAgain = (users: readonly string[]) => {
    const retry = users.flatMap((user) => unknownSenders.get(user) ?? []);
    for (const user of users) unknownSenders.delete(user);
    if (retry.length > 0) keys.emit(retry);
  };
  sdk.client.on(CryptoEvent.DevicesUpdated, onDevices);
  scope.add(() => sdk.client.off(CryptoEvent.DevicesUpdated, onDevices));

  const decryptDeps = {
    sdk,
    keyRequests,
    missing,
    replay,
    owners,
    lockedEvents,
    logger,
    ownMember: (roomId: RoomId) => deps.rooms.get(roomId)?.clearState('m.room.member', deps.userId),
    onUnknownSender(event: { sender: UserId; room_id: RoomId }, sessionId: string) {
      const { sender, room_id: roomId } = event;
      const known = unknownSenders.get(sender);
      if (known === undefined) {
        unknownSenders.set(sender, [{ roomId, sessionId }]);
        follow(sdk, sender).then(
          () => {
            const first = (unknownSenders.get(sender) ?? []).filter((key) => !triedAgain.has(keyId(key)));
            for (const key of first) triedAgain.add(keyId(key));
            // A server can name as many sessions as it likes.
            for (const oldest of triedAgain) {
              if (triedAgain.size <= MOST_TRIED) break;
              triedAgain.delete(oldest);
            }
            if (first.length > 0 && !scope.signal.aborted) tryAgain([sender]);
          },
          (thrown) => logger.warn('track-failed', { error: String(thrown) }),
        );
      } else if (!known.some((key) => key.roomId === roomId && key.sessionId === sessionId)) {
        known.push({ roomId, sessionId });
      }
    },
  };

  const historyDeps = {
    ...decryptDeps,
    keyRequests: { want() {}, got() {}, release() {} },
    lockedEvents: { locked() {}, opened: (eventId: EventId) => lockedEvents.opened(eventId) },
  };

  return {
    port: {
      async decrypt(event, options) {
        // The machine is closed: what was not opened by now is for the next life.
        if (scope.signal.aborted) return err({ why: 'waiting-for-key', sessionId: null, detail: 'session ended' });
        return decryptEvent(options?.history === true ? historyDeps : decryptDeps, event);
      },
      encrypt: (roomId, event) => encrypt(roomId, event),
      prepareToEncrypt(roomId) {
        cryptoRooms
          .ready(roomId)
          .then((room) => (room.ok ? sdk.client.getCrypto()?.prepareToEncrypt(room.value) : undefined))
          .catch((thrown) => logger.warn('prepare-failed', { room: roomId, error: String(thrown) }));
      },
      onRoomKeys: (listener): Stop => keys.on(listener),
    },
    lockedEvents,
    addMembers: (users) => disprove(owners.add(users)),
    flush: () => replay.flush(),
    releaseKeyRequests: () => keyRequests.release(),
    keysMayHaveCome(rooms) {
      for (const roomId of rooms) {
        missing.came(roomId, '');
        lockedEvents.came({ roomId, sessionId: '' });
      }
      keys.emit(rooms.map((roomId) => ({ roomId, sessionId: '' })));
    },
  };

  /** What was read on the word of the backup, and is now known to be another's: whoever shows it reads it again. */
  function disprove(users: readonly string[]): void {
    if (users.length === 0) return;
    owners
      .disproved(users)
      .then((sessions) => {
        if (sessions.length > 0 && !scope.signal.aborted) keys.emit(sessions);
      })
      .catch((thrown) => logger.warn('owners-not-compared', { error: String(thrown) }));
  }

  async function encrypt(
    roomId: RoomId,
    event: Parameters<CryptoPort['encrypt']>[1],
  ): Outcome<{ type: string; stateKey: string | null; content: Record<string, unknown> }> {
    const room = await cryptoRooms.ready(roomId);
    if (!room.ok) return room;
    const { type, stateKey, content } = event;
    const clear = new MatrixEvent({
      type,
      room_id: roomId,
      sender: deps.userId,
      content: { ...content },
      ...(stateKey === undefined ? {} : { state_key: stateKey }),
    });
    try {
      await sdk.backend.encryptEvent(clear, room.value);
    } catch (thrown) {
      // Sharing the key asks the server for devices and one-time keys: that may fail like any request.
      const error = sdkError(thrown);
      if (error === null) throw thrown;
      return err(error);
    }
    // `makeEncrypted` of the SDK leaves the state key as it was; the wire one is packed (MSC4362).
    const packed = stateKey === undefined ? null : `${type}:${stateKey}`;
    return ok({ type: 'm.room.encrypted', stateKey: packed, content: { ...clear.getWireContent() } });
  }
}

function keyId({ roomId, sessionId }: RoomKey): string {
  return `${roomId}/${sessionId}`;
}

async function follow(sdk: SdkClient, user: UserId): Promise<void> {
  await sdk.track([user]);
  await sdk.flush();
}
