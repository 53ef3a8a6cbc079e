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

export interface DevicesApi {
  devices(): Outcome<readonly Device[]>;
  watchVerification(listener: (state: VerificationState) => void): Promise<Stop>;
  /** Asks one's own other devices to verify this one. */
  requestVerification(): Outcome<void>;
  acceptVerification(): Outcome<void>;
  confirmEmoji(same: boolean): Outcome<void>;
  cancelVerification(): Outcome<void>;
}
