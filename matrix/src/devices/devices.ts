import { parseDeviceId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import * as v from 'valibot';
import type { Account, Device, Outcome } from '../api/types.ts';
import type { HttpPort } from '../session/context.ts';

const schema = v.object({
  devices: v.array(
    v.object({
      device_id: v.string(),
      display_name: v.nullish(v.string()),
      last_seen_ts: v.nullish(v.number()),
    }),
  ),
});

/** The devices of the account, this one first. Dehydrated devices (MSC3814) are none that a person has, and are left out. */
export async function listDevices(
  http: HttpPort,
  crypto: Pick<CryptoBackend, 'getUserDeviceInfo' | 'getDeviceVerificationStatus'>,
  account: Account,
): Outcome<readonly Device[]> {
  const answer = await http.json({ method: 'GET', path: '/_matrix/client/v3/devices' });
  if (!answer.ok) return answer;
  const parsed = v.safeParse(schema, answer.value);
  if (!parsed.success) return err({ code: 'server-nonsense', detail: 'devices' });
  const known = (await crypto.getUserDeviceInfo([account.userId], true)).get(account.userId);
  const devices: Device[] = [];
  for (const { device_id, display_name, last_seen_ts } of parsed.output.devices) {
    const deviceId = parseDeviceId(device_id);
    if (!deviceId.ok || known?.get(device_id)?.dehydrated) continue;
    const status = await crypto.getDeviceVerificationStatus(account.userId, device_id);
    devices.push({
      deviceId: deviceId.value,
      name: display_name ?? device_id,
      verified: status?.crossSigningVerified === true,
      current: device_id === account.deviceId,
      lastSeen: last_seen_ts ?? null,
    });
  }
  return ok(devices.sort((a, b) => Number(b.current) - Number(a.current) || (b.lastSeen ?? 0) - (a.lastSeen ?? 0)));
}
