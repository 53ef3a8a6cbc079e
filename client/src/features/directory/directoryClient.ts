import type { AccountApi, BesaceError } from '@besace/matrix/api/types';
import { parseUserId, type UserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import * as v from 'valibot';

/** Someone of the directory. */
export type Person = {
  readonly userId: UserId;
  readonly name: string;
  /** The organisation's id, as in the installation's configuration. */
  readonly organisation: string;
  readonly outsider: boolean;
  /** Absent where the person chose not to show it. */
  readonly address: string | null;
};

export interface Directory {
  /** People by name or address, best first. `cancelled` when `signal` ended it. */
  search(query: string, signal: AbortSignal): Promise<Result<readonly Person[], BesaceError>>;
}

export type DirectoryDeps = {
  readonly api: Pick<AccountApi, 'openIdToken'>;
  readonly fetch: typeof fetch;
  /** Base URL of the directory, such as `/api/directory`. */
  readonly base: string;
  /** Milliseconds since any fixed moment. */
  now(): number;
};

/** How many people one question brings at most. */
const limit = 12;
/** A session is renewed this long before it ends, in ms. */
const margin = 30_000;

const sessionSchema = v.object({ token: v.pipe(v.string(), v.minLength(1)), expiresIn: v.number() });
const answerSchema = v.object({ people: v.array(v.unknown()) });
const personSchema = v.object({
  userId: v.string(),
  name: v.pipe(v.string(), v.maxLength(512)),
  organisation: v.string(),
  outsider: v.boolean(),
  address: v.nullish(v.string(), null),
});

/** The directory of all organisations over HTTP (DIR-3, DIR-4). */
export function createDirectory(deps: DirectoryDeps): Directory {
  let session: { readonly token: string; readonly until: number } | null = null;

  async function open(signal: AbortSignal): Promise<Result<string, BesaceError>> {
    if (session !== null && deps.now() < session.until) {
      return ok(session.token);
    }
    const proof = await deps.api.openIdToken();
    if (!proof.ok) {
      return proof;
    }
    const answer = await ask(`${deps.base}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(proof.value),
      signal,
    });
    const body = answer.ok ? await jsonOf(answer.value, sessionSchema) : answer;
    if (!body.ok) {
      return body;
    }
    session = { token: body.value.token, until: deps.now() + body.value.expiresIn * 1000 - margin };
    return ok(session.token);
  }

  async function ask(url: string, init: RequestInit): Promise<Result<Response, BesaceError>> {
    try {
      return ok(await deps.fetch(url, { ...init, credentials: 'omit', cache: 'no-store' }));
    } catch (error) {
      return err({ code: error instanceof DOMException && error.name === 'AbortError' ? 'cancelled' : 'offline' });
    }
  }

  async function search(query: string, signal: AbortSignal): Promise<Result<readonly Person[], BesaceError>> {
    for (let attempt = 0; ; attempt += 1) {
      const token = await open(signal);
      if (!token.ok) {
        return token;
      }
      const parameters = new URLSearchParams({ q: query, limit: String(limit) });
      const answer = await ask(`${deps.base}/search?${parameters}`, {
        headers: { authorization: `Bearer ${token.value}` },
        signal,
      });
      if (answer.ok && answer.value.status === 401 && attempt === 0) {
        session = null;
        continue;
      }
      const body = answer.ok ? await jsonOf(answer.value, answerSchema) : answer;
      return body.ok ? ok(body.value.people.flatMap(parsePerson)) : body;
    }
  }

  return { search };
}

function parsePerson(input: unknown): readonly Person[] {
  const person = v.safeParse(personSchema, input);
  const userId = person.success ? parseUserId(person.output.userId) : null;
  return person.success && userId?.ok === true ? [{ ...person.output, userId: userId.value }] : [];
}

async function jsonOf<Schema extends v.GenericSchema>(
  answer: Response,
  schema: Schema,
): Promise<Result<v.InferOutput<Schema>, BesaceError>> {
  if (!answer.ok) {
    return err(failureOf(answer));
  }
  try {
    const parsed = v.safeParse(schema, await answer.json());
    return parsed.success ? ok(parsed.output) : err({ code: 'server-nonsense' });
  } catch (error) {
    return err({ code: error instanceof DOMException ? 'cancelled' : 'server-nonsense' });
  }
}

function failureOf(answer: Response): BesaceError {
  if (answer.status === 429) {
    const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
    return Number.isFinite(seconds) ? { code: 'limited', retryAfterMs: seconds * 1000 } : { code: 'limited' };
  }
  if (answer.status === 401 || answer.status === 403) {
    return { code: 'forbidden' };
  }
  return { code: answer.status >= 500 ? 'server-failed' : 'server-nonsense' };
}
