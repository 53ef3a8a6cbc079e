import { computed, onScopeDispose, type Ref, ref, watch } from 'vue';

/** Rows that fill a column of a tall screen: past these, a column draws what it likes. */
const FULL = 16;
/** Columns that grow side by side: what a wide screen shows. */
const ABREAST = 6;

/**
 * How many cards each column may draw: one more a frame in each of those in front, then in those behind, so that a board of thousands opens in
 * short steps. Headers stand from the start, so nothing moves.
 */
export function useReveal(columns: () => number, frame: (run: () => void) => void): (index: number) => number {
  const step: Ref<number> = ref(1);
  const last = computed(() => Math.ceil(columns() / ABREAST) * FULL);
  let waiting = false;
  let live = true;

  watch(
    [last, step],
    () => {
      if (waiting || step.value >= last.value) return;
      waiting = true;
      frame(() => {
        waiting = false;
        if (live) step.value += 1;
      });
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    live = false;
  });
  return (index) => {
    const rows = step.value - Math.floor(index / ABREAST) * FULL;
    return rows >= FULL ? Number.POSITIVE_INFINITY : Math.max(0, rows);
  };
}
