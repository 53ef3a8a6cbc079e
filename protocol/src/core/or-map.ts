import type { GenericSchema } from 'valibot';
import { compareJson, compareText, isRecord, own } from './json.ts';
import { type ParseError, parseWith } from './parse.ts';
import { compareStamps, parseStamp, type Register, type Stamp } from './registers.ts';
import { err, ok, type Result } from './result.ts';

/** An entry that is there, or the trace of one that was removed, with the stamp of the entry that the remover had seen. */
export type OrEntry<V> = Register<V> | { readonly removed: true; readonly at: Stamp };

/**
 * A map whose entries are added, changed and removed by several people at once: labels, assignees. A removal takes away what the remover had
 * observed and no more: a change that she had not seen has a higher stamp and wins. Only the `limit` newest entries are kept, traces
 * included, so that a map can never outgrow its object.
 */
export type OrMap<V> = ReadonlyMap<string, OrEntry<V>>;

/** One empty map for all, so that "nothing changed" stays one identity. */
export const EMPTY_OR_MAP: OrMap<never> = new Map();

/** What is there, by key. */
export function present<V>(map: OrMap<V>): ReadonlyMap<string, V> {
  const values = new Map<string, V>();
  for (const [key, entry] of map) if (!isRemoved(entry)) values.set(key, entry.value);
  return values;
}

/** Sets `key`. Where the map is full, what is there is stamped anew, so that traces of removals go first; refuses more than `limit` entries. */
export function setEntry<V>(map: OrMap<V>, key: string, value: V, at: Stamp, limit: number): Result<OrMap<V>, 'full'> {
  const next = new Map(map);
  next.set(key, { value, at });
  if (next.size <= limit) return ok(next);
  const kept = new Map<string, OrEntry<V>>();
  for (const [name, entry] of next) if (!isRemoved(entry)) kept.set(name, { ...entry, at });
  return kept.size <= limit ? ok(newest(mergeEntries(kept, next), limit)) : err('full');
}

/** Removes `key`: the entry that the caller sees, not one that someone writes at the same time. Gives `map` itself when there is none. */
export function removeEntry<V>(map: OrMap<V>, key: string): OrMap<V> {
  const entry = map.get(key);
  if (entry === undefined || isRemoved(entry)) return map;
  return new Map(map).set(key, { removed: true, at: entry.at });
}

/** Entry by entry, newest stamp wins. Gives `a` itself when `b` adds nothing. */
export function mergeOrMaps<V>(a: OrMap<V>, b: OrMap<V>, limit: number): OrMap<V> {
  if (a === b || b.size === 0) return a;
  const merged = mergeEntries(a, b);
  if (merged === a) return a;
  const kept = newest(merged, limit);
  if (sameEntries(kept, a)) return a;
  return sameEntries(kept, b) ? b : kept;
}

/** The order by which entries merge: stamp, then a removal over what it removed, then the value (a forgery). */
export function compareEntries(a: OrEntry<unknown>, b: OrEntry<unknown>): number {
  if (a === b) return 0;
  return compareStamps(a.at, b.at) || Number(isRemoved(a)) - Number(isRemoved(b)) || compareJson(a, b);
}

export function isRemoved<V>(entry: OrEntry<V>): entry is { readonly removed: true; readonly at: Stamp } {
  return Object.hasOwn(entry, 'removed');
}

/** A map from the wire. The keys are data: they are only ever keys of a `Map`. */
export function parseOrMap<V>(
  schemas: { readonly key: GenericSchema<string>; readonly value: GenericSchema<V>; readonly limit: number },
  input: unknown,
  path: string,
): Result<OrMap<V>, ParseError> {
  if (!isRecord(input)) return err({ code: 'bad-shape', path, expected: 'a map' });
  const keys = Object.keys(input);
  if (keys.length > schemas.limit)
    return err({ code: 'too-large', path, expected: `at most ${schemas.limit} entries` });
  if (keys.length === 0) return ok(EMPTY_OR_MAP);
  const map = new Map<string, OrEntry<V>>();
  for (const [index, key] of keys.entries()) {
    // A key is what someone wrote: an error names its place.
    const here = `${path}.${index}`;
    const good = parseWith(schemas.key, key, here);
    if (!good.ok) return good;
    const entry = parseEntry(schemas.value, input[key], here);
    if (!entry.ok) return entry;
    map.set(key, entry.value);
  }
  return ok(map);
}

function parseEntry<V>(schema: GenericSchema<V>, input: unknown, path: string): Result<OrEntry<V>, ParseError> {
  if (!isRecord(input)) return err({ code: 'bad-shape', path, expected: 'an entry' });
  const at = parseStamp(own(input, 'at'), `${path}.at`);
  if (!at.ok) return at;
  if (Object.hasOwn(input, 'removed')) {
    if (own(input, 'removed') !== true) return err({ code: 'bad-shape', path: `${path}.removed`, expected: 'true' });
    return ok(input as unknown as OrEntry<V>);
  }
  const value = parseWith(schema, own(input, 'value'), `${path}.value`);
  return value.ok ? ok(input as unknown as OrEntry<V>) : value;
}

function mergeEntries<V>(a: OrMap<V>, b: OrMap<V>): OrMap<V> {
  let merged: Map<string, OrEntry<V>> | null = null;
  for (const [key, entry] of b) {
    const mine = a.get(key);
    if (mine !== undefined && compareEntries(mine, entry) >= 0) continue;
    merged ??= new Map(a);
    merged.set(key, entry);
  }
  return merged ?? a;
}

/**
 * The `limit` newest entries. Which entries are kept does not depend on the order of merges, because an entry only ever gets newer and
 * the same order decides within a key and between keys.
 */
function newest<V>(map: OrMap<V>, limit: number): OrMap<V> {
  if (map.size <= limit) return map;
  const entries = [...map].sort(([keyA, a], [keyB, b]) => compareEntries(b, a) || compareText(keyA, keyB));
  return new Map(entries.slice(0, limit));
}

function sameEntries<V>(a: OrMap<V>, b: OrMap<V>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, entry] of a) {
    const other = b.get(key);
    if (other === undefined || compareEntries(entry, other) !== 0) return false;
  }
  return true;
}
