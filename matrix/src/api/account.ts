import type { DeviceId, UserId } from '@besace/protocol/core/ids';
import type { BesaceError, Outcome, Stop } from './common.ts';

export type Account = {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  /** Base URL of the client API, such as `http://localhost:8080/hs/interieur`. */
  readonly homeserver: string;
  readonly displayName: string;
};

/** Where the cryptographic identity of this account stands, as one state machine. */
export type IdentityState =
  | { readonly kind: 'unknown' } // not loaded yet
  | { readonly kind: 'needs-setup' } // no cross-signing keys on the server: `setUpRecovery`
  | { readonly kind: 'confirm-code' } // set up, but the person has not yet confirmed that she keeps the code
  | { readonly kind: 'unverified' } // this device is not signed: verify by emoji or recovery code
  | { readonly kind: 'resetting' } // `resetIdentity` was begun and did not end: it goes on, or this device is verified after all
  | { readonly kind: 'ready' };

export type ConnectionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'online' }
  | { readonly kind: 'offline'; readonly since: number; readonly error: BesaceError };

/** Keys of earlier messages that come back from the backup: how many of how many. */
export type KeyRestore = { readonly done: number; readonly total: number };

export type SessionStatus = {
  readonly account: Account | null;
  readonly identity: IdentityState;
  readonly connection: ConnectionState;
  /** Decryptable-by-right events that are still locked 4 s after they came (T6). */
  readonly lockedEvents: number;
  /** Null when none is under way. */
  readonly keyRestore: KeyRestore | null;
};

export interface AccountApi {
  watchStatus(listener: (status: SessionStatus) => void): Promise<Stop>;
  /**
   * Opens the stored session, if there is one: `null` when there is none. Does not wait for the network. `homeserver`: where that is by now, for
   * who knows better than what was kept.
   */
  restore(options?: { readonly homeserver?: string }): Outcome<Account | null>;
  signIn(input: { homeserver: string; user: string; password: string; deviceName: string }): Outcome<Account>;
  /** Signs this device out and deletes its local data. Waiting messages are refused first unless `force`. */
  signOut(options: { force: boolean }): Outcome<void>;
  /** Signs out every device of the account (`POST /logout/all`). */
  signOutEverywhere(options: { force: boolean }): Outcome<void>;
  /**
   * Creates cross-signing keys, secret storage and key backup. Gives the one recovery code; identity becomes `confirm-code`.
   * Asks for the password because the server does (UIA).
   */
  setUpRecovery(input: { password: string }): Outcome<{ code: string }>;
  /** The person types (a part of) the code back; `wrong-recovery-code` otherwise. Identity becomes `ready`. */
  confirmRecoveryCode(code: string): Outcome<void>;
  /** On a new device: unlocks secret storage, signs this device, restores the key backup in the background. */
  recover(code: string): Outcome<void>;
  /**
   * The last resort: new cross-signing keys, secret storage and key backup behind a new code, in the place of those that the account has. What only
   * the old backup can open stays locked for good; the other devices must be verified again, and others are told that the identity changed.
   * Ends in `confirm-code`. Interrupted, the identity is `resetting` and calling it again goes on. Changes nothing when the password is wrong.
   */
  resetIdentity(input: { password: string }): Outcome<{ code: string }>;
  setDisplayName(name: string): Outcome<void>;
  /** An OpenID token of the homeserver, by which appservices know who asks (Matrix spec, 11.32). */
  openIdToken(): Outcome<{ access_token: string; matrix_server_name: string; expires_in: number; token_type: string }>;
}
