import { type DeviceId, parseDeviceId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import type { Device as SdkDevice } from 'matrix-js-sdk/lib/models/device.js';
import * as v from 'valibot';
import type { Account, Device, Outcome } from '../api/types.ts';
import type { HttpPort } from '../session/context.ts';
import { postWithPassword } from '../session/passwordAuth.ts';

const schema = v.object({
  devices: v.array(
    v.object({
      device_id: v.string(),
      display_name: v.nullish(v.string()),
      last_seen_ts: v.nullish(v.number()),
    }),
  ),
});

const DEHYDRATED = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device';
const dehydratedSchema = v.object({ device_id: v.string() });

/**
 * The devices of the account, this one first. The dehydrated device (MSC3814) is none that a person has, and is left out: it must say so itself, be signed by
 * the account's identity, and be the one that the server keeps. Whatever else calls itself dehydrated is shown, or an intruder's device would hide so (T9).
 */
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
  const dehydrated = await dehydratedOf(http, known?.values() ?? []);
  const devices: Device[] = [];
  for (const { device_id, display_name, last_seen_ts } of parsed.output.devices) {
    const deviceId = parseDeviceId(device_id);
    if (!deviceId.ok) continue;
    const status = await crypto.getDeviceVerificationStatus(account.userId, device_id);
    if (device_id === dehydrated && status?.signedByOwner === true) continue;
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

/** The dehydrated device that the server keeps, where one of these says that it is it. Without an answer there is none: then it is shown. */
async function dehydratedOf(http: HttpPort, known: Iterable<SdkDevice>): Promise<string | null> {
  const claimed = new Set([...known].filter((device) => device.dehydrated).map((device) => device.deviceId));
  if (claimed.size === 0) return null;
  const answer = await http.json({ method: 'GET', path: DEHYDRATED });
  const parsed = v.safeParse(dehydratedSchema, answer.ok ? answer.value : null);
  return parsed.success && claimed.has(parsed.output.device_id) ? parsed.output.device_id : null;
}

/** Characters of a device's name at most, and devices signed out at once. */
const MAX_NAME = 100;
const MAX_AT_ONCE = 100;

/** Gives one of the account's devices a name that the person knows it by. Others see it too: it is not secret. */
export async function renameDevice(http: HttpPort, deviceId: DeviceId, name: string): Outcome<void> {
  const display_name = name.trim();
  if (display_name === '' || display_name.length > MAX_NAME) return err({ code: 'invalid', detail: 'name' });
  const path = `/_matrix/client/v3/devices/${encodeURIComponent(deviceId)}`;
  const answer = await http.json({ method: 'PUT', path, body: { display_name } });
  return answer.ok ? ok(undefined) : answer;
}

/** Signs other devices of the account out. This one is signed out by `signOut`, which clears what it keeps. */
export async function signOutDevices(
  http: HttpPort,
  account: Account,
  { devices, password }: { devices: readonly DeviceId[]; password: string },
): Outcome<void> {
  if (devices.length === 0 || devices.length > MAX_AT_ONCE) return err({ code: 'invalid', detail: 'devices' });
  if (devices.includes(account.deviceId)) return err({ code: 'invalid', detail: 'this device' });
  const request = { path: '/_matrix/client/v3/delete_devices', body: { devices } };
  const answer = await postWithPassword(http, request, account.userId, password);
  return answer.ok ? ok(undefined) : answer;
}
