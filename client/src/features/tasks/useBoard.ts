import type { BesaceError } from '@besace/matrix/api/types';
import type { ObjectId, UserId } from '@besace/protocol/core/ids';
import { nextStamp, type Stamp } from '@besace/protocol/core/registers';
import { err, ok, type Result } from '@besace/protocol/core/result';
import {
  type BoardState,
  type Card,
  type CardFilter,
  type Column,
  type ColumnView,
  type Commanded,
  type CommandRefusal,
  cardsIn,
  columnKind,
  createColumn,
  createTask,
  editColumn,
  filterCards,
  NO_FILTER,
  orderAtEnd,
  planColumnMove,
  planMove,
  removeColumn,
  restoreColumn,
  type Task,
  taskKind,
  type Write,
  writeOf,
} from '@besace/protocol/features/tasks';
import { computed, type Ref, shallowRef } from 'vue';
import type { BoardStore } from './boardStore.ts';
import { fullIndex, type Place } from './place.ts';

/** A column as it is shown. The same object as long as nothing in it changed. */
export type BoardList = {
  /** The column's id, or `''` for cards of a board without columns (TASK-7). */
  readonly key: ObjectId | '';
  readonly column: ColumnView | null;
  readonly all: readonly Card[];
  /** Those that the filter leaves. */
  readonly shown: readonly Card[];
  readonly filter: CardFilter;
};

/** Why a change was not made: what was asked is not possible, or the session refused it. */
export type BoardProblem = CommandRefusal | BesaceError;
export type Changed<T = void> = Promise<Result<T, BoardProblem>>;

export type BoardDeps = {
  readonly store: Pick<BoardStore, 'state' | 'write'>;
  readonly me: () => UserId | null;
  readonly newId: () => ObjectId;
};

/** A board as one sees it and what one may do to it. Every change is on the screen before it is sent. */
export function useBoard({ store, me, newId }: BoardDeps) {
  const filter: Ref<CardFilter> = shallowRef(NO_FILTER);
  const filtering = computed(() => {
    const { text, assignees, labels } = filter.value;
    return text.trim() !== '' || assignees.length > 0 || labels.length > 0;
  });

  const lists = computed<readonly BoardList[]>((before) => {
    const { columns } = store.state.value;
    const known = new Map(before?.map((list) => [list.key, list]));
    const orphans = cardsIn(store.state.value, null);
    const made = columns.map((column) =>
      listFrom(known.get(column.id), column, cardsIn(store.state.value, column.id), filter.value),
    );
    return columns.length > 0 || orphans.length === 0 ? made : [listFrom(known.get(''), null, orphans, filter.value)];
  });
  const counts = computed(() => ({
    shown: lists.value.reduce((sum, { shown }) => sum + shown.length, 0),
    all: lists.value.reduce((sum, { all }) => sum + all.length, 0),
  }));

  function board(): BoardState {
    return store.state.value;
  }

  /** Runs a command on a card with a stamp of mine, shows and sends what it gives. */
  async function change(id: ObjectId, command: (task: Task, stamp: Stamp) => Commanded<Task>): Changed {
    const card = board().cards.get(id);
    const user = me();
    if (card === undefined || user === null) return err({ code: 'unknown', field: 'card' });
    if (card.updateNeeded) return err({ code: 'update-needed' });
    const next = command(card.task, nextStamp(taskKind.lamport(card.task), user));
    if (!next.ok) return next;
    return next.value === card.task ? ok(undefined) : store.write([writeOf(taskKind, id, next.value)]);
  }

  async function changeColumn(id: ObjectId, command: (column: Column, stamp: Stamp) => Commanded<Column>): Changed {
    const view = [...board().columns, ...board().removedColumns].find((column) => column.id === id);
    const user = me();
    if (view === undefined || user === null) return err({ code: 'unknown', field: 'column' });
    if (view.updateNeeded) return err({ code: 'update-needed' });
    const next = command(view.column, nextStamp(columnKind.lamport(view.column), user));
    if (!next.ok) return next;
    return next.value === view.column ? ok(undefined) : store.write([writeOf(columnKind, id, next.value)]);
  }

  /** At the end of a column. */
  async function addCard(column: ObjectId, title: string): Changed<ObjectId> {
    const user = me();
    if (user === null) return err({ code: 'unknown', field: 'author' });
    const order = orderAtEnd(cardsIn(board(), column));
    const task = createTask({ title: title.trim(), column, order }, nextStamp(0, user));
    if (!task.ok) return task;
    const id = newId();
    const written = await store.write([writeOf(taskKind, id, task.value)]);
    return written.ok ? ok(id) : written;
  }

  async function addColumns(titles: readonly string[]): Changed {
    const user = me();
    if (user === null) return err({ code: 'unknown', field: 'author' });
    const siblings: { id: string; order: string }[] = [...board().columns];
    const writes: Write[] = [];
    for (const title of titles) {
      const order = orderAtEnd(siblings);
      const column = createColumn({ title: title.trim(), order }, nextStamp(0, user));
      if (!column.ok) return column;
      const id = newId();
      siblings.push({ id, order });
      writes.push(writeOf(columnKind, id, column.value));
    }
    return store.write(writes);
  }

  /** Puts a card where it is shown at `place`, whatever the filter hides. */
  async function moveCard(id: ObjectId, place: Place): Changed {
    const list = lists.value.find(({ key }) => key === place.list);
    const user = me();
    if (list === undefined || list.key === '' || user === null) return err({ code: 'unknown', field: 'column' });
    return carryOut(planMove(board(), id, { column: list.key, index: fullIndex(lists.value, id, place) }, user));
  }

  /** To a place among the columns, the moved one not counted. */
  async function moveColumn(id: ObjectId, index: number): Changed {
    const user = me();
    const last = board().columns.length - 1;
    if (user === null) return err({ code: 'unknown', field: 'column' });
    return carryOut(planColumnMove(board(), id, Math.max(0, Math.min(last, index)), user));
  }

  async function carryOut(plan: Commanded<readonly Write[]>): Changed {
    if (!plan.ok) return plan;
    return plan.value.length === 0 ? ok(undefined) : store.write(plan.value);
  }

  return {
    state: store.state,
    lists,
    counts,
    filter,
    filtering,
    change,
    addCard,
    addColumns,
    moveCard,
    moveColumn,
    renameColumn: (id: ObjectId, title: string) =>
      changeColumn(id, (column, stamp) => editColumn(column, { title: title.trim() }, stamp)),
    removeColumn: (id: ObjectId) => changeColumn(id, removeColumn),
    restoreColumn: (id: ObjectId) => changeColumn(id, restoreColumn),
  };
}

export type BoardModel = ReturnType<typeof useBoard>;

function listFrom(
  before: BoardList | undefined,
  column: ColumnView | null,
  all: readonly Card[],
  filter: CardFilter,
): BoardList {
  const sameCards = before !== undefined && before.all === all && before.filter === filter;
  if (sameCards && before.column === column) return before;
  return { key: column?.id ?? '', column, all, shown: sameCards ? before.shown : filterCards(all, filter), filter };
}
