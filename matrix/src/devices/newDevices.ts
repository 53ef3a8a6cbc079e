import { parseUserId, type UserId } from '@besace/protocol/core/ids';
import type { MatrixClient } from 'matrix-js-sdk/lib/client.js';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import { CryptoEvent } from 'matrix-js-sdk/lib/crypto-api/index.js';
import * as v from 'valibot';
import type { LocalDb } from '../local/db.ts';
import type { Clock, Logger } from '../platform/platform.ts';
import type { NewDevice } from '../session/context.ts';
import type { Scope } from '../session/scope.ts';

/**
 * Notices devices that appear (T9). What is known of a person's devices is kept on disk, so that one that appeared while we were away is
 * noticed too. The first time that a person is seen, her devices are only written down. A dehydrated device (MSC3814) is none that a person has; it counts as
 * one only when its owner's identity signed it, for whoever has just the password can call his own device so.
 */
export type NewDeviceDeps = {
  readonly client: Pick<MatrixClient, 'on' | 'off'>;
  readonly crypto: Pick<CryptoBackend, 'getUserDeviceInfo' | 'getDeviceVerificationStatus'>;
  readonly db: LocalDb;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
  onNew(devices: readonly NewDevice[]): void;
};

const schema = v.array(v.string());

export function watchNewDevices(deps: NewDeviceDeps): void {
  const { client, crypto, db, clock, logger, scope } = deps;
  let last: Promise<void> = Promise.resolve();

  async function look(user: UserId): Promise<void> {
    const key = `devices/${user}`;
    const found = (await crypto.getUserDeviceInfo([user])).get(user);
    if (found === undefined || scope.signal.aborted) return;
    const ids: string[] = [];
    for (const { deviceId, dehydrated } of found.values()) {
      const status = dehydrated ? await crypto.getDeviceVerificationStatus(user, deviceId) : null;
      if (status?.signedByOwner !== true) ids.push(deviceId);
    }
    const parsed = v.safeParse(schema, await db.get('account', key));
    const known = parsed.success ? new Set(parsed.output) : null;
    const fresh = known === null ? [] : ids.filter((id) => !known.has(id));
    if (known !== null && fresh.length === 0) return;
    // Those that are gone stay known: one that comes back is not new.
    await db.write([{ store: 'account', key, value: [...new Set([...(known ?? []), ...ids])] }]);
    if (fresh.length > 0) deps.onNew(fresh.map((deviceId) => ({ user, deviceId, at: clock.now() })));
  }

  const onDevices = (users: readonly string[]) => {
    for (const name of users) {
      const user = parseUserId(name);
      if (!user.ok) continue;
      // One after the other, so that two updates of one person do not announce the same device twice.
      last = last
        .then(() => (scope.signal.aborted ? undefined : look(user.value)))
        .catch((thrown) => logger.warn('devices-not-read', { error: String(thrown) }));
    }
  };
  client.on(CryptoEvent.DevicesUpdated, onDevices);
  scope.add(() => client.off(CryptoEvent.DevicesUpdated, onDevices));
}
