import { createHmac } from 'node:crypto';

export type Registration = {
  /** The homeserver's loopback address: its admin API is not served by the web front. */
  readonly homeserver: string;
  readonly secret: string;
  readonly username: string;
  readonly password: string;
  readonly displayName?: string;
};

export type RegisteredAccount = {
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
};

/**
 * Makes an account by Synapse's shared secret (manual, "Shared-Secret Registration"). Returns null when the name is taken.
 * Throws on any other refusal.
 */
export async function registerAccount(registration: Registration): Promise<RegisteredAccount | null> {
  const url = `${registration.homeserver}/_synapse/admin/v1/register`;
  const { nonce } = (await (await fetch(url)).json()) as { nonce: string };
  const { username, password, displayName } = registration;
  const mac = createHmac('sha1', registration.secret)
    .update([nonce, username, password, 'notadmin'].join('\0'))
    .digest('hex');
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ nonce, username, password, mac, admin: false, displayname: displayName ?? username }),
  });
  const body = (await response.json()) as Record<string, string>;
  if (response.ok) {
    return { userId: `${body.user_id}`, accessToken: `${body.access_token}`, deviceId: `${body.device_id}` };
  }
  if (body.errcode === 'M_USER_IN_USE') return null;
  throw new Error(
    `${registration.homeserver} refused to make ${username}: ${response.status} ${body.errcode} ${body.error}`,
  );
}
