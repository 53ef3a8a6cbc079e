import { onScopeDispose, type Ref, ref, watch } from 'vue';

/**
 * How many columns draw their cards: one more a frame, so that a board of thousands opens in short steps, from the first column on. Headers stand from
 * the start, so nothing moves.
 */
export function useReveal(wanted: () => number, frame: (run: () => void) => void): Readonly<Ref<number>> {
  const revealed = ref(1);
  let waiting = false;
  let live = true;

  watch(
    [wanted, revealed],
    () => {
      if (waiting || revealed.value >= wanted()) return;
      waiting = true;
      frame(() => {
        waiting = false;
        if (live) revealed.value += 1;
      });
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    live = false;
  });
  return revealed;
}
