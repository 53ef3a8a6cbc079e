import type { ObjectId } from '@besace/protocol/core/ids';
import { type ComputedRef, computed, type Ref, shallowRef } from 'vue';
import { type Place, placeOf } from './place.ts';
import type { BoardList } from './useBoard.ts';

/** The one card that Tab stops at, and where arrow keys go from it. */
export function useBoardFocus(lists: ComputedRef<readonly BoardList[]>) {
  const last: Ref<ObjectId | null> = shallowRef(null);
  /** Where that card stood when it was last seen: its neighbour takes over when it goes. */
  let seen: Place | null = null;

  const stop = computed<ObjectId | null>(() => {
    if (last.value !== null && placeOf(lists.value, last.value) !== null) return last.value;
    return lists.value.find(({ shown }) => shown.length > 0)?.shown[0]?.id ?? null;
  });

  function take(id: ObjectId): void {
    last.value = id;
    seen = placeOf(lists.value, id);
  }

  /** The card that an arrow key, Home or End leads to; null where there is none. */
  function next(from: ObjectId, key: string): ObjectId | null {
    const place = placeOf(lists.value, from);
    if (place === null) return null;
    const at = lists.value.findIndex((list) => list.key === place.list);
    const shown = lists.value[at]?.shown ?? [];
    if (key === 'ArrowUp' || key === 'ArrowDown') return shown[place.index + (key === 'ArrowUp' ? -1 : 1)]?.id ?? null;
    if (key === 'Home') return shown[0]?.id ?? null;
    if (key === 'End') return shown.at(-1)?.id ?? null;
    if (key !== 'ArrowLeft' && key !== 'ArrowRight') return null;
    const beside = key === 'ArrowLeft' ? lists.value.slice(0, at).reverse() : lists.value.slice(at + 1);
    const other = beside.find((list) => list.shown.length > 0)?.shown;
    return other?.[Math.min(place.index, other.length - 1)]?.id ?? null;
  }

  /** Who takes over for a card that is no longer shown: the one at its place, or near it. */
  function heirOf(id: ObjectId): ObjectId | null {
    if (placeOf(lists.value, id) !== null) return id;
    const place = last.value === id ? seen : null;
    const shown = lists.value.find((list) => list.key === place?.list)?.shown ?? [];
    return shown[Math.min(place?.index ?? 0, shown.length - 1)]?.id ?? stop.value;
  }

  return { stop, take, next, heirOf };
}

export type BoardFocus = ReturnType<typeof useBoardFocus>;
