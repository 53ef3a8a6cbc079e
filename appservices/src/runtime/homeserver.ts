import { createHmac } from 'node:crypto';
import * as v from 'valibot';
import type { Config, Organisation } from './config.ts';

/** The homeserver did not give a usable answer. Nothing is known about whether it did what was asked. */
export class HomeserverUnavailable extends Error {
  readonly code: 'homeserver-unavailable' | 'homeserver-busy';
  readonly retryAfterSeconds: number;

  constructor(what: string, retryAfterSeconds = 5, cause?: unknown) {
    super(what, { cause });
    this.code = retryAfterSeconds > 5 ? 'homeserver-busy' : 'homeserver-unavailable';
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export type NewAccount = { readonly localpart: string; readonly password: string; readonly displayName: string };

/** What this service asks of one organisation's homeserver outside the bridge's library. */
export interface Homeserver {
  /**
   * Makes an account by Synapse's shared-secret registration, whatever the homeserver's registration is set to. `taken`
   * when an account of this name exists. Throws {@link HomeserverUnavailable}, after which it may exist or not.
   */
  register(account: NewAccount): Promise<'created' | 'taken'>;
  /** Whether this password opens the account. Leaves no device behind. Throws {@link HomeserverUnavailable}. */
  passwordOpens(localpart: string, password: string): Promise<boolean>;
  /** Whose OpenID token it is, or null when it is unknown or expired. Throws {@link HomeserverUnavailable}. */
  openIdSubject(accessToken: string): Promise<string | null>;
  /** The display name of one of its users, '' for none; null when there is no such user. Throws {@link HomeserverUnavailable}. */
  displayName(userId: string): Promise<string | null>;
  /** Throws {@link HomeserverUnavailable} when it does not answer. */
  probe(signal: AbortSignal): Promise<void>;
  /** Makes it call the appservices back; throws {@link HomeserverUnavailable} when that does not go through. */
  probeTransactions(signal: AbortSignal): Promise<void>;
}

export type Homeservers = ReadonlyMap<string, Homeserver>;

/** Longest answer read; ours are a few hundred bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;
const TIMEOUT_MS = 15_000;

export function homeserversOf(config: Config): Homeservers {
  return new Map(config.organisations.map((organisation) => [organisation.id, homeserverOf(organisation)]));
}

export function homeserverOf(organisation: Organisation): Homeserver {
  const base = organisation.homeserver;
  const userInfo = `${organisation.federationUrl ?? base}/_matrix/federation/v1/openid/userinfo`;
  return {
    async register(account) {
      const path = `${base}/_synapse/admin/v1/register`;
      const { nonce } = read(nonceAnswer, (await expectOk(await call(path))).body);
      // synapse/rest/admin/users.py, UserRegisterServlet: HMAC-SHA1 over nonce, name, password and rank, NUL between.
      const mac = createHmac('sha1', organisation.registrationSecret)
        .update([nonce, account.localpart, account.password, 'notadmin'].join('\0'))
        .digest('hex');
      const answer = await call(path, {
        nonce,
        username: account.localpart,
        password: account.password,
        displayname: account.displayName,
        admin: false,
        inhibit_login: true,
        mac,
      });
      if (answer.status === 400 && errcode(answer.body) === 'M_USER_IN_USE') return 'taken';
      await expectOk(answer);
      return 'created';
    },

    async passwordOpens(localpart, password) {
      const answer = await call(`${base}/_matrix/client/v3/login`, {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: localpart },
        password,
      });
      if (answer.status === 403) return false;
      const { access_token } = read(loginAnswer, (await expectOk(answer)).body);
      await expectOk(await call(`${base}/_matrix/client/v3/logout`, {}, { authorization: `Bearer ${access_token}` }));
      return true;
    },

    async openIdSubject(accessToken) {
      const answer = await call(`${userInfo}?access_token=${encodeURIComponent(accessToken)}`);
      if (answer.status === 401 || answer.status === 403) return null;
      return read(subjectAnswer, (await expectOk(answer)).body).sub;
    },

    async displayName(userId) {
      const answer = await call(`${base}/_matrix/client/v3/profile/${encodeURIComponent(userId)}`, undefined, {
        authorization: `Bearer ${organisation.asToken}`,
      });
      if (answer.status === 404) return null;
      return read(profileAnswer, (await expectOk(answer)).body).displayname ?? '';
    },

    async probe(signal) {
      await expectOk(await call(`${base}/_matrix/client/versions`, undefined, {}, signal));
    },

    async probeTransactions(signal) {
      // Matrix spec 1.7, `POST /_matrix/client/v1/appservice/{appserviceId}/ping`.
      const path = `${base}/_matrix/client/v1/appservice/besace-${organisation.id}/ping`;
      await expectOk(await call(path, {}, { authorization: `Bearer ${organisation.asToken}` }, signal));
    },
  };
}

type Answer = { readonly status: number; readonly body: unknown; readonly retryAfterSeconds: number };

const nonceAnswer = v.object({ nonce: v.pipe(v.string(), v.maxLength(1000)) });
const loginAnswer = v.object({ access_token: v.string() });
const subjectAnswer = v.object({ sub: v.pipe(v.string(), v.maxLength(255)) });
const profileAnswer = v.object({ displayname: v.nullish(v.string()) });
const errorAnswer = v.object({ errcode: v.string(), retry_after_ms: v.optional(v.number()) });

/** GET without a body, POST with one. Never follows a redirect: nobody but the declared server is asked. */
async function call(
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
  signal = AbortSignal.timeout(TIMEOUT_MS),
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      redirect: 'error',
      signal,
    });
    const text = await boundedText(response);
    const json = parseJson(text);
    return { status: response.status, body: json, retryAfterSeconds: retryAfter(response.headers, json) };
  } catch (cause) {
    throw cause instanceof HomeserverUnavailable ? cause : new HomeserverUnavailable('no answer', 5, cause);
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    for await (const chunk of response.body) {
      size += chunk.byteLength;
      if (size > MAX_ANSWER_BYTES) throw new HomeserverUnavailable('an answer of absurd size');
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Undefined for what is not JSON: a proxy's error page, for one. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function expectOk(answer: Answer): Promise<Answer> {
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new HomeserverUnavailable(
    `status ${answer.status} ${errcode(answer.body) ?? ''}`.trim(),
    answer.retryAfterSeconds,
  );
}

function read<Schema extends v.GenericSchema>(schema: Schema, body: unknown): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, body);
  if (!parsed.success) throw new HomeserverUnavailable('an answer of another shape than the specification says');
  return parsed.output;
}

function errcode(body: unknown): string | undefined {
  const parsed = v.safeParse(errorAnswer, body);
  return parsed.success ? parsed.output.errcode : undefined;
}

/** Seconds; 5 when the homeserver does not say. */
function retryAfter(headers: Headers, body: unknown): number {
  const header = Number(headers.get('retry-after'));
  const parsed = v.safeParse(errorAnswer, body);
  const said = header > 0 ? header : parsed.success ? (parsed.output.retry_after_ms ?? 0) / 1000 : 0;
  return said > 0 ? Math.min(3600, Math.ceil(said)) : 5;
}
