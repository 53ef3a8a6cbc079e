import type { BesaceError } from '@besace/matrix/api/types';
import { err, ok, type Result } from '@besace/protocol/core/result';
import * as v from 'valibot';

/** What a JSON service answered: its value, a failure that we have a sentence for, or its own code for the caller to name. */
export type HttpFailure =
  | BesaceError
  | { readonly code: 'refused'; readonly status: number; readonly reason: string; readonly detail: string };

export type JsonRequest<Schema extends v.GenericSchema> = {
  readonly fetch: typeof fetch;
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly schema: Schema;
  readonly headers?: Record<string, string>;
};

const word = v.pipe(v.string(), v.maxLength(64));
const refusal = v.object({ code: word, reason: v.optional(word, '') });

/** One exchange with one of our services; the answer is parsed at this border. Never throws. Gives up after 20 s. */
export async function askJson<Schema extends v.GenericSchema>({
  fetch,
  url,
  method = 'GET',
  body,
  schema,
  headers,
}: JsonRequest<Schema>): Promise<Result<v.InferOutput<Schema>, HttpFailure>> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(20_000),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    return err({ code: 'offline' });
  }
  if (response.status === 429) return err({ code: 'limited', retryAfterMs: retryAfter(response) });
  let answer: unknown;
  try {
    answer = await response.json();
  } catch {
    return err({ code: response.status >= 500 ? 'server-failed' : 'server-nonsense' });
  }
  if (response.ok) {
    const parsed = v.safeParse(schema, answer);
    return parsed.success ? ok(parsed.output) : err({ code: 'server-nonsense' });
  }
  if (response.status >= 500) return err({ code: 'server-failed' });
  const refused = v.safeParse(refusal, answer);
  if (!refused.success) return err({ code: 'server-nonsense' });
  const { code: reason, reason: detail } = refused.output;
  return err({ code: 'refused', status: response.status, reason, detail });
}

/** Retry-After in seconds (RFC 9110, 10.2.3; its date form is not used by our services); half a minute when it says nothing. */
function retryAfter(response: Response): number {
  const seconds = Number(response.headers.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 30_000;
}
