import type { WorldAccount } from './connect.ts';

/** A Matrix error answer. */
export class MatrixAnswer extends Error {
  readonly status: number;
  readonly errcode: string;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Record<string, unknown>) {
    super(`${status} ${body.errcode} ${body.error}`);
    this.status = status;
    this.errcode = String(body.errcode ?? '');
    this.body = body;
  }
}

/**
 * A raw client API call of an account, for tests that look at the server rather than through our own layers. `path`
 * follows `/_matrix/client/`. Throws a MatrixAnswer.
 */
export async function call<Answer = Record<string, unknown>>(
  account: Pick<WorldAccount, 'clientUrl' | 'accessToken'>,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await fetch(`${account.clientUrl}/_matrix/client/${path}`, {
    method,
    headers: { authorization: `Bearer ${account.accessToken}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Answer & Record<string, unknown>;
  if (!response.ok) throw new MatrixAnswer(response.status, answer);
  return answer;
}

/** Asks again until the answer is not undefined, false or a rejection. Rejects, with the last reason, after `ms`. */
export async function eventually<T>(ask: () => Promise<T | undefined | false>, ms = 90_000): Promise<T> {
  const end = performance.now() + ms;
  let last: unknown = 'the condition never held';
  while (performance.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${ms} ms`, { cause: last });
}
