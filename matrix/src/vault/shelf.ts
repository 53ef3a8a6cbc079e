import type { UserId } from '@besace/protocol/core/ids';
import { compareText, isRecord, measureJson } from '@besace/protocol/core/json';
import {
  compareEntries,
  EMPTY_OR_MAP,
  isRemoved,
  mergeOrMaps,
  type OrMap,
  parseOrMap,
  removeEntry,
  setEntry,
} from '@besace/protocol/core/or-map';
import { lamportCeiling, nextStamp } from '@besace/protocol/core/registers';
import { err, type Result } from '@besace/protocol/core/result';
import * as v from 'valibot';

/** One drawer of a list: entries by key, merged entry by entry, so that what two devices add at once stays. */
export type Drawer = OrMap<unknown>;

/** A list is spread over so many types of account data, so that a change does not carry all of it. */
export const DRAWERS = 16;
/** Entries of a drawer, traces of removals included. */
export const DRAWER_LIMIT = 96;
/** What is put makes a drawer weigh at most this much, bytes of JSON. */
export const DRAWER_BYTES = 192 * 1024;
/** What several devices filled at once is kept up to this much. */
const MERGED_BYTES = 4 * DRAWER_BYTES;
const MAX_KEY = 600;
const DEPTH = 16;

const TYPE = /^fr\.besace\.vault\.([a-z]{1,20})\.(\d{1,2})$/;

export type Place = { readonly name: string; readonly drawer: number };

export function typeOf({ name, drawer }: Place): string {
  return `fr.besace.vault.${name}.${drawer}`;
}

/** Null for account data of others. */
export function placeOf(type: string): Place | null {
  const [, name, drawer] = TYPE.exec(type) ?? [];
  return name === undefined || Number(drawer) >= DRAWERS ? null : { name, drawer: Number(drawer) };
}

/** Which drawer a key is in: FNV-1a of its UTF-16 units, so that all versions agree. */
export function drawerOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193) >>> 0;
  return hash % DRAWERS;
}

/** Puts or (with null) removes an entry; `full` where there is no room for it. */
export function changed(drawer: Drawer, key: string, value: unknown, author: UserId): Result<Drawer, 'full'> {
  if (value === null) return { ok: true, value: removeEntry(drawer, key) };
  const at = nextStamp(Math.max(0, ...[...drawer.values()].map((entry) => entry.at[0])), author);
  const next = setEntry(drawer, key, value, at, DRAWER_LIMIT);
  if (!next.ok) return next;
  const most = Math.max(DRAWER_BYTES, weightOf(drawer));
  return weightOf(next.value) <= most ? next : err('full');
}

/** Entry by entry. Where that is more than can be read again, the newest entries that fit, so that all devices keep the same. */
export function merged(a: Drawer, b: Drawer): Drawer {
  const all = mergeOrMaps(a, b, DRAWER_LIMIT);
  if (all === a || all === b || weightOf(all) <= MERGED_BYTES) return all;
  const kept = [...all].sort(([keyA, x], [keyB, y]) => compareEntries(y, x) || compareText(keyA, keyB));
  while (weightOf(new Map(kept)) > MERGED_BYTES) kept.pop();
  return new Map(kept);
}

/** Bytes of JSON, or more than any drawer has. */
function weightOf(drawer: Drawer): number {
  const measured = measureJson(toJson(drawer), MERGED_BYTES, DEPTH);
  return measured.ok ? measured.value : Number.POSITIVE_INFINITY;
}

export function toJson(drawer: Drawer): Record<string, unknown> {
  return Object.fromEntries(drawer);
}

/** A drawer as the disk or another device gives it; null for what is none. */
export function parseDrawer(input: unknown): Drawer | null {
  if (!isRecord(input) || !measureJson(input, MERGED_BYTES, DEPTH).ok) return null;
  const schemas = { key: v.pipe(v.string(), v.maxLength(MAX_KEY)), value: v.unknown(), limit: DRAWER_LIMIT };
  const parsed = parseOrMap(schemas, input, '');
  if (!parsed.ok) return null;
  for (const entry of parsed.value.values()) if (entry.at[0] > lamportCeiling(0)) return null;
  return parsed.value.size === 0 ? EMPTY_OR_MAP : parsed.value;
}

/** What is in the drawers, by key. */
export function valuesIn(drawers: Iterable<Drawer>): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const drawer of drawers) for (const [key, entry] of drawer) if (!isRemoved(entry)) values.set(key, entry.value);
  return values;
}
