import { type Authority, objectLevel } from './authority.ts';
import { type Field, mergeRest, parseRest, REST_MAX_BYTES, type Rest, restLamport } from './fields.ts';
import { isRecord, MAX_CONTENT_BYTES, measureJson, own } from './json.ts';
import type { ObjectKind } from './kind.ts';
import type { ParseError } from './parse.ts';
import { err, ok, type Result } from './result.ts';

/** The fields of a kind, by their name on the wire. */
export type FieldTable = { readonly [name: string]: Field<unknown> };

/** The parsed object of a kind: its fields, the `v` it was written with, and what this version does not know. */
export type ObjectOf<F extends FieldTable> = {
  readonly v: number;
  readonly rest: Rest;
} & { readonly [K in keyof F]: ReturnType<F[K]['merge']> };

export type KindDefinition<F extends FieldTable> = {
  readonly type: string;
  readonly version: number;
  readonly singleton: boolean;
  readonly level: number;
  readonly fields: F;
  /** Value of each field before anyone wrote it. */
  readonly empty: Omit<ObjectOf<F>, 'v' | 'rest'>;
};

/** A kind with an object to start from. */
export type DefinedKind<T> = ObjectKind<T> & { readonly empty: T };

/** Room left for `prev`, which the store adds. */
const PREV_BYTES = 4.5 * 1024;
const OWN_KEYS = ['v', 'prev'];

/**
 * Makes a kind of its fields. A version may leave fields out (a partial write, an older Besace): a field that is absent adds nothing to a
 * merge. Each field measures itself, and together they are less than an event holds. Throws when the fields could outgrow an event, which is a mistake in the code of a slice, not in what someone sent.
 */
export function defineKind<F extends FieldTable>(definition: KindDefinition<F>): DefinedKind<ObjectOf<F>> {
  const { type, version, level, singleton } = definition;
  const fields = Object.entries(definition.fields);
  const known: ReadonlySet<string> = new Set([...OWN_KEYS, ...fields.map(([name]) => name)]);
  if (known.size !== fields.length + OWN_KEYS.length || known.has('rest'))
    throw new Error(`${type} uses a reserved name`);
  const names = fields.reduce((sum, [name]) => sum + name.length + 4, 0);
  const maxBytes = 16 + names + fields.reduce((sum, [, field]) => sum + field.maxBytes, 0) + REST_MAX_BYTES;
  if (maxBytes + PREV_BYTES > MAX_CONTENT_BYTES) throw new Error(`${type} could grow to ${maxBytes} bytes`);
  const empty = { v: version, rest: new Map(), ...definition.empty } as unknown as Shape;

  function merge(a: Shape, b: Shape): Shape {
    if (a === b) return a;
    const merged: Record<string, unknown> = { v: Math.max(a.v, b.v), rest: mergeRest(a.rest, b.rest) };
    let sameAsA = merged.v === a.v && merged.rest === a.rest;
    let sameAsB = merged.v === b.v && merged.rest === b.rest;
    for (const [name, field] of fields) {
      const value = field.merge(a[name], b[name]);
      merged[name] = value;
      sameAsA &&= value === a[name];
      sameAsB &&= value === b[name];
    }
    if (sameAsA) return a;
    return sameAsB ? b : (merged as Shape);
  }

  function lamport(object: Shape): number {
    let highest = restLamport(object.rest);
    for (const [name, field] of fields) highest = Math.max(highest, field.lamport(object[name]));
    return highest;
  }

  const kind: ObjectKind<Shape> & { readonly empty: Shape } = {
    type,
    version,
    singleton,
    level,
    maxBytes,
    empty,
    description: `${type} v${version} level ${level}${singleton ? ' singleton' : ''} {${fields
      .map(([name, field]) => `${name}:${field.description}`)
      .join(', ')}}`,
    parse: (content) => parse(content, version, fields, known, empty),
    encode(object) {
      const rest = [...object.rest].sort(([a], [b]) => (a < b ? -1 : 1));
      const mine = fields.map(([name, field]) => [name, field.encode(object[name])] as const);
      // `fromEntries` defines own properties, `__proto__` included, where an assignment would set a prototype.
      return Object.fromEntries([['v', object.v], ...mine.filter(([, value]) => value !== undefined), ...rest]);
    },
    mayWrite: (authority, sender, object) =>
      withinCeiling(authority, lamport(object)) && authority.powerOf(sender) >= objectLevel(authority, type, level),
    mayHaveWritten: (authority, sender, object) =>
      withinCeiling(authority, lamport(object)) && authority.everAllowed(sender, type, level),
    merge,
    lamport,
  };
  return kind as unknown as DefinedKind<ObjectOf<F>>;
}

/** How an object looks to code that handles all fields alike. */
type Shape = { readonly v: number; readonly rest: Rest; readonly [name: string]: unknown };

function parse(
  content: unknown,
  version: number,
  fields: readonly (readonly [string, Field<unknown>])[],
  known: ReadonlySet<string>,
  empty: Shape,
): Result<Shape, ParseError> {
  if (!isRecord(content)) return err({ code: 'bad-shape', path: '', expected: 'an object' });
  const v = own(content, 'v');
  if (!Number.isSafeInteger(v) || (v as number) < 1)
    return err({ code: 'bad-shape', path: 'v', expected: 'an integer from 1' });
  if ((v as number) > version) {
    // Its fields cannot be measured one by one; what is kept of it is bounded all the same.
    const size = measureJson(content);
    return size.ok ? err({ code: 'newer-version', path: 'v', expected: `at most ${version}` }) : size;
  }
  const rest = parseRest(content, known);
  if (!rest.ok) return rest;
  const object: Record<string, unknown> = { ...empty, v, rest: rest.value };
  for (const [name, field] of fields) {
    const input = own(content, name);
    if (input === undefined) continue;
    const value = field.parse(input, name);
    if (!value.ok) return value;
    object[name] = value.value;
  }
  return ok(object as Shape);
}

function withinCeiling(authority: Authority, lamport: number): boolean {
  return lamport <= authority.lamportCeiling();
}
