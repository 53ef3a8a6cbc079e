import fc, { type Arbitrary } from 'fast-check';
import { type EventId, parseEventId, parseObjectId, parseUserId, type UserId } from '../core/ids.ts';
import type { OrEntry, OrMap } from '../core/or-map.ts';
import { lamportCeiling, type Register, type Stamp } from '../core/registers.ts';

/** Few people and low counters, so that stamps collide often, with now and then the highest that is allowed. */
export const OWNER = user('@claire:interieur.test');
export const MANAGER = user('@malik:culture.test');
export const CONTRIBUTOR = user('@ines:interieur.test');
export const READER = user('@yann:culture.test');
export const OUTSIDER = user('@paul:externes.test');
/** Once a contributor, by an earlier `m.room.power_levels`. */
export const FORMER = user('@zoe:culture.test');

export const anyUser: Arbitrary<UserId> = fc.constantFrom(OWNER, MANAGER, CONTRIBUTOR, READER, OUTSIDER, FORMER);

export const anyEventId: Arbitrary<EventId> = fc
  .integer({ min: 0, max: 40 })
  .map((number) => eventId(`$event${number}`));

export const anyStamp: Arbitrary<Stamp> = fc.tuple(
  fc.oneof(
    { weight: 30, arbitrary: fc.integer({ min: 0, max: 5 }) },
    { weight: 1, arbitrary: fc.constant(lamportCeiling(0)) },
  ),
  anyUser,
);

/** Names that mean something to JavaScript. They are data. */
export const TREACHEROUS_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'toJSON',
  'length',
];

/** Well-formed text with all that a person may type, and names that mean something to JavaScript. */
export function anyText(maxLength: number): Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: Math.floor(maxLength / 8) }).filter((text) => text.length <= maxLength),
    fc.constantFrom(
      '',
      'Réunion',
      'Été 🎉',
      '"quoted\\"',
      ...TREACHEROUS_NAMES.filter((name) => name.length <= maxLength),
    ),
  );
}

/** Text on one line. */
export function anyLine(maxLength: number): Arbitrary<string> {
  return anyText(maxLength).map((text) => text.replace(/[\p{Cc}\u2028\u2029]/gu, ' '));
}

export function anyRegister<V>(value: Arbitrary<V>): Arbitrary<Register<V> | null> {
  const register = fc.record({ value, at: anyStamp });
  // A later version of Besace may say more in a register.
  const extended = fc.record({ value, at: anyStamp, via: fc.integer({ min: 0, max: 9 }) });
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 8, arbitrary: register },
    { weight: 1, arbitrary: extended },
  );
}

export function anyOrMap<V>(key: Arbitrary<string>, value: Arbitrary<V>, limit: number): Arbitrary<OrMap<V>> {
  const entry: Arbitrary<OrEntry<V>> = fc.oneof(
    { weight: 3, arbitrary: fc.record({ value, at: anyStamp }) },
    { weight: 1, arbitrary: fc.record({ removed: fc.constant(true as const), at: anyStamp }) },
  );
  const pairs = (minLength: number, maxLength: number): Arbitrary<OrMap<V>> =>
    fc
      .uniqueArray(fc.tuple(key, entry), { minLength, maxLength, selector: ([name]) => name })
      .map((entries) => new Map(entries));
  return fc.oneof({ weight: 6, arbitrary: pairs(0, 4) }, { weight: 1, arbitrary: pairs(0, limit) });
}

/** Fields of a later version, by name. */
export const anyRest: Arbitrary<ReadonlyMap<string, unknown>> = fc
  .dictionary(
    fc.constantFrom('checklist', 'estimate', 'cover', 'rest', 'empty', ...TREACHEROUS_NAMES),
    fc.oneof(
      fc.record({ value: fc.integer({ min: 0, max: 3 }), at: anyStamp }),
      fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.record({ value: fc.boolean(), at: anyStamp }), {
        maxKeys: 2,
      }),
      fc.jsonValue({ maxDepth: 2 }).filter((value) => JSON.stringify(value).length < 500),
    ),
    { maxKeys: 4 },
  )
  .map((fields) => new Map(Object.keys(fields).map((key) => [key, fields[key]])));

/** Deeper than any reader should follow. */
export function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { value };
  return value;
}

/** What a vandal or a lying server could put anywhere. */
export const anyHostile: Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
  fc.constantFrom<unknown>(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
    1.5,
    2 ** 53,
    -0,
    1e308,
    '',
    '\ud800',
    'a\udc00b',
    '\u0000',
    '+275760-09-13',
    '1969-12-31',
    '2027-02-30',
    '9999-99-99',
    null,
    undefined,
    [],
    {},
    nested(10_000),
    JSON.parse('{"__proto__": {"admin": true}, "constructor": {"prototype": {"admin": true}}}'),
    'x'.repeat(70_000),
    Array.from({ length: 100_000 }, (_, index) => `label ${index}`),
    Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`label ${index}`, { value: 'red', at: [1, '@a:b'] }]),
    ),
    [0, '@a:b'],
    [2 ** 53, '@a:b'],
    [-1, '@a:b'],
    [1, 'nobody'],
    [1, `@${'a'.repeat(300)}:b`],
  ),
);

/** A good content with one thing in it changed for the worse. */
export function damaged(good: Arbitrary<Record<string, unknown>>): Arbitrary<unknown> {
  return fc
    .tuple(good, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), anyHostile)
    .map(([content, path, hostile]) => replaceAt(content, path, hostile));
}

function replaceAt(value: unknown, path: readonly number[], hostile: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return hostile;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return hostile;
  const copy = Array.isArray(value) ? [...value] : Object.fromEntries(Object.entries(value));
  Object.defineProperty(copy, key, {
    value: replaceAt((value as Record<string, unknown>)[key], rest, hostile),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
}

/** For tests: an id that must be right. */
export function user(text: string): UserId {
  const id = parseUserId(text);
  if (!id.ok) throw new Error(`no user id: ${text}`);
  return id.value;
}

export function eventId(text: string): EventId {
  const id = parseEventId(text);
  if (!id.ok) throw new Error(`no event id: ${text}`);
  return id.value;
}

export function objectId(text: string) {
  const id = parseObjectId(text.padEnd(22, '_').slice(0, 22));
  if (!id.ok) throw new Error(`no object id: ${text}`);
  return id.value;
}
