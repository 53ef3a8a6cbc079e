import type { UserId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';

/** Ends a subscription. Idempotent. */
export type Stop = () => void;

/** An expected failure. `code` picks the sentence that the person reads (`errors.<code>` in the client's strings). */
export type BesaceError = {
  readonly code:
    | 'offline' // no answer from the server; kept and tried again by itself where something was accepted
    | 'wrong-password'
    | 'weak-password'
    | 'limited' // 429; see retryAfterMs
    | 'server-failed' // 5xx
    | 'server-nonsense' // an answer that does not parse
    | 'signed-out' // the token is no longer valid
    | 'forbidden'
    | 'not-found'
    | 'unknown-person'
    | 'outsider-refused' // the room is not open to outsiders
    | 'wrong-recovery-code'
    | 'storage-lost' // IndexedDB was wiped or is not available
    | 'busy-elsewhere' // another tab owns the session
    | 'too-large'
    | 'invalid' // an argument from the person; detail names the field
    | 'cancelled'
    | 'update-needed' // written by a newer version of Besace
    | 'unexpected'; // logged once under `id`
  readonly retryAfterMs?: number;
  readonly detail?: string;
  readonly id?: string;
};
export type Outcome<T> = Promise<Result<T, BesaceError>>;

/** A person, with the name that the room shows. */
export type Someone = { readonly userId: UserId; readonly name: string };
