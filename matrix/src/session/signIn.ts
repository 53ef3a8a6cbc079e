import { parseDeviceId, parseUserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { Outcome } from '../api/types.ts';
import type { Platform } from '../platform/platform.ts';
import type { HttpPort } from './context.ts';
import { createHttp } from './http.ts';
import type { StoredAccount } from './storedAccount.ts';

const loginSchema = v.object({ user_id: v.string(), device_id: v.string(), access_token: v.string() });
const profileSchema = v.object({ displayname: v.optional(v.string()) });

export type SignInInput = { homeserver: string; user: string; password: string; deviceName: string };

/** Signs in by password (Matrix spec, client-server, 5.7). Gives an account that is not kept yet, under the local part of its id. */
export async function signIn(platform: Platform, input: SignInInput): Outcome<StoredAccount> {
  const homeserver = input.homeserver.replace(/\/+$/, '');
  const login = await createHttp(platform, homeserver, null).json({
    method: 'POST',
    path: '/_matrix/client/v3/login',
    body: {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: input.user },
      password: input.password,
      initial_device_display_name: input.deviceName,
    },
  });
  // The server says M_FORBIDDEN for an unknown person as for a wrong password, so that nobody learns who exists.
  if (!login.ok) return login.error.code === 'forbidden' ? err({ code: 'wrong-password' }) : login;
  const parsed = v.safeParse(loginSchema, login.value);
  const userId = parseUserId(parsed.success ? parsed.output.user_id : null);
  const deviceId = parseDeviceId(parsed.success ? parsed.output.device_id : null);
  if (!parsed.success || !userId.ok || !deviceId.ok) return err({ code: 'server-nonsense', detail: 'login' });
  const accessToken = parsed.output.access_token;
  return ok({
    userId: userId.value,
    deviceId: deviceId.value,
    homeserver,
    accessToken,
    displayName: userId.value.slice(1, userId.value.indexOf(':')),
    cryptoKey: btoa(String.fromCharCode(...platform.random.bytes(32))),
    cryptoMade: false,
    identity: 'unknown',
    setup: null,
  });
}

/** The name that others see; the one that the account has already where there is none, or where it cannot be read now. */
export async function profileName(http: Pick<HttpPort, 'json'>, account: StoredAccount): Promise<string> {
  const path = `/_matrix/client/v3/profile/${encodeURIComponent(account.userId)}`;
  const profile = await http.json({ method: 'GET', path });
  const parsed = v.safeParse(profileSchema, profile.ok ? profile.value : {});
  return (parsed.success ? parsed.output.displayname : undefined) ?? account.displayName;
}
