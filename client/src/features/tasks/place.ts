import type { ObjectId } from '@besace/protocol/core/ids';
import type { BoardList } from './useBoard.ts';

/** A place on the board as it is shown: a list, and how many cards stand before, the moved one not counted. */
export type Place = { readonly list: string; readonly index: number };

type Lists = readonly Pick<BoardList, 'key' | 'all' | 'shown'>[];

/** Where a card stands, counted among the shown ones; null when it is not shown. */
export function placeOf(lists: Lists, id: ObjectId): Place | null {
  for (const { key, shown } of lists) {
    const index = shown.findIndex((card) => card.id === id);
    if (index >= 0) return { list: key, index };
  }
  return null;
}

/** One step of the arrow keys for a card that is being moved. Stays inside the board. */
export function stepFrom(lists: Lists, id: ObjectId, from: Place, key: string): Place {
  const at = lists.findIndex((list) => list.key === from.list);
  const room = (index: number): number => othersIn(lists, index, id).length;
  const inside = (column: number, index: number): Place => {
    const to = Math.max(0, Math.min(lists.length - 1, column));
    return { list: lists[to]?.key ?? from.list, index: Math.max(0, Math.min(room(to), index)) };
  };
  switch (key) {
    case 'ArrowUp':
      return inside(at, from.index - 1);
    case 'ArrowDown':
      return inside(at, from.index + 1);
    case 'ArrowLeft':
      return inside(at - 1, from.index);
    case 'ArrowRight':
      return inside(at + 1, from.index);
    case 'Home':
      return inside(at, 0);
    case 'End':
      return inside(at, room(at));
    default:
      return from;
  }
}

/**
 * The index in the whole column that shows the card at `place`: under a filter, before the card that it was put before, else after the
 * one that it was put after. Counted without the card itself, as `planMove` does.
 */
export function fullIndex(lists: Lists, id: ObjectId, place: Place): number {
  const at = lists.findIndex(({ key }) => key === place.list);
  const all = (lists[at]?.all ?? []).filter((card) => card.id !== id);
  const shown = othersIn(lists, at, id);
  const next = shown[place.index];
  if (next !== undefined) return all.indexOf(next);
  const last = shown.at(-1);
  return last === undefined ? all.length : all.indexOf(last) + 1;
}

function othersIn(lists: Lists, index: number, id: ObjectId) {
  return (lists[index]?.shown ?? []).filter((card) => card.id !== id);
}
