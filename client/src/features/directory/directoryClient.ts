import type { AccountApi, BesaceError } from '@besace/matrix/api/types';
import { parseUserId, type UserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import * as v from 'valibot';
import { askJson, type HttpFailure } from '../../app/http.ts';

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
  /** People by name or address, best first. */
  search(query: string): Promise<Result<readonly Person[], BesaceError>>;
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

/** The directory of all organisations over HTTP (PEOPLE-3, PEOPLE-4). */
export function createDirectory(deps: DirectoryDeps): Directory {
  let session: { readonly token: string; readonly until: number } | null = null;

  async function open(): Promise<Result<string, HttpFailure>> {
    if (session !== null && deps.now() < session.until) {
      return ok(session.token);
    }
    const proof = await deps.api.openIdToken();
    if (!proof.ok) {
      return proof;
    }
    const { fetch, base } = deps;
    const answer = await askJson({
      fetch,
      url: `${base}/session`,
      method: 'POST',
      body: proof.value,
      schema: sessionSchema,
    });
    if (!answer.ok) {
      return answer;
    }
    session = { token: answer.value.token, until: deps.now() + answer.value.expiresIn * 1000 - margin };
    return ok(session.token);
  }

  async function ask(query: string): Promise<Result<{ people: readonly unknown[] }, HttpFailure>> {
    const token = await open();
    if (!token.ok) {
      return token;
    }
    const parameters = new URLSearchParams({ q: query, limit: String(limit) });
    return askJson({
      fetch: deps.fetch,
      url: `${deps.base}/search?${parameters}`,
      headers: { authorization: `Bearer ${token.value}` },
      schema: answerSchema,
    });
  }

  async function search(query: string): Promise<Result<readonly Person[], BesaceError>> {
    let answer = await ask(query);
    if (!answer.ok && answer.error.code === 'refused' && answer.error.status === 401) {
      session = null;
      answer = await ask(query);
    }
    return answer.ok ? ok(answer.value.people.flatMap(parsePerson)) : err(said(answer.error));
  }

  return { search };
}

/** A person as the directory, or a page's own history, describes her: none where it does not parse. */
export function parsePerson(input: unknown): readonly Person[] {
  const person = v.safeParse(personSchema, input);
  const userId = person.success ? parseUserId(person.output.userId) : null;
  return person.success && userId?.ok === true ? [{ ...person.output, userId: userId.value }] : [];
}

/** The directory names its refusals; a person is told what they mean for her. */
function said(failure: HttpFailure): BesaceError {
  if (failure.code !== 'refused') {
    return failure;
  }
  return { code: failure.status === 401 || failure.status === 403 ? 'forbidden' : 'server-nonsense' };
}
