import type { ParseError } from './parse.ts';
import { err, ok, type Result } from './result.ts';

/** The most that the content of one object may weigh, in bytes of UTF-8 JSON: an event of Matrix is at most 65,536 bytes encrypted. */
export const MAX_CONTENT_BYTES = 48 * 1024;
/** The deepest nesting that is read; what Besace writes has four levels. */
export const MAX_DEPTH = 12;

/** Whether a value is a JSON object. Keys from the wire are data: read them with `Object.keys` or `own`, never by `in` or `[key]`. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own property `key`, or undefined: `__proto__` or `constructor` that nobody sent is never found. */
export function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/**
 * Bytes of `JSON.stringify(value)` in UTF-8, without making the string. Refuses what JSON cannot carry to every reader: other types, NaN and
 * infinities, lone surrogates (the crypto library cannot read them back, so one would make an object unwritable for ever), more than
 * `maxBytes`, deeper than `maxDepth`. Stops at the first byte too many, so a huge value costs no more than the limit.
 */
export function measureJson(
  value: unknown,
  maxBytes: number = MAX_CONTENT_BYTES,
  maxDepth: number = MAX_DEPTH,
): Result<number, ParseError> {
  const walk: Walk = { left: maxBytes, maxDepth, path: [], error: null };
  measure(walk, value, 0);
  return walk.error === null ? ok(maxBytes - walk.left) : err({ ...walk.error, path: walk.path.join('.') });
}

/** A total order on JSON values that all clients share; 0 when both say the same, whatever the order of their keys. */
export function compareJson(a: unknown, b: unknown): number {
  if (a === b) return 0;
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  if (isRecord(a) && isRecord(b)) return compareRecords(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return Number(a) - Number(b);
}

/** By UTF-16 code units: the same on every machine, unlike a locale's order. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Walk = {
  left: number;
  readonly maxDepth: number;
  readonly path: (string | number)[];
  error: Omit<ParseError, 'path'> | null;
};

/** False once something was refused: the walk then stops where it stands, and `path` says where. */
function measure(walk: Walk, value: unknown, depth: number): boolean {
  if (typeof value === 'string') return measureText(walk, value);
  if (typeof value === 'number') {
    return Number.isFinite(value) ? spend(walk, String(value).length) : refuse(walk, 'bad-shape', 'a finite number');
  }
  if (typeof value === 'boolean') return spend(walk, value ? 4 : 5);
  if (value === null) return spend(walk, 4);
  if (typeof value !== 'object') return refuse(walk, 'bad-shape', 'a JSON value');
  if (depth >= walk.maxDepth) return refuse(walk, 'too-large', `at most ${walk.maxDepth} levels`);
  if (Array.isArray(value)) return measureArray(walk, value, depth);
  return measureRecord(walk, value as Record<string, unknown>, depth);
}

function measureArray(walk: Walk, value: readonly unknown[], depth: number): boolean {
  if (!spend(walk, Math.max(2, value.length + 1))) return false;
  for (let index = 0; index < value.length; index += 1) {
    walk.path.push(index);
    if (!measure(walk, value[index], depth + 1)) return false;
    walk.path.pop();
  }
  return true;
}

function measureRecord(walk: Walk, value: Record<string, unknown>, depth: number): boolean {
  const keys = Object.keys(value);
  if (!spend(walk, Math.max(2, 2 * keys.length + 1))) return false;
  for (const key of keys) {
    if (!measureText(walk, key)) return false;
    walk.path.push(key);
    if (!measure(walk, value[key], depth + 1)) return false;
    walk.path.pop();
  }
  return true;
}

function measureText(walk: Walk, text: string): boolean {
  if (text.length + 2 > walk.left) return refuse(walk, 'too-large', 'fewer bytes');
  let bytes = 2;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20) bytes += unit >= 8 && unit <= 13 && unit !== 11 ? 2 : 6;
    else if (unit === 0x22 || unit === 0x5c) bytes += 2;
    else if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 3;
    else if (unit < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) {
      bytes += 4;
      index += 1;
    } else return refuse(walk, 'bad-shape', 'well-formed Unicode');
  }
  return spend(walk, bytes);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function spend(walk: Walk, bytes: number): boolean {
  walk.left -= bytes;
  return walk.left >= 0 || refuse(walk, 'too-large', 'fewer bytes');
}

function refuse(walk: Walk, code: ParseError['code'], expected: string): false {
  walk.error = { code, expected };
  return false;
}

function rankOf(value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number') return 2;
  if (typeof value === 'string') return 3;
  return Array.isArray(value) ? 4 : 5;
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  for (let index = 0; index < a.length && index < b.length; index += 1) {
    const order = compareJson(a[index], b[index]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareRecords(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): number {
  const keysOfA = Object.keys(a).sort();
  const keysOfB = Object.keys(b).sort();
  const keys = compareArrays(keysOfA, keysOfB);
  if (keys !== 0) return keys;
  for (const key of keysOfA) {
    const order = compareJson(a[key], b[key]);
    if (order !== 0) return order;
  }
  return 0;
}
