import type { ObjectId, UserId } from '@besace/protocol/core/ids';
import {
  addLabel,
  archiveTask,
  assign,
  editTask,
  type LabelColour,
  removeLabel,
  removeTask,
  restoreTask,
  unarchiveTask,
  unassign,
} from '@besace/protocol/features/tasks';
import { computed } from 'vue';
import type { BoardStore } from './boardStore.ts';
import { type Changed, useBoard } from './useBoard.ts';

export type CardDeps = {
  readonly store: Pick<BoardStore, 'state' | 'write' | 'notes' | 'complete'>;
  readonly me: () => UserId | null;
  readonly newId: () => ObjectId;
  /** The card that is open; null where the address names none. */
  readonly id: ObjectId | null;
};

/** One card with all that one may do to it. */
export function useCard({ store, me, newId, id }: CardDeps) {
  const board = useBoard({ store, me, newId });
  const card = computed(() => (id === null ? null : (store.state.value.cards.get(id) ?? null)));

  function change(command: Parameters<typeof board.change>[1]): Changed {
    return board.change(id ?? newId(), command);
  }

  return {
    card,
    note: computed(() => (id === null ? null : (store.notes.get(id) ?? null))),
    /** Not on this board, as far as all of it is known. */
    missing: computed(() => card.value === null && (id === null || store.complete.value)),
    columns: computed(() => store.state.value.columns),
    edit: (edit: Parameters<typeof editTask>[1]) => change((task, stamp) => editTask(task, edit, stamp)),
    assign: (user: UserId) => change((task, stamp) => assign(task, user, stamp)),
    unassign: (user: UserId) => change((task) => unassign(task, user)),
    addLabel: (text: string, colour: LabelColour) => change((task, stamp) => addLabel(task, text, colour, stamp)),
    removeLabel: (text: string) => change((task) => removeLabel(task, text)),
    archive: () => change(archiveTask),
    unarchive: () => change(unarchiveTask),
    remove: () => change(removeTask),
    restore: () => change(restoreTask),
    /** To the end of another column. */
    moveTo: (column: string): Changed =>
      board.moveCard(id ?? newId(), { list: column, index: Number.MAX_SAFE_INTEGER }),
  };
}
