import type { GenericSchema } from 'valibot';
import { describeSchema } from './describe.ts';
import { compareJson, compareText, isRecord, measureJson, own } from './json.ts';
import { mergeOrMaps, type OrMap, parseOrMap } from './or-map.ts';
import type { ParseError } from './parse.ts';
import { compareStamps, mergeRegisters, parseRegister, parseStamp, type Register, type Stamp } from './registers.ts';
import { err, ok, type Result } from './result.ts';

/** The most bytes of a stamp: a counter below 2^53 and a user id of 255 bytes. */
const STAMP_BYTES = 280;
/** `{"value":…,"at":…},` around a value, with room for what a later version adds to a register. */
const FRAME_BYTES = 64;
/** Fields that this version does not know: how many are kept, and the bytes of each with its name. More needs a newer `v`. */
const REST_FIELDS = 4;
const REST_BYTES = 1024;

/** One field of a kind: how it is read, merged and bounded. */
export interface Field<T> {
  readonly description: string;
  /** The most bytes of JSON that the field takes, whatever was merged into it. */
  readonly maxBytes: number;
  parse(input: unknown, path: string): Result<T, ParseError>;
  /** What goes on the wire; undefined when there is nothing to say. */
  encode(value: T): unknown;
  /** Gives `a` itself when `b` adds nothing. */
  merge(a: T, b: T): T;
  lamport(value: T): number;
}

/** A field of one value. `valueBytes` bounds the value as JSON. */
export function registerField<V>(schema: GenericSchema<V>, valueBytes: number): Field<Register<V> | null> {
  const maxBytes = valueBytes + STAMP_BYTES + FRAME_BYTES;
  return {
    description: `register(${describeSchema(schema)};${valueBytes})`,
    maxBytes,
    parse(input, path) {
      const bound = bounded(input, maxBytes, path);
      return bound.ok ? parseRegister(schema, input, path) : bound;
    },
    encode: (value) => value ?? undefined,
    merge: (a, b) => (b === null ? a : a === null ? b : mergeRegisters(a, b)),
    lamport: (value) => value?.at[0] ?? 0,
  };
}

export type MapSpec<V> = {
  readonly key: GenericSchema<string>;
  readonly value: GenericSchema<V>;
  /** Entries kept, traces of removals included. */
  readonly limit: number;
  /** Bytes of one key and one value as JSON. */
  readonly keyBytes: number;
  readonly valueBytes: number;
};

/** A field of many values, each added and removed apart from the others. */
export function mapField<V>(spec: MapSpec<V>): Field<OrMap<V>> {
  const entryBytes = spec.keyBytes + spec.valueBytes + STAMP_BYTES + FRAME_BYTES;
  return {
    description: `map(${describeSchema(spec.key)}:${describeSchema(spec.value)};${spec.limit}x${spec.keyBytes}+${spec.valueBytes})`,
    maxBytes: 2 + spec.limit * entryBytes,
    parse(input, path) {
      if (isRecord(input)) {
        for (const [index, key] of Object.keys(input)
          .slice(0, spec.limit + 1)
          .entries()) {
          const size = measureJson({ [key]: input[key] }, entryBytes);
          if (!size.ok) return err({ ...size.error, path: `${path}.${index}` });
        }
      }
      return parseOrMap(spec, input, path);
    },
    encode: (map) => (map.size === 0 ? undefined : Object.fromEntries([...map].sort(([a], [b]) => compareText(a, b)))),
    merge: (a, b) => mergeOrMaps(a, b, spec.limit),
    lamport: (map) => maximum([...map.values()], (entry) => entry.at[0]),
  };
}

/** Fields that this version of Besace does not know. They survive a round trip and merge by the newest stamp inside them. */
export type Rest = ReadonlyMap<string, unknown>;
const EMPTY_REST: Rest = new Map();
export const REST_MAX_BYTES = REST_FIELDS * REST_BYTES;
/** The bounds that all kinds share, for the fingerprint of the wire format. */
export const FIELD_LIMITS = `stamp ${STAMP_BYTES} frame ${FRAME_BYTES} rest ${REST_FIELDS}x${REST_BYTES}`;

export function parseRest(
  content: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): Result<Rest, ParseError> {
  const keys = Object.keys(content).filter((key) => !known.has(key));
  if (keys.length === 0) return ok(EMPTY_REST);
  if (keys.length > REST_FIELDS)
    return err({ code: 'too-large', path: '', expected: `at most ${REST_FIELDS} unknown fields` });
  for (const key of keys) {
    const bound = bounded({ [key]: content[key] }, REST_BYTES, '');
    if (!bound.ok) return bound;
  }
  return ok(new Map(keys.map((key) => [key, content[key]])));
}

export function mergeRest(a: Rest, b: Rest): Rest {
  if (a === b || b.size === 0) return a;
  const merged = new Map(a);
  for (const [key, value] of b)
    if (!merged.has(key) || compareUnknown(merged.get(key), value) < 0) merged.set(key, value);
  const sorted = [...merged].sort(([keyA, x], [keyB, y]) => compareUnknown(y, x) || compareText(keyA, keyB));
  const kept: Rest = new Map(sorted.slice(0, REST_FIELDS));
  if (sameRest(kept, a)) return a;
  return sameRest(kept, b) ? b : kept;
}

export function restLamport(rest: Rest): number {
  return maximum([...rest.values()], (value) => stampIn(value, 0)?.[0] ?? 0);
}

function bounded(input: unknown, maxBytes: number, path: string): Result<number, ParseError> {
  const size = measureJson(input, maxBytes);
  if (size.ok) return size;
  return err({ ...size.error, path: [path, size.error.path].filter((part) => part !== '').join('.') });
}

function compareUnknown(a: unknown, b: unknown): number {
  const [stampA, stampB] = [stampIn(a, 0), stampIn(b, 0)];
  if (stampA !== null && stampB !== null) return compareStamps(stampA, stampB) || compareJson(a, b);
  if (stampA !== null || stampB !== null) return stampA === null ? -1 : 1;
  return compareJson(a, b);
}

/** The newest stamp in a value of unknown shape: of a register, or of the registers in a map. */
function stampIn(value: unknown, depth: number): Stamp | null {
  if (!isRecord(value) || depth > 2) return null;
  const mine = parseStamp(own(value, 'at'), '');
  if (mine.ok) return mine.value;
  let newest: Stamp | null = null;
  for (const key of Object.keys(value)) {
    const stamp = stampIn(value[key], depth + 1);
    if (stamp !== null && (newest === null || compareStamps(stamp, newest) > 0)) newest = stamp;
  }
  return newest;
}

function sameRest(a: Rest, b: Rest): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.has(key) && compareJson(value, b.get(key)) === 0);
}

function maximum<T>(items: readonly T[], of: (item: T) => number): number {
  let highest = 0;
  for (const item of items) highest = Math.max(highest, of(item));
  return highest;
}
