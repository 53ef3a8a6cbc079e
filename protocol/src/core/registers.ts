import type { GenericSchema } from 'valibot';
import { parseUserId, type UserId } from './ids.ts';
import { compareJson, compareText, isRecord, own } from './json.ts';
import { type ParseError, parseWith } from './parse.ts';
import { err, ok, type Result } from './result.ts';

/**
 * When a value was written, by a logical clock: one more than the highest counter that the writer had seen in the object. The author breaks
 * ties; it proves nothing about who wrote (a merge carries other people's stamps), the sender of the event does.
 */
export type Stamp = readonly [lamport: number, author: UserId];

/** A value that people edit apart from the others. What else stands in it on the wire is kept. */
export type Register<V> = { readonly value: V; readonly at: Stamp };

/** Counters of one epoch. See `lamportCeiling`. */
const EPOCH_SIZE = 2 ** 32;
/** 2^20 epochs of 2^32 counters stay exact in a JSON number. */
export const MAX_EPOCH = 2 ** 20;

/**
 * The highest counter that is accepted in a room of this epoch. A vandal with the right to write can take the highest counter
 * there is, and no total order has anything above it: so the highest is a matter of the room. The owner who takes the vandal's right away
 * raises the epoch in the same `m.room.power_levels` event, and everyone can write above the vandal again (CORE-6).
 */
export function lamportCeiling(epoch: number): number {
  return (epoch + 1) * EPOCH_SIZE - 1;
}

/** The stamp of a new write by `author` in an object whose highest counter is `lamport`. */
export function nextStamp(lamport: number, author: UserId): Stamp {
  return [lamport + 1, author];
}

export function compareStamps(a: Stamp, b: Stamp): number {
  return a[0] - b[0] || compareText(a[1], b[1]);
}

export function register<V>(value: V, at: Stamp): Register<V> {
  return { value, at };
}

/** The register with the higher stamp; for one stamp with two values (a forgery), the higher value. Gives `a` itself when `b` adds nothing. */
export function mergeRegisters<V>(a: Register<V>, b: Register<V>): Register<V> {
  return compareRegisters(a, b) >= 0 ? a : b;
}

/** The order by which registers merge. 0 means that both say the same. */
export function compareRegisters(a: Register<unknown>, b: Register<unknown>): number {
  if (a === b) return 0;
  return compareStamps(a.at, b.at) || compareJson(a.value, b.value) || compareJson(a, b);
}

/** A stamp from the wire. */
export function parseStamp(input: unknown, path: string): Result<Stamp, ParseError> {
  const good =
    Array.isArray(input) &&
    input.length === 2 &&
    Number.isSafeInteger(input[0]) &&
    input[0] >= 0 &&
    parseUserId(input[1]).ok;
  return good
    ? ok(input as unknown as Stamp)
    : err({ code: 'bad-shape', path, expected: 'a stamp [counter, user id]' });
}

/** A register from the wire, with the value checked by `schema`. */
export function parseRegister<V>(
  schema: GenericSchema<V>,
  input: unknown,
  path: string,
): Result<Register<V>, ParseError> {
  if (!isRecord(input)) return err({ code: 'bad-shape', path, expected: 'a register' });
  const at = parseStamp(own(input, 'at'), `${path}.at`);
  if (!at.ok) return at;
  const value = parseWith(schema, own(input, 'value'), `${path}.value`);
  return value.ok ? ok(input as unknown as Register<V>) : value;
}
