import { relate } from '../../core/fold.ts';
import { type ObjectId, parseObjectId, parseUserId, type UserId } from '../../core/ids.ts';
import { isRecord } from '../../core/json.ts';
import { type ObjectKind, SINGLETON_ID } from '../../core/kind.ts';
import { present } from '../../core/or-map.ts';
import { compareOrdered, DEFAULT_ORDER } from '../../core/order.ts';
import { type Board, boardKind, type Column, columnKind, type LabelColour, type Task, taskKind } from './schema.ts';

/** A card as views show it. The same object as long as nothing in it changed. */
export type Card = {
  readonly id: ObjectId;
  readonly title: string;
  readonly description: string;
  /** The column it is shown in; null when the board has no column. */
  readonly column: ObjectId | null;
  readonly order: string;
  readonly assignees: readonly UserId[];
  /** By text. */
  readonly labels: readonly { readonly text: string; readonly colour: LabelColour }[];
  /** `YYYY-MM-DD`, or null. */
  readonly due: string | null;
  readonly archived: boolean;
  readonly deleted: boolean;
  /** Written by a newer Besace: shown as well as can be, never written. */
  readonly updateNeeded: boolean;
  /** What commands take. */
  readonly task: Task;
};

export type ColumnView = {
  readonly id: ObjectId;
  readonly title: string;
  readonly order: string;
  readonly deleted: boolean;
  readonly updateNeeded: boolean;
  readonly column: Column;
};

/** A board, kept sorted as its objects come. Parts that a change does not touch stay the same objects. */
export type BoardState = {
  readonly board: Board;
  readonly boardUpdateNeeded: boolean;
  /** In order, without the removed ones. */
  readonly columns: readonly ColumnView[];
  readonly removedColumns: readonly ColumnView[];
  /** Every card by its id. */
  readonly cards: ReadonlyMap<ObjectId, Card>;
  /** The cards to show, by the id of their column, in order; under null where there is no column. */
  readonly byColumn: ReadonlyMap<ObjectId | null, readonly Card[]>;
  /** In order of board. */
  readonly archived: readonly Card[];
  readonly bin: readonly Card[];
};

/** What the object store tells of one object. */
export type ObjectChange = {
  readonly type: string;
  readonly objectId: string;
  readonly content: unknown;
  readonly updateNeeded: boolean;
};

const NOTHING: readonly never[] = [];

export const EMPTY_BOARD: BoardState = {
  board: boardKind.empty,
  boardUpdateNeeded: false,
  columns: NOTHING,
  removedColumns: NOTHING,
  cards: new Map(),
  byColumn: new Map(),
  archived: NOTHING,
  bin: NOTHING,
};

/**
 * Adds or replaces objects. What does not parse, or is of another kind, is left out (T7). Gives `state` itself when nothing changed. A board that
 * is told anew takes from `before`, what was known of it, the parts that are the same.
 */
export function reduceBoard(
  state: BoardState,
  changes: readonly ObjectChange[],
  before: BoardState = state,
): BoardState {
  const columns = new Map([...state.columns, ...state.removedColumns].map((column) => [column.id, column]));
  const cards = new Map<ObjectId, Card>();
  let { board, boardUpdateNeeded } = state;
  let columnsChanged = false;
  for (const change of changes) {
    const id = parseObjectId(change.objectId);
    if (!id.ok) continue;
    if (change.type === taskKind.type) {
      const task = read(taskKind, change);
      if (task === null) continue;
      const known = cards.get(id.value) ?? state.cards.get(id.value);
      if (sameObject(taskKind, known?.task, known, task, change)) continue;
      const old = known === undefined && before !== state ? before.cards.get(id.value) : undefined;
      const same = old !== undefined && sameObject(taskKind, old.task, old, task, change);
      cards.set(id.value, same ? old : cardOf(id.value, task, change.updateNeeded));
    } else if (change.type === columnKind.type) {
      const column = read(columnKind, change);
      const known = columns.get(id.value);
      if (column === null || sameObject(columnKind, known?.column, known, column, change)) continue;
      const old = known === undefined && before !== state ? columnIn(before, id.value) : undefined;
      const same = old !== undefined && sameObject(columnKind, old.column, old, column, change);
      columns.set(id.value, same ? old : columnOf(id.value, column, change.updateNeeded));
      columnsChanged = true;
    } else if (change.type === boardKind.type && id.value === SINGLETON_ID) {
      const read_ = read(boardKind, change);
      if (read_ === null) continue;
      board = relate(boardKind, board, read_) === 'same' ? board : read_;
      boardUpdateNeeded = change.updateNeeded;
    }
  }
  const withBoard =
    board === state.board && boardUpdateNeeded === state.boardUpdateNeeded
      ? state
      : { ...state, board, boardUpdateNeeded };
  if (!columnsChanged && cards.size === 0) return withBoard;
  const next = columnsChanged ? placeAll(withBoard, [...columns.values()], cards) : placeSome(withBoard, cards);
  return before === state ? next : { ...next, byColumn: reuse(next.byColumn, before.byColumn) };
}

function read<T>(kind: ObjectKind<T>, change: ObjectChange): T | null {
  const parsed = kind.parse(change.content);
  if (parsed.ok) return parsed.value;
  if (parsed.error.code !== 'newer-version' || !isRecord(change.content)) return null;
  // What a newer Besace wrote is shown as far as this one understands it.
  const older = kind.parse({ ...change.content, v: kind.version });
  if (older.ok) return older.value;
  const nothing = kind.parse({ v: kind.version });
  return nothing.ok ? nothing.value : null;
}

function columnIn(state: BoardState, id: ObjectId): ColumnView | undefined {
  return state.columns.find((column) => column.id === id) ?? state.removedColumns.find((column) => column.id === id);
}

function sameObject<T>(
  kind: ObjectKind<T>,
  known: T | undefined,
  view: { readonly updateNeeded: boolean } | undefined,
  next: T,
  change: ObjectChange,
): boolean {
  return known !== undefined && view?.updateNeeded === change.updateNeeded && relate(kind, known, next) === 'same';
}

function cardOf(id: ObjectId, task: Task, updateNeeded: boolean): Card {
  const column = parseObjectId(task.column?.value);
  return {
    id,
    title: task.title?.value ?? '',
    description: task.description?.value ?? '',
    column: column.ok ? column.value : null,
    order: task.order?.value ?? DEFAULT_ORDER,
    assignees: [...present(task.assignees).keys()].sort().flatMap((key) => {
      const user = parseUserId(key);
      return user.ok ? [user.value] : [];
    }),
    labels: [...present(task.labels)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([text, colour]) => ({ text, colour })),
    due: task.due?.value ?? null,
    archived: task.archived?.value ?? false,
    deleted: task.deleted?.value ?? false,
    updateNeeded,
    task,
  };
}

function columnOf(id: ObjectId, column: Column, updateNeeded: boolean): ColumnView {
  return {
    id,
    title: column.title?.value ?? '',
    order: column.order?.value ?? DEFAULT_ORDER,
    deleted: column.deleted?.value ?? false,
    updateNeeded,
    column,
  };
}

/** The columns changed: every card finds its place again. Cards whose column stays the same keep their identity. */
function placeAll(state: BoardState, all: readonly ColumnView[], changed: ReadonlyMap<ObjectId, Card>): BoardState {
  const columns = all.filter(({ deleted }) => !deleted).sort(compareOrdered);
  const removedColumns = all.filter(({ deleted }) => deleted).sort(compareOrdered);
  const cards = new Map([...state.cards, ...changed]);
  const placed: BoardState = {
    ...state,
    columns,
    removedColumns,
    cards: new Map(),
    byColumn: new Map(columns.map(({ id }) => [id, NOTHING])),
    archived: NOTHING,
    bin: NOTHING,
  };
  const next = placeSome(placed, cards);
  return { ...next, byColumn: reuse(next.byColumn, state.byColumn) };
}

/** Puts some cards in their place. Only the lists that they leave or enter are made anew. */
function placeSome(state: BoardState, changed: ReadonlyMap<ObjectId, Card>): BoardState {
  const live = new Set(state.columns.map(({ id }) => id));
  const fallback = state.columns[0]?.id ?? null;
  const cards = new Map(state.cards);
  const added = new Map<ListKey, Card[]>();
  const touched = new Set<ListKey>();
  for (const [id, changedCard] of changed) {
    const known = state.cards.get(id);
    const wanted = parseObjectId(changedCard.task.column?.value);
    const column = wanted.ok && live.has(wanted.value) ? wanted.value : fallback;
    const card = changedCard.column === column ? changedCard : { ...changedCard, column };
    cards.set(id, card);
    if (known !== undefined) touched.add(listOf(known));
    const list = listOf(card);
    touched.add(list);
    const group = added.get(list);
    if (group === undefined) added.set(list, [card]);
    else group.push(card);
  }
  const rebuild = (list: ListKey, before: readonly Card[]): readonly Card[] =>
    touched.has(list)
      ? [...before.filter(({ id }) => !changed.has(id)), ...(added.get(list) ?? [])].sort(compareOrdered)
      : before;
  const byColumn = new Map(state.byColumn);
  for (const list of touched) {
    if (list !== ARCHIVED && list !== BIN) byColumn.set(list, rebuild(list, state.byColumn.get(list) ?? NOTHING));
  }
  return { ...state, cards, byColumn, archived: rebuild(ARCHIVED, state.archived), bin: rebuild(BIN, state.bin) };
}

const ARCHIVED = Symbol('archived');
const BIN = Symbol('bin');
type ListKey = ObjectId | null | typeof ARCHIVED | typeof BIN;

/** What was removed is in the bin, archived or not. */
function listOf(card: Card): ListKey {
  if (card.deleted) return BIN;
  return card.archived ? ARCHIVED : card.column;
}

/** Lists that hold the same cards as before stay the same objects. */
function reuse(next: BoardState['byColumn'], before: BoardState['byColumn']): BoardState['byColumn'] {
  const lists = new Map<ObjectId | null, readonly Card[]>();
  for (const [column, cards] of next) {
    const old = before.get(column);
    const same = old !== undefined && old.length === cards.length && old.every((card, index) => card === cards[index]);
    lists.set(column, same ? old : cards);
  }
  return lists;
}
