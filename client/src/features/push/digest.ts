import { computed, type Ref, ref, watch } from 'vue';
import { type Held, heldIn, NOTHING_HELD } from './held.ts';
import { type Choices, isQuiet } from './quiet.ts';

export type Digest = {
  /** What quiet hours held back, once they are over; null while there is nothing to tell. */
  readonly due: Readonly<Ref<Held | null>>;
  get(): Held;
  set(held: Held): void;
  /** The time may have come. */
  look(now: Date): void;
  seen(): void;
};

/** Keeps what quiet hours hold back until they are over and the person has seen it. */
export function createDigest(storage: Pick<Storage, 'getItem' | 'setItem'>, choices: () => Choices): Digest {
  const kept = heldIn(storage);
  const held = ref(kept.get());
  const over = ref(true);
  return {
    due: computed(() => (over.value && held.value.messages > 0 && choices().digest ? held.value : null)),
    get: () => held.value,
    set(next) {
      held.value = next;
      kept.set(next);
    },
    look(now) {
      over.value = !isQuiet(choices().quiet, now);
    },
    seen() {
      held.value = NOTHING_HELD;
      kept.set(NOTHING_HELD);
    },
  };
}

let made: Digest | null = null;

/** One for the page. */
export function useDigest(choices: () => Choices): Digest {
  if (made === null) {
    made = createDigest(sessionStorage, choices);
    made.look(new Date());
  }
  return made;
}

/** The sentence of the digest: how much, and from whom. */
export function sentenceOf(
  held: Held,
  t: (key: string, named?: Record<string, unknown>, plural?: number) => string,
): string {
  const { messages, mentions, people } = held;
  const shown = people.slice(0, 3).join(', ');
  const who = people.length > 3 ? t('push.digest.others', { people: shown }) : shown;
  const counted = t('push.digest.messages', { count: messages }, messages);
  const named = mentions === 0 ? [] : [t('push.digest.mentions', { count: mentions }, mentions)];
  const what = [counted, ...named].join(', ');
  return t('push.digest.line', { what, from: t('push.digest.from', { people: who }) });
}

/** Says it in one line when the hours are over. */
export function tellWhenDue(digest: Digest, tell: (held: Held) => void): void {
  watch(
    () => digest.due.value !== null,
    (due) => {
      if (due && digest.due.value !== null) tell(digest.due.value);
    },
  );
}
