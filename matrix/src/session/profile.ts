import { err, ok } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { Outcome } from '../api/types.ts';
import type { Session } from './session.ts';

const openIdSchema = v.object({
  access_token: v.string(),
  matrix_server_name: v.string(),
  expires_in: v.number(),
  token_type: v.string(),
});

const LONGEST_NAME = 100;

/** Changes the name that others see, here and on the server. */
export async function setDisplayName(session: Session, input: string): Outcome<void> {
  const displayName = input.replace(/\s+/g, ' ').trim();
  if (displayName === '' || displayName.length > LONGEST_NAME) return err({ code: 'invalid', detail: 'displayName' });
  const { userId } = session.context.account;
  const answer = await session.http.json({
    method: 'PUT',
    path: `/_matrix/client/v3/profile/${encodeURIComponent(userId)}/displayname`,
    body: { displayname: displayName },
  });
  if (!answer.ok) return answer;
  await session.update({ displayName });
  return ok(undefined);
}

/** A token by which an appservice learns who asks (Matrix spec, 11.32). */
export async function openIdToken(session: Session): Outcome<v.InferOutput<typeof openIdSchema>> {
  const { userId } = session.context.account;
  const answer = await session.http.json({
    method: 'POST',
    path: `/_matrix/client/v3/user/${encodeURIComponent(userId)}/openid/request_token`,
    body: {},
  });
  if (!answer.ok) return answer;
  const parsed = v.safeParse(openIdSchema, answer.value);
  return parsed.success ? ok(parsed.output) : err({ code: 'server-nonsense', detail: 'openid' });
}
