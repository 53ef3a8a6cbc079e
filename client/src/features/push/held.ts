import type { Notice } from '@besace/matrix/api/types';
import * as v from 'valibot';

const held = v.object({
  messages: v.pipe(v.number(), v.integer(), v.minValue(0)),
  mentions: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Names of those who spoke, each once. */
  people: v.pipe(v.array(v.string()), v.maxLength(20)),
});

/** What quiet hours held back: how much, and of whom; no text. */
export type Held = v.InferOutput<typeof held>;

export const NOTHING_HELD: Held = { messages: 0, mentions: 0, people: [] };

const MOST_PEOPLE = 20;
const storageKey = 'besace.notify.held';

export function hold(before: Held, notice: Pick<Notice, 'senderName' | 'highlight'>): Held {
  const { people } = before;
  const known = people.includes(notice.senderName) || people.length >= MOST_PEOPLE;
  return {
    messages: before.messages + 1,
    mentions: before.mentions + (notice.highlight ? 1 : 0),
    people: known ? people : [...people, notice.senderName],
  };
}

/** Kept by the tab, and with it gone: it names people. */
export function heldIn(storage: Pick<Storage, 'getItem' | 'setItem'>): { get(): Held; set(next: Held): void } {
  return {
    get() {
      try {
        const parsed = v.safeParse(held, JSON.parse(storage.getItem(storageKey) ?? 'null'));
        return parsed.success ? parsed.output : NOTHING_HELD;
      } catch {
        return NOTHING_HELD;
      }
    },
    set: (next) => storage.setItem(storageKey, JSON.stringify(next)),
  };
}
