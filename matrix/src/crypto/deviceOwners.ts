import type { UserId } from '@besace/protocol/core/ids';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';

/** Whose device a curve25519 key is, as far as we know. */
export interface DeviceOwners {
  /** True when the key is that of a device of somebody other than `user`, and of none of hers. */
  belongsToAnother(curveKey: string, user: UserId): Promise<boolean>;
  /** Their devices changed. */
  forget(users: readonly string[]): void;
  /** People whose keys are compared: the members of encrypted rooms. */
  add(users: readonly UserId[]): void;
}

export function createDeviceOwners(crypto: Pick<CryptoBackend, 'getUserDeviceInfo'>): DeviceOwners {
  const keysOf = new Map<string, Promise<ReadonlySet<string>>>();
  const people = new Set<UserId>();

  function keys(user: string): Promise<ReadonlySet<string>> {
    const known = keysOf.get(user);
    if (known !== undefined) return known;
    const reading = readKeys(crypto, user);
    keysOf.set(user, reading);
    return reading;
  }

  return {
    async belongsToAnother(curveKey, user) {
      if ((await keys(user)).has(curveKey)) return false;
      for (const other of people) if (other !== user && (await keys(other)).has(curveKey)) return true;
      return false;
    },
    forget(users) {
      for (const user of users) keysOf.delete(user);
    },
    add(users) {
      for (const user of users) people.add(user);
    },
  };
}

async function readKeys(crypto: Pick<CryptoBackend, 'getUserDeviceInfo'>, user: string): Promise<ReadonlySet<string>> {
  const devices = (await crypto.getUserDeviceInfo([user])).get(user);
  return new Set([...(devices?.values() ?? [])].flatMap((device) => device.getIdentityKey() ?? []));
}
