import { parseObjectId } from '@besace/protocol/core/ids';
import { type ComputedRef, nextTick, watch } from 'vue';
import type { BoardList } from './useBoard.ts';
import type { BoardFocus } from './useBoardFocus.ts';

/**
 * Gives the focus back when the card that had it was taken away, by oneself or by another: to the card at its new place, else to the one that
 * stands where it stood.
 */
export function useLostFocus(
  lists: ComputedRef<readonly BoardList[]>,
  focus: BoardFocus,
  focusCard: (id: NonNullable<ReturnType<BoardFocus['heirOf']>>) => Promise<void>,
): void {
  watch(lists, async () => {
    // Asked before the page is patched, while the card still has it.
    const had = parseObjectId(document.activeElement?.closest<HTMLElement>('[data-card]')?.dataset.card);
    if (!had.ok) return;
    const heir = focus.heirOf(had.value);
    await nextTick();
    if (heir !== null && document.activeElement === document.body) await focusCard(heir);
  });
}
