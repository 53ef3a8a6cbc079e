import type { UserId } from '@besace/protocol/core/ids';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import type { RoomKey } from '../session/context.ts';

/** Whose device a curve25519 key is, as far as we know. */
export interface DeviceOwners {
  /**
   * True when the key is that of a device of somebody other than `user`, and of none of hers. When that is not known, `session` is
   * remembered as taken on trust.
   */
  belongsToAnother(curveKey: string, user: UserId, session: RoomKey): Promise<boolean>;
  /** True when the key is that of a device that `user` has signed, as far as is known. */
  isSignedDeviceOf(curveKey: string, user: UserId): Promise<boolean>;
  /** Their devices changed. */
  forget(users: readonly string[]): void;
  /** People whose keys are compared: the members of encrypted rooms. Gives those who were not compared before. */
  add(users: readonly UserId[]): readonly UserId[];
  /** Sessions that were taken on trust for somebody's, and are those of a device of one of these. */
  disproved(users: readonly string[]): Promise<readonly RoomKey[]>;
}

/** What somebody's message said of its session, and nothing else did. */
type Claim = { readonly curveKey: string; readonly user: UserId; readonly session: RoomKey };

/** Sessions remembered as taken on trust: more are believed for good. */
const MAX_CLAIMS = 10_000;

type DeviceSource = Pick<CryptoBackend, 'getUserDeviceInfo' | 'getDeviceVerificationStatus'>;

export function createDeviceOwners(crypto: DeviceSource): DeviceOwners {
  const keysOf = new Map<string, Promise<ReadonlySet<string>>>();
  const people = new Set<string>();
  const claims = new Map<string, Claim>();

  function keys(user: string): Promise<ReadonlySet<string>> {
    const known = keysOf.get(user);
    if (known !== undefined) return known;
    const reading = readKeys(crypto, user);
    keysOf.set(user, reading);
    return reading;
  }

  async function isAnothers(curveKey: string, user: UserId, others: Iterable<string>): Promise<boolean> {
    if ((await keys(user)).has(curveKey)) return false;
    for (const other of others) if (other !== user && (await keys(other)).has(curveKey)) return true;
    return false;
  }

  return {
    async belongsToAnother(curveKey, user, session) {
      if (await isAnothers(curveKey, user, [...people])) return true;
      if (claims.size < MAX_CLAIMS) claims.set(`${session.sessionId} ${user}`, { curveKey, user, session });
      return false;
    },
    async isSignedDeviceOf(curveKey, user) {
      const devices = (await crypto.getUserDeviceInfo([user])).get(user);
      const device = [...(devices?.values() ?? [])].find((one) => one.getIdentityKey() === curveKey);
      if (device === undefined) return false;
      return (await crypto.getDeviceVerificationStatus(user, device.deviceId))?.signedByOwner === true;
    },
    forget(users) {
      for (const user of users) keysOf.delete(user);
    },
    add(users) {
      const fresh = users.filter((user) => !people.has(user));
      for (const user of fresh) people.add(user);
      return fresh;
    },
    async disproved(users) {
      const compared = users.filter((user) => people.has(user));
      const found: RoomKey[] = [];
      if (compared.length === 0) return found;
      for (const [name, { curveKey, user, session }] of [...claims]) {
        if (!(await isAnothers(curveKey, user, compared))) continue;
        claims.delete(name);
        found.push(session);
      }
      return found;
    },
  };
}

async function readKeys(crypto: DeviceSource, user: string): Promise<ReadonlySet<string>> {
  const devices = (await crypto.getUserDeviceInfo([user])).get(user);
  return new Set([...(devices?.values() ?? [])].flatMap((device) => device.getIdentityKey() ?? []));
}
