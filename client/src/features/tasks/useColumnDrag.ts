import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { draggable, dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { autoScrollForElements } from '@atlaskit/pragmatic-drag-and-drop-auto-scroll/element';
import { parseObjectId } from '@besace/protocol/core/ids';
import { onMounted, onUnmounted, type Ref, ref, type ShallowRef } from 'vue';
import { rowAt, withoutOwn } from './dropPlace.ts';
import type { BoardScene } from './scene.ts';
import type { BoardList } from './useBoard.ts';

export type ColumnDragDeps = {
  readonly scene: BoardScene;
  readonly list: () => BoardList;
  readonly column: Readonly<ShallowRef<HTMLElement | null>>;
  readonly handle: Readonly<ShallowRef<HTMLElement | null>>;
  readonly scroller: Readonly<ShallowRef<HTMLElement | null>>;
  /** The rows that are drawn. */
  rows(): readonly { readonly index: number; readonly start: number; readonly size: number }[];
};

/** A column under the pointer: takes cards at a place, other columns at a side, and can be taken itself by its header. */
export function useColumnDrag({ scene, list, column, handle, scroller, rows }: ColumnDragDeps) {
  /** The side on which a column that is dragged over this one would land. */
  const edge: Ref<'before' | 'after' | null> = ref(null);
  let end = (): void => undefined;

  function over(clientY: number): void {
    const box = scroller.value;
    const moving = scene.move.moving.value;
    if (box === null || moving === null) return;
    const { key, shown } = list();
    const y = clientY - box.getBoundingClientRect().top + box.scrollTop;
    const own = shown.findIndex((card) => card.id === moving);
    scene.move.over({ list: key, index: withoutOwn(rowAt(rows(), y, shown.length), own) });
  }

  function sideOf(clientX: number): 'before' | 'after' {
    const box = column.value?.getBoundingClientRect();
    return box !== undefined && clientX < box.left + box.width / 2 ? 'before' : 'after';
  }

  async function land(id: unknown, side: 'before' | 'after'): Promise<void> {
    const moved = parseObjectId(id);
    const columns = scene.board.state.value.columns.filter((other) => !moved.ok || other.id !== moved.value);
    const at = columns.findIndex((other) => other.id === list().key);
    if (moved.ok && at >= 0) await scene.settle(scene.board.moveColumn(moved.value, side === 'before' ? at : at + 1));
  }

  onMounted(() => {
    if (column.value === null || handle.value === null || scroller.value === null) return;
    end = combine(
      draggable({
        element: handle.value,
        canDrag: () => scene.rights.value.editColumns && list().column?.updateNeeded === false,
        getInitialData: () => ({ besaceColumn: list().key }),
      }),
      dropTargetForElements({
        element: column.value,
        canDrop: ({ source }) => list().key !== '' && ('besaceCard' in source.data || 'besaceColumn' in source.data),
        onDrag: ({ source, location }) => {
          const { clientX, clientY } = location.current.input;
          if ('besaceCard' in source.data) over(clientY);
          else edge.value = source.data.besaceColumn === list().key ? null : sideOf(clientX);
        },
        onDragLeave: () => {
          edge.value = null;
        },
        onDrop: ({ source, location }) => {
          edge.value = null;
          // Where the hand is now: drags are told once a frame, and a quick hand lets go before the frame.
          if ('besaceCard' in source.data) over(location.current.input.clientY);
          if ('besaceColumn' in source.data && source.data.besaceColumn !== list().key) {
            void land(source.data.besaceColumn, sideOf(location.current.input.clientX));
          }
        },
      }),
      autoScrollForElements({ element: scroller.value, canScroll: ({ source }) => 'besaceCard' in source.data }),
    );
  });
  onUnmounted(() => end());

  return { edge };
}
