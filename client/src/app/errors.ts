import type { BesaceError } from '@besace/matrix/api/types';
import { useI18n } from 'vue-i18n';

/** Failures of the accounts service, beside those of the session. Each has its sentence at `app.errors.<code>`. */
export type AccountsErrorCode =
  | 'bad-address'
  | 'bad-name'
  | 'link-unknown'
  | 'link-expired'
  | 'link-used'
  | 'account-exists'
  | 'unknown-organisation'
  | 'password-too-short'
  | 'password-too-long'
  | 'password-personal'
  | 'password-guessable';

/** Anything that a person may be told went wrong. */
export type Failure = BesaceError | { readonly code: AccountsErrorCode };

/** `useSay()(error)`: what happened, what was kept, what to do, in the person's language. */
export function useSay(): (failure: Failure) => string {
  const { t } = useI18n();
  return (failure) => t(sentenceKey(failure), sentenceValues(failure));
}

const ownSentences: ReadonlySet<string> = new Set(['other-account-waiting', 'room-not-encrypted', 'waiting']);

export function sentenceKey(failure: Failure): string {
  // Some failures have a sentence of their own for what they are about.
  if (failure.code === 'invalid' && ownSentences.has(failure.detail ?? ''))
    return `app.errors.invalid-${failure.detail}`;
  return `app.errors.${failure.code}`;
}

/** Values that the sentences may name: `seconds` to wait, `detail`, `id` to quote to the support. */
export function sentenceValues(failure: Failure): { seconds: number; detail: string; id: string } {
  const { retryAfterMs = 30_000, detail = '', id = '' } = 'retryAfterMs' in failure || 'id' in failure ? failure : {};
  return { seconds: Math.max(1, Math.ceil(retryAfterMs / 1000)), detail, id };
}
