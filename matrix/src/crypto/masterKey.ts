import type { UserId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import { BesaceFailure } from '../errors.ts';
import type { HttpPort } from '../session/context.ts';

const schema = v.object({
  master_keys: v.optional(v.record(v.string(), v.object({ keys: v.record(v.string(), v.string()) }))),
});

/**
 * The account's public master key as the server has it, or null (Matrix spec, client-server, 11.11.2.2).
 * @throws BesaceFailure when the server does not say.
 */
export async function masterKeyOnServer(http: Pick<HttpPort, 'json'>, userId: UserId): Promise<string | null> {
  const body = { device_keys: { [userId]: [] } };
  const answer = await http.json({ method: 'POST', path: '/_matrix/client/v3/keys/query', body });
  if (!answer.ok) throw new BesaceFailure(answer.error);
  const parsed = v.safeParse(schema, answer.value);
  if (!parsed.success) throw new BesaceFailure({ code: 'server-nonsense', detail: 'keys/query' });
  return Object.values(parsed.output.master_keys?.[userId]?.keys ?? {})[0] ?? null;
}
