import type { ObjectId } from '@besace/protocol/core/ids';
import { computed, type Ref, shallowRef } from 'vue';
import { type Place, placeOf, stepFrom } from './place.ts';
import type { BoardList, BoardModel } from './useBoard.ts';

/** A card that is being moved, by the keyboard or by the pointer, and where it would go now. */
export type Move = { readonly id: ObjectId; readonly by: 'keys' | 'pointer'; readonly from: Place; readonly to: Place };

/** What a person who does not look is told. `position` counts from 1. */
export type MoveStep = {
  readonly kind: 'picked' | 'over' | 'dropped' | 'cancelled';
  readonly title: string;
  readonly column: string;
  readonly position: number;
  readonly total: number;
};

export type MoveDeps = {
  readonly board: Pick<BoardModel, 'lists' | 'moveCard' | 'state'>;
  tell(step: MoveStep): void;
};

/** Moving a card, the same for keys and pointer: picked up, taken over places, dropped or put back. Nothing is written before the drop. */
export function useMoveMode({ board, tell }: MoveDeps) {
  const move: Ref<Move | null> = shallowRef(null);

  function pickUp(id: ObjectId, by: Move['by']): boolean {
    const from = placeOf(board.lists.value, id);
    const card = board.state.value.cards.get(id);
    if (from === null || from.list === '' || card === undefined || card.updateNeeded) return false;
    move.value = { id, by, from, to: from };
    if (by === 'keys') say('picked', move.value);
    return true;
  }

  /** Takes it one step by an arrow key, Home or End. */
  function step(key: string): void {
    if (move.value === null) return;
    over(stepFrom(board.lists.value, move.value.id, move.value.to, key));
    if (move.value.by === 'keys') say('over', move.value);
  }

  function over(to: Place): void {
    const now = move.value;
    if (now === null || (now.to.list === to.list && now.to.index === to.index)) return;
    move.value = { ...now, to };
  }

  async function drop() {
    const dropped = move.value;
    move.value = null;
    if (dropped === null) return null;
    // The words are those of the board before the card lands.
    say('dropped', dropped);
    return board.moveCard(dropped.id, dropped.to);
  }

  function cancel(): void {
    const cancelled = move.value;
    move.value = null;
    if (cancelled?.by === 'keys') say('cancelled', cancelled);
  }

  function say(kind: MoveStep['kind'], { id, from, to }: Move): void {
    const place = kind === 'cancelled' ? from : to;
    const list: BoardList | undefined = board.lists.value.find(({ key }) => key === place.list);
    const others = list?.shown.filter((card) => card.id !== id).length ?? 0;
    tell({
      kind,
      title: board.state.value.cards.get(id)?.title ?? '',
      column: list?.column?.title ?? '',
      position: place.index + 1,
      total: others + 1,
    });
  }

  return { move, moving: computed(() => move.value?.id ?? null), pickUp, step, over, drop, cancel };
}

export type MoveMode = ReturnType<typeof useMoveMode>;
