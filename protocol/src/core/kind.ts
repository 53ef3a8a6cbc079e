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
  /** Whether a room has one object of this kind, under `SINGLETON_ID`; others are refused by `fold`. */
  readonly singleton: boolean;
  /** The level that writing takes where the room's power levels do not list the type. */
  readonly level: number;
  /** The wire format in words, from the schemas themselves: what `version.ts` hashes. */
  readonly description: string;
  /** The most bytes that `encode` can give: merges included, so an object that was read can always be written. */
  readonly maxBytes: number;
  /** Total: never throws. Unknown fields are kept in the parsed object. */
  parse(content: unknown): Result<T, ParseError>;
  /** The content to send, at most 48 KiB of JSON; unknown fields included; without `prev`, which the store adds (`withPrev`). */
  encode(object: T): Record<string, unknown>;
  /** Whether `sender` may write this object now (T3): by her power now. Ask it before a write. */
  mayWrite(authority: Authority, sender: UserId, object: T): boolean;
  /** Whether a version by `sender` counts when it is read: by the power that she ever had (see `Authority.everHeld`). */
  mayHaveWritten(authority: Authority, sender: UserId, object: T): boolean;
  /** Field by field, highest stamp wins. Returns `a` itself when `b` adds nothing. */
  merge(a: T, b: T): T;
  /** The highest Lamport counter in the object: a writer stamps with one more (`nextStamp`). */
  lamport(object: T): number;
}

/** The id of an object of which a room has one: the board itself, what a room says of itself. 128 zero bits. */
export const SINGLETON_ID = 'AAAAAAAAAAAAAAAAAAAAAA' as ObjectId;
