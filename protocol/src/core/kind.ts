import type { Authority } from './authority.ts';
import type { EventId, ObjectId, UserId } from './ids.ts';
import type { ParseError } from './parse.ts';
import type { Result } from './result.ts';

/** One version of an object, as it came out of decryption: one `fr.besace.*` state event. */
export type ObjectVersion = {
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly type: string;
  readonly objectId: ObjectId;
  /** Clear content, unparsed. `prev` inside it names the event ids of the versions that the writer had folded (T11). */
  readonly content: unknown;
};

/**
 * What the object store needs to know of a kind of object. Pure. A kind is registered once, in `registry.ts`.
 *
 * Laws, checked by `testing/laws.ts` with the kind's own generators: merge is commutative, associative and idempotent (T4);
 * no input makes parse throw (T3, T7); encode then parse gives back the object, unknown fields included.
 */
export interface ObjectKind<T> {
  /** The state event type, `fr.besace.<kind>`. */
  readonly type: string;
  /** The newest `v` that this code writes. A content with a newer `v` is kept, marked, and never overwritten. */
  readonly version: number;
  /** Total: never throws. Unknown fields are kept in the parsed object. */
  parse(content: unknown): Result<T, ParseError>;
  /** The content to send, at most 48 KiB of JSON; unknown fields included; without `prev`, which the store adds. */
  encode(object: T): Record<string, unknown>;
  /** Whether `sender` may write this version of this object (T3). */
  mayWrite(authority: Authority, sender: UserId, object: T): boolean;
  /** Field by field, highest stamp wins. Returns `a` itself when `b` adds nothing. */
  merge(a: T, b: T): T;
  /** The highest Lamport counter in the object: a writer stamps with one more. */
  lamport(object: T): number;
}
