import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing';
import { compareText } from './json.ts';

/** Something that has a place among its siblings. */
export type Ordered = { readonly id: string; readonly order: string };

/** Where a newcomer goes, and the siblings that must be given a new key to make room for it (nearly always none). */
export type Placement = { readonly order: string; readonly rekeyed: readonly Ordered[] };

/** Longer keys are refused, so that a vandal cannot make every insertion longer than the one before. */
export const MAX_ORDER_KEY = 128;
/** The place of what has none: a valid key, so that there is room on both sides. */
export const DEFAULT_ORDER = 'a0';
/** Past this many siblings in the way, giving all of them a new key is simpler than looking for the smallest number. */
const MAX_WINDOW = 6;

/** Whether `text` is a key that the library accepts. Never throws. */
export function isOrderKey(text: string): boolean {
  if (text.length > MAX_ORDER_KEY || !/^[A-Za-z][0-9A-Za-z]+$/.test(text)) return false;
  return attempt(() => generateKeyBetween(text, null)) !== null;
}

/** By key, then by id: two people who put two things at one place at once see them in the same order (T4). */
export function compareOrdered(a: Ordered, b: Ordered): number {
  return compareText(a.order, b.order) || compareText(a.id, b.id);
}

/**
 * The key of something put at `index` (0: first) among `siblings`, which are sorted by `compareOrdered` and hold valid keys. Where no
 * key fits (equal keys after a concurrent insertion, keys at their limit) the fewest neighbours get a new key too.
 */
export function placeAt(siblings: readonly Ordered[], index: number): Placement {
  const at = Math.max(0, Math.min(siblings.length, Math.trunc(index) || 0));
  for (let size = 0; size <= Math.min(MAX_WINDOW, siblings.length); size += 1) {
    for (let before = 0; before <= size; before += 1) {
      const placement = placeIn(siblings, at, at - before, at + size - before);
      if (placement !== null) return placement;
    }
  }
  const whole = placeIn(siblings, at, 0, siblings.length);
  return whole ?? { order: DEFAULT_ORDER, rekeyed: [] };
}

/** `count` keys in order, for things that are made together. */
export function orderKeys(count: number): readonly string[] {
  return generateNKeysBetween(null, null, count);
}

/** Gives new keys to siblings `from` to `to` (not included) and to the newcomer at `at`, if they fit between their neighbours. */
function placeIn(siblings: readonly Ordered[], at: number, from: number, to: number): Placement | null {
  if (from < 0 || to > siblings.length) return null;
  const lower = siblings[from - 1]?.order ?? null;
  const upper = siblings[to]?.order ?? null;
  if (lower !== null && upper !== null && lower >= upper) return null;
  const keys = attempt(() => generateNKeysBetween(lower, upper, to - from + 1));
  if (keys === null || keys.some((key) => key.length > MAX_ORDER_KEY)) return null;
  const order = keys[at - from];
  if (order === undefined) return null;
  const others = keys.filter((_, position) => position !== at - from);
  const rekeyed = siblings.slice(from, to).map(({ id }, position) => ({ id, order: others[position] ?? order }));
  return { order, rekeyed };
}

/** The library throws on keys that it would not have made; here that is an expected outcome. */
function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
