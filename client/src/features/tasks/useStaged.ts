import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';

/** Columns that one change of a person touches: these are drawn at once. */
const AT_ONCE = 2;

/**
 * The columns as they are drawn: where many change together, as while a board comes in, one a frame from the first on, so that no frame draws all
 * of them. What one does oneself shows at once.
 */
export function useStaged<T extends { readonly key: string }>(
  wanted: () => readonly T[],
  frame: (run: () => void) => void,
): Readonly<ShallowRef<readonly T[]>> {
  const drawn = shallowRef<readonly T[]>([]);
  let waiting = false;
  let live = true;

  function step(): void {
    const next = wanted();
    const now = drawn.value;
    const sameKeys = next.length === now.length && next.every(({ key }, index) => key === now[index]?.key);
    const changed = next.flatMap((list, index) => (list === now[index] ? [] : [index]));
    if (!sameKeys || changed.length <= AT_ONCE) {
      if (!sameKeys || changed.length > 0) drawn.value = next;
      return;
    }
    const [first] = changed;
    drawn.value = now.map((list, index) => (index === first ? (next[index] ?? list) : list));
    if (waiting) return;
    waiting = true;
    frame(() => {
      waiting = false;
      if (live) step();
    });
  }

  watch(wanted, step, { immediate: true, flush: 'sync' });
  onScopeDispose(() => {
    live = false;
  });
  return drawn;
}
