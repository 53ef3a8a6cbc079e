import type { RoomId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import {
  type DecryptedRoomEvent,
  DecryptionErrorCode,
  DecryptionSettings,
  MegolmDecryptionError,
  ShieldStateCode,
  TrustRequirement,
  RoomId as WasmRoomId,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import type { Logger } from '../platform/platform.ts';
import type { ClearEvent, Locked } from '../session/context.ts';
import { isRecord, type RawEvent } from '../sync/rawEvent.ts';
import { machineJson } from './askDevices.ts';
import { isBeforeJoin } from './beforeJoin.ts';
import type { DeviceOwners } from './deviceOwners.ts';
import type { KeyRequests } from './keyRequests.ts';
import type { LockedEvents } from './lockedEvents.ts';
import type { MissingKeys } from './missingKeys.ts';
import { megolmIndex, type ReplayGuard } from './replay.ts';
import type { SdkClient } from './sdkClient.ts';

export type DecryptDeps = {
  readonly sdk: Pick<SdkClient, 'olm'>;
  readonly keyRequests: KeyRequests;
  readonly missing: MissingKeys;
  readonly replay: ReplayGuard;
  readonly owners: DeviceOwners;
  readonly lockedEvents: Pick<LockedEvents, 'locked' | 'opened'>;
  readonly logger: Logger;
  /** This person's present member event in the room. */
  ownMember(roomId: RoomId): RawEvent | undefined;
  /** A sender whose devices we do not know yet: they are asked for, and the event is tried again when they come. */
  onUnknownSender(event: RawEvent, sessionId: string): void;
};

const ALGORITHM = 'm.megolm.v1.aes-sha2';

/** See `CryptoPort.decrypt`. The only door by which content of an encrypted room comes in. */
export async function decryptEvent(deps: DecryptDeps, event: RawEvent): Promise<Result<ClearEvent, Locked>> {
  if (event.type !== 'm.room.encrypted') return locked('not-encrypted', null, 'clear event');
  const { algorithm, session_id: sessionId, ciphertext } = event.content;
  const index = megolmIndex(ciphertext);
  if (algorithm !== ALGORITHM || typeof sessionId !== 'string' || index === null) {
    return locked('unreadable', null, 'not a megolm event');
  }
  if (deps.missing.has(event.room_id, sessionId)) return waiting(deps, event, sessionId, 'missing a moment ago');
  const tried = await deps.missing.attempt(
    event.room_id,
    sessionId,
    () => tryToOpen(deps, event),
    (result) => !result.ok && result.error.code === DecryptionErrorCode.MissingRoomKey,
  );
  if (!tried.ok) return whyNot(deps, event, sessionId, tried.error);
  const opened = tried.value;
  deps.lockedEvents.opened(event.event_id);
  const clear = readClear(event, opened.json);
  if (clear === null) return locked('unreadable', sessionId, 'bad clear event');
  const proof = await proofOf(deps, event, sessionId, opened);
  if (proof === null) return locked('refused-sender', sessionId, 'not a device of the sender');
  const { room_id: roomId, event_id: eventId, sender } = event;
  if (!(await deps.replay.admit({ roomId, sessionId, index, eventId, sender }))) {
    return locked('unreadable', sessionId, 'seen before under another id');
  }
  return ok({ ...clear, proof });
}

type Opened = { readonly json: unknown; readonly shield: ShieldStateCode | undefined; readonly curveKey: string };

/** Why the machine did not open an event; null code for what is not one of its refusals. */
type Refusal = { readonly code: DecryptionErrorCode | null; readonly description: string };

async function tryToOpen(deps: DecryptDeps, event: RawEvent): Promise<Result<Opened, Refusal>> {
  try {
    return ok(await open(deps, event, TrustRequirement.CrossSignedOrLegacy));
  } catch (thrown) {
    const restored = isUnknownDevice(thrown) ? await openRestored(deps, event) : null;
    if (restored !== null) return ok(restored);
    if (!(thrown instanceof MegolmDecryptionError)) return err({ code: null, description: String(thrown) });
    const { code, description } = thrown;
    thrown.free();
    return err({ code, description });
  }
}

async function open(deps: DecryptDeps, event: RawEvent, trust: TrustRequirement): Promise<Opened> {
  const json = machineJson(event);
  const settings = new DecryptionSettings(trust);
  const clear: DecryptedRoomEvent = await deps.sdk.olm.decryptRoomEvent(json, new WasmRoomId(event.room_id), settings);
  try {
    const shield = clear.shieldState(false);
    const opened = { json: JSON.parse(clear.event), shield: shield.code, curveKey: clear.senderCurve25519Key };
    shield.free();
    return opened;
  } finally {
    clear.free();
  }
}

/**
 * A key from the backup whose sender's devices became known after it came: the machine then files it as that of an unknown device for ever, because it
 * had not seen itself from whom the key came, and refuses it (matrix-sdk-crypto, `SenderDataFinder`). Had it come later, it would be taken. So it is when the
 * device that the key names is one that the sender has signed. Null when it is not.
 */
async function openRestored(deps: DecryptDeps, event: RawEvent): Promise<Opened | null> {
  try {
    const opened = await open(deps, event, TrustRequirement.Untrusted);
    const signed = await deps.owners.isSignedDeviceOf(opened.curveKey, event.sender);
    return signed ? { ...opened, shield: ShieldStateCode.AuthenticityNotGuaranteed } : null;
  } catch (thrown) {
    if (thrown instanceof MegolmDecryptionError) thrown.free();
    return null;
  }
}

function isUnknownDevice(thrown: unknown): boolean {
  return thrown instanceof MegolmDecryptionError && thrown.code === DecryptionErrorCode.UnknownSenderDevice;
}

/**
 * How far the sender is proven; null when she is not the sender. `AuthenticityNotGuaranteed`: the key came from our backup or an invitation,
 * so nothing in the message itself says whose session it was; then the device key that it names must at least not be another person's.
 */
async function proofOf(
  deps: DecryptDeps,
  { sender, room_id: roomId }: RawEvent,
  sessionId: string,
  opened: Opened,
): Promise<ClearEvent['proof'] | null> {
  switch (opened.shield) {
    case undefined:
    case ShieldStateCode.UnverifiedIdentity:
      return 'signed';
    case ShieldStateCode.AuthenticityNotGuaranteed:
    case ShieldStateCode.UnknownDevice:
      return (await deps.owners.belongsToAnother(opened.curveKey, sender, { roomId, sessionId })) ? null : 'restored';
    default:
      return null;
  }
}

function readClear(event: RawEvent, json: unknown): Omit<ClearEvent, 'proof'> | null {
  if (!isRecord(json) || typeof json.type !== 'string' || !isRecord(json.content)) return null;
  const stateKey = event.state_key === undefined ? null : json.state_key;
  if (stateKey !== null && typeof stateKey !== 'string') return null;
  // The packed key on the wire is the server's to set: it must say what is inside (MSC4362).
  if (stateKey !== null && event.state_key !== `${json.type}:${stateKey}`) return null;
  // A state event must not be made of a message, nor the reverse.
  if (stateKey === null && json.state_key !== undefined) return null;
  const wire = event.content['m.relates_to'];
  return {
    eventId: event.event_id,
    roomId: event.room_id,
    sender: event.sender,
    type: json.type,
    stateKey,
    content: json.content,
    wireRelation: isRecord(wire) && json.content['m.relates_to'] === undefined ? wire : null,
    at: event.origin_server_ts,
  };
}

function waiting(deps: DecryptDeps, event: RawEvent, sessionId: string, detail: string): Result<never, Locked> {
  if (isBeforeJoin(event, deps.ownMember(event.room_id))) {
    deps.keyRequests.want(event.room_id, sessionId);
    return locked('before-you-joined', sessionId, detail);
  }
  // Other devices of ours have nothing that was written before we came: only the backup is asked for that.
  deps.keyRequests.want(event.room_id, sessionId, event);
  deps.lockedEvents.locked(event.event_id, { roomId: event.room_id, sessionId });
  return locked('waiting-for-key', sessionId, detail);
}

function whyNot(deps: DecryptDeps, event: RawEvent, sessionId: string, refusal: Refusal): Result<never, Locked> {
  const { code, description } = refusal;
  switch (code) {
    case null:
      deps.logger.warn('decrypt-failed', { room: event.room_id, event: event.event_id, error: description });
      return locked('unreadable', sessionId, 'crypto error');
    case DecryptionErrorCode.MissingRoomKey:
    case DecryptionErrorCode.UnknownMessageIndex:
      return waiting(deps, event, sessionId, description);
    case DecryptionErrorCode.UnknownSenderDevice:
    case DecryptionErrorCode.UnsignedSenderDevice:
      deps.onUnknownSender(event, sessionId);
      return locked('refused-sender', sessionId, description);
    case DecryptionErrorCode.SenderIdentityVerificationViolation:
    case DecryptionErrorCode.MismatchedSender:
    case DecryptionErrorCode.MismatchedIdentityKeys:
      return locked('refused-sender', sessionId, description);
    default:
      return locked('unreadable', sessionId, description);
  }
}

function locked(why: Locked['why'], sessionId: string | null, detail: string): Result<never, Locked> {
  return err({ why, sessionId, detail });
}
