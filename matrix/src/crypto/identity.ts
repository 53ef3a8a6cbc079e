import type { IdentityState } from '../api/types.ts';
import type { SetupProgress, StoredAccount } from '../session/storedAccount.ts';

/** What is known of the account's cryptographic identity. */
export type IdentityFacts = {
  /** Set while a setup or a reset of ours is not confirmed. */
  readonly setup: SetupProgress | null;
  /** Whether the account has cross-signing keys on the server; null when it could not be asked. */
  readonly onServer: boolean | null;
  /** The public master key on the server, where there are keys and it was asked for. */
  readonly serverMaster: string | null;
  /** This device is signed by those keys, and trusts them. */
  readonly deviceSigned: boolean;
  /** This device holds the private keys. */
  readonly holdsKeys: boolean;
  /** What was known the last time, for a start without network. */
  readonly last: 'unknown' | 'needs-setup' | 'unverified' | 'ready';
};

/** Where the identity stands. One state machine, from facts alone, so that a kill at any step comes back to the right place. */
export function identityOf(facts: IdentityFacts): IdentityState {
  if (facts.setup?.step === 'stored') return { kind: 'confirm-code' };
  if (facts.setup?.replaces !== undefined) return { kind: 'resetting' };
  // Ours was begun and not finished. Keys on the server that we do not hold are another device's, which was quicker.
  if (facts.setup !== null && (facts.onServer !== true || facts.holdsKeys)) return { kind: 'needs-setup' };
  if (facts.onServer === null) return facts.deviceSigned ? { kind: 'ready' } : { kind: facts.last };
  if (!facts.onServer) return { kind: 'needs-setup' };
  return facts.deviceSigned ? { kind: 'ready' } : { kind: 'unverified' };
}

/**
 * Whether what was begun here has nothing left to do, and is forgotten. A reset: the account's keys are still those of before and this device is signed by
 * them, because it broke off early enough or the device was verified after all. Either: another device has made new keys since, and those count.
 */
export function isSetupOver({ setup, onServer, serverMaster, deviceSigned, holdsKeys }: IdentityFacts): boolean {
  if (setup === null || onServer !== true) return false;
  // Who made the code that is to be confirmed holds the keys, until they are not the account's any more.
  if (setup.step === 'stored') return !holdsKeys;
  if (setup.replaces === undefined || serverMaster === null) return false;
  if (serverMaster === setup.replaces) return setup.step === 'code-made' && deviceSigned && holdsKeys;
  return serverMaster !== setup.made?.publicMaster;
}

/** What the device says of the identity before it was able to look. */
export function rememberedIdentity({ setup, identity }: Pick<StoredAccount, 'setup' | 'identity'>): IdentityState {
  if (setup?.step === 'stored') return { kind: 'confirm-code' };
  return { kind: setup?.replaces === undefined ? identity : 'resetting' };
}

/** At least so much of the code shows that the person has it. */
const ENOUGH = 4;

/** Whether what the person typed is the code, or a part of it, whatever the spaces and dashes. */
export function matchesCode(code: string, typed: string): boolean {
  const clean = (text: string) => text.replace(/[\s-]/g, '');
  const part = clean(typed);
  return part.length >= ENOUGH && clean(code).includes(part);
}
