import { err, ok, type Result } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { ConfigLoader } from '../../app/config.ts';
import type { AccountsErrorCode, Failure } from '../../app/errors.ts';
import { askJson, type HttpFailure } from '../../app/http.ts';

const label = v.object({ fr: v.string(), en: v.string() });

const belongingSchema = v.object({
  organisation: v.string(),
  serverName: v.string(),
  homeserver: v.string(),
  label,
  outsider: v.boolean(),
  localpart: v.string(),
});

const invitationSchema = v.object({
  address: v.string(),
  organisation: v.string(),
  homeserver: v.string(),
  localpart: v.string(),
  suggestedName: v.string(),
});

const createdSchema = v.object({ userId: v.string(), homeserver: v.string() });

/** Where an address belongs. Says nothing about whether it has an account. */
export type Belonging = v.InferOutput<typeof belongingSchema>;
/** What a valid sign-up link stands for. */
export type SignUpInvitation = v.InferOutput<typeof invitationSchema>;
export type CreatedAccount = v.InferOutput<typeof createdSchema>;

/** The accounts service, `/api/accounts`. Every method's failures have a sentence at `app.errors`. */
export interface AccountsClient {
  belongingOf(address: string): Promise<Result<Belonging, Failure>>;
  /** Sends the mail with the link; the answer is the same whether or not an account exists. */
  requestLink(address: string, locale: string): Promise<Result<void, Failure>>;
  readLink(token: string): Promise<Result<SignUpInvitation, Failure>>;
  create(token: string, input: { displayName: string; password: string }): Promise<Result<CreatedAccount, Failure>>;
}

export type AccountsClientParts = { readonly fetch: typeof fetch; readonly loadConfig: ConfigLoader };

export function createAccountsClient({ fetch, loadConfig }: AccountsClientParts): AccountsClient {
  async function ask<Schema extends v.GenericSchema>(
    path: string,
    schema: Schema,
    body?: unknown,
  ): Promise<Result<v.InferOutput<Schema>, Failure>> {
    const config = await loadConfig();
    if (!config.ok) return config;
    const url = `${config.value.accounts}${path}`;
    const answer = await askJson({
      fetch,
      url,
      schema,
      ...(body === undefined ? {} : { method: 'POST' as const, body }),
    });
    return answer.ok ? answer : err(failureOf(answer.error));
  }

  return {
    belongingOf: (address) => ask(`/organisation?address=${encodeURIComponent(address)}`, belongingSchema),
    async requestLink(address, locale) {
      const answer = await ask('/sign-up', v.object({}), { address, locale });
      return answer.ok ? ok(undefined) : answer;
    },
    readLink: (token) => ask(`/sign-up/${encodeURIComponent(token)}`, invitationSchema),
    create: (token, input) => ask(`/sign-up/${encodeURIComponent(token)}`, createdSchema, input),
  };
}

const refusals: Readonly<Record<string, AccountsErrorCode>> = {
  'bad-address': 'bad-address',
  unknown: 'link-unknown',
  expired: 'link-expired',
  used: 'link-used',
  'bad-name': 'bad-name',
  'account-exists': 'account-exists',
};

/** Why a password was refused, by the word that the service gives. */
const weaknesses: Readonly<Record<string, AccountsErrorCode>> = {
  'too-short': 'password-too-short',
  'too-long': 'password-too-long',
  personal: 'password-personal',
  guessable: 'password-guessable',
};

function failureOf(failure: HttpFailure): Failure {
  if (failure.code !== 'refused') return failure;
  if (failure.reason === 'weak-password') return { code: own(weaknesses, failure.detail) ?? 'weak-password' };
  // Another request for the same account is under way.
  if (failure.reason === 'in-progress') return { code: 'limited', retryAfterMs: 2000 };
  return { code: own(refusals, failure.reason) ?? 'server-nonsense' };
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
