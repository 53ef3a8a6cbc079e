import { createHmac, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { inject } from 'vitest';

/** An account on a homeserver that runs for the integration tests of this package (`test/src/harness` starts them). */
export type TestAccount = {
  readonly userId: string;
  readonly deviceId: string;
  readonly accessToken: string;
  readonly localpart: string;
  readonly password: string;
  readonly clientUrl: string;
};

const described = v.object({
  organisations: v.array(
    v.object({ id: v.string(), serverName: v.string(), clientUrl: v.string(), registrationSecret: v.string() }),
  ),
});
const registered = v.object({ user_id: v.string(), access_token: v.string(), device_id: v.string() });

/** A new account whose local part starts with `name`. */
export async function register(id: string, name: string): Promise<TestAccount> {
  const { clientUrl, registrationSecret } = organisation(id);
  const url = `${clientUrl}/_synapse/admin/v1/register`;
  const { nonce } = v.parse(v.object({ nonce: v.string() }), await (await fetch(url)).json());
  const localpart = `${name}-${randomBytes(5).toString('hex')}`;
  const password = randomBytes(18).toString('base64url');
  const mac = createHmac('sha1', registrationSecret)
    .update([nonce, localpart, password, 'notadmin'].join('\0'))
    .digest('hex');
  const body = JSON.stringify({ nonce, username: localpart, password, admin: false, mac });
  const answer = v.parse(registered, await (await fetch(url, { method: 'POST', body })).json());
  return {
    userId: answer.user_id,
    deviceId: answer.device_id,
    accessToken: answer.access_token,
    localpart,
    password,
    clientUrl,
  };
}

/** Asks until the answer is neither undefined nor false; rejects after `ms`. */
export async function eventually<T>(
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 90_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function organisation(id: string): v.InferOutput<typeof described>['organisations'][number] {
  // The key is typed by the package that provides it, which this one must not import.
  const world = v.parse(described, inject('besaceWorld' as never));
  const found = world.organisations.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no homeserver ${id}`);
  return found;
}
