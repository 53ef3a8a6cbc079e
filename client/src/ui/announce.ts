import { shallowRef } from 'vue';

/** What a screen reader is told, politely. `UiAnnouncer` holds the live region; one a page. */
export const announced = shallowRef('');

/** `announce(sentence)`: says what changed, when it cannot be seen by who does not look. The same sentence twice is said twice. */
export function useAnnounce(): (sentence: string) => void {
  return announce;
}

export function announce(sentence: string): void {
  // A no-break space makes an equal sentence a change, which is what a live region speaks.
  announced.value = announced.value === sentence ? `${sentence}\u00a0` : sentence;
}
