import type { UserId } from '@besace/protocol/core/ids';
import { err } from '@besace/protocol/core/result';
import type { Outcome } from '../api/types.ts';
import type { HttpPort } from './context.ts';

/** The answer to a server that asks who one is once more (UIA, Matrix spec, client-server, 5.2.2). */
export type PasswordAuth = {
  readonly type: 'm.login.password';
  readonly identifier: { readonly type: 'm.id.user'; readonly user: UserId };
  readonly password: string;
};

/** Longer passwords are refused here: the server would hash them. */
const MAX_PASSWORD = 512;

export function passwordAuth(user: UserId, password: string): PasswordAuth {
  return { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password };
}

/** A POST that the server wants a password for. Errors are those of `HttpPort.json`, and `wrong-password`. */
export async function postWithPassword(
  http: Pick<HttpPort, 'json'>,
  request: { readonly path: string; readonly body: Readonly<Record<string, unknown>> },
  user: UserId,
  password: string,
): Outcome<unknown> {
  if (password === '' || password.length > MAX_PASSWORD) return err({ code: 'wrong-password' });
  const body = { ...request.body, auth: passwordAuth(user, password) };
  const answer = await http.json({ method: 'POST', path: request.path, body });
  // What the server forbids here is the password: these paths are the account's own.
  return answer.ok || answer.error.code !== 'forbidden' ? answer : err({ code: 'wrong-password' });
}

/** Whether it is the account's password, without changing anything: no device is signed out by it. */
export async function checkPassword(http: Pick<HttpPort, 'json'>, user: UserId, password: string): Outcome<void> {
  const request = { path: '/_matrix/client/v3/delete_devices', body: { devices: [] } };
  const answer = await postWithPassword(http, request, user, password);
  return answer.ok ? { ok: true, value: undefined } : answer;
}
