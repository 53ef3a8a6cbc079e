import type { DeviceId, UserId } from '@besace/protocol/core/ids';
import type { Outcome, Stop } from './common.ts';

export type Device = {
  readonly deviceId: DeviceId;
  readonly name: string;
  readonly verified: boolean;
  readonly current: boolean;
  readonly lastSeen: number | null;
};

export type VerificationState =
  | { readonly kind: 'none' }
  | { readonly kind: 'requested'; readonly byMe: boolean; readonly otherDevice: DeviceId | null; readonly user: UserId }
  | { readonly kind: 'waiting' } // for the other side
  | { readonly kind: 'compare'; readonly emoji: readonly { symbol: string; name: string }[] } // 7 SAS emoji (MSC1267), English names
  | { readonly kind: 'done' }
  | { readonly kind: 'cancelled'; readonly byMe: boolean; readonly reason: string };

/** Somebody whose cryptographic identity is another than the one we knew, and which the person has not accepted yet (T9). */
export type ChangedIdentity = { readonly userId: UserId; readonly at: number };

export interface DevicesApi {
  devices(): Outcome<readonly Device[]>;
  /** Names a device of the account. `invalid` with detail `name` when it is empty or too long. */
  renameDevice(deviceId: DeviceId, name: string): Outcome<void>;
  /** Signs other devices out; the server asks for the password (UIA): `wrong-password`. Never this one, see `signOut`. */
  signOutDevices(input: { devices: readonly DeviceId[]; password: string }): Outcome<void>;
  watchChangedIdentities(listener: (people: readonly ChangedIdentity[]) => void): Promise<Stop>;
  /** The person has seen that this identity changed, and takes the present one for the right one. */
  acceptIdentity(userId: UserId): Outcome<void>;
  watchVerification(listener: (state: VerificationState) => void): Promise<Stop>;
  /** Asks one's own other devices to verify this one, or verifies the newest unsigned one where this one is signed; with `device`, asks that one alone, to be verified by this one. */
  requestVerification(device?: DeviceId): Outcome<void>;
  acceptVerification(): Outcome<void>;
  confirmEmoji(same: boolean): Outcome<void>;
  cancelVerification(): Outcome<void>;
}
