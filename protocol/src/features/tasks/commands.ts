import type { UserId } from '../../core/ids.ts';
import type { ObjectKind } from '../../core/kind.ts';
import { removeEntry, setEntry } from '../../core/or-map.ts';
import { type Register, register, type Stamp } from '../../core/registers.ts';
import { err, ok, type Result } from '../../core/result.ts';
import {
  type Board,
  boardKind,
  type Column,
  columnKind,
  type LabelColour,
  MAX_ASSIGNEES,
  MAX_LABELS,
  type Task,
  taskKind,
} from './schema.ts';

/** Why a command was not carried out: `field` is the one that the person should look at. */
export type CommandRefusal = { readonly code: 'invalid' | 'full' | 'unknown'; readonly field: string };
export type Commanded<T> = Result<T, CommandRefusal>;

/** What may be said of a card when it is made, or changed later. */
export type TaskEdit = { readonly title?: string; readonly description?: string; readonly due?: string | null };
/** The id of a column and a fractional key in it. */
export type Place = { readonly column: string; readonly order: string };

/*
 * Every command is `(object, what, stamp) => object`: it gives the object itself when there is nothing to change, so that the caller need not
 * write, and a stamp must be above all that the object holds (`nextStamp(kind.lamport(object), me)`).
 */

export function createTask(input: TaskEdit & Place & { readonly title: string }, stamp: Stamp): Commanded<Task> {
  const { column, order, ...edit } = input;
  const placed = moveTask(taskKind.empty, { column, order }, stamp);
  return placed.ok ? editTask(placed.value, edit, stamp) : placed;
}

/** Changes the fields that are given, each in its own register. */
export function editTask(task: Task, edit: TaskEdit, stamp: Stamp): Commanded<Task> {
  return checked(taskKind, task, {
    ...task,
    title: written(task.title, edit.title, stamp),
    description: written(task.description, edit.description, stamp),
    due: written(task.due, edit.due, stamp),
  });
}

/** Column and order are always written together, so that concurrent moves never mix the column of one with the place of another. */
export function moveTask(task: Task, place: Place, stamp: Stamp): Commanded<Task> {
  if (task.column?.value === place.column && task.order?.value === place.order) return ok(task);
  return checked(taskKind, task, {
    ...task,
    column: register(place.column, stamp),
    order: register(place.order, stamp),
  });
}

export function assign(task: Task, user: UserId, stamp: Stamp): Commanded<Task> {
  if (isThere(task.assignees.get(user))) return ok(task);
  const assignees = setEntry(task.assignees, user, true as const, stamp, MAX_ASSIGNEES);
  return assignees.ok
    ? checked(taskKind, task, { ...task, assignees: assignees.value })
    : err({ code: 'full', field: 'assignees' });
}

export function unassign(task: Task, user: UserId): Commanded<Task> {
  const assignees = removeEntry(task.assignees, user);
  return ok(assignees === task.assignees ? task : { ...task, assignees });
}

/** Adds a label, or gives it another colour. */
export function addLabel(task: Task, label: string, colour: LabelColour, stamp: Stamp): Commanded<Task> {
  const known = task.labels.get(label);
  if (isThere(known) && known.value === colour) return ok(task);
  const labels = setEntry(task.labels, label, colour, stamp, MAX_LABELS);
  return labels.ok
    ? checked(taskKind, task, { ...task, labels: labels.value })
    : err({ code: 'full', field: 'labels' });
}

export function removeLabel(task: Task, label: string): Commanded<Task> {
  const labels = removeEntry(task.labels, label);
  return ok(labels === task.labels ? task : { ...task, labels });
}

export function archiveTask(task: Task, stamp: Stamp): Commanded<Task> {
  return setFlag(taskKind, task, 'archived', true, stamp);
}

/** Takes a card out of the archive. */
export function unarchiveTask(task: Task, stamp: Stamp): Commanded<Task> {
  return setFlag(taskKind, task, 'archived', false, stamp);
}

/** Puts a card in the bin. */
export function removeTask(task: Task, stamp: Stamp): Commanded<Task> {
  return setFlag(taskKind, task, 'deleted', true, stamp);
}

/** Takes a card out of the bin. */
export function restoreTask(task: Task, stamp: Stamp): Commanded<Task> {
  return setFlag(taskKind, task, 'deleted', false, stamp);
}

export function createColumn(
  input: { readonly title: string; readonly order: string },
  stamp: Stamp,
): Commanded<Column> {
  return editColumn(columnKind.empty, input, stamp);
}

export function editColumn(
  column: Column,
  edit: { readonly title?: string; readonly order?: string },
  stamp: Stamp,
): Commanded<Column> {
  return checked(columnKind, column, {
    ...column,
    title: written(column.title, edit.title, stamp),
    order: written(column.order, edit.order, stamp),
  });
}

/** The cards of a column that was removed are shown in the first one, so nothing is lost. */
export function removeColumn(column: Column, stamp: Stamp): Commanded<Column> {
  return setFlag(columnKind, column, 'deleted', true, stamp);
}

export function restoreColumn(column: Column, stamp: Stamp): Commanded<Column> {
  return setFlag(columnKind, column, 'deleted', false, stamp);
}

/** Starts from `boardKind.empty` where the room has no board object yet. */
export function editBoard(
  board: Board,
  edit: { readonly title?: string; readonly description?: string },
  stamp: Stamp,
): Commanded<Board> {
  return checked(boardKind, board, {
    ...board,
    title: written(board.title, edit.title, stamp),
    description: written(board.description, edit.description, stamp),
  });
}

function isThere<E extends object>(entry: E | undefined): entry is Exclude<E, { readonly removed: true }> {
  return entry !== undefined && !Object.hasOwn(entry, 'removed');
}

/** The register as it is where nothing is said, or the same as before. */
function written<V>(known: Register<V> | null, value: V | undefined, stamp: Stamp): Register<V> | null {
  return value === undefined || known?.value === value ? known : register(value, stamp);
}

function setFlag<F extends 'archived' | 'deleted', T extends { readonly [K in F]: Register<boolean> | null }>(
  kind: ObjectKind<T>,
  object: T,
  field: F,
  value: boolean,
  stamp: Stamp,
): Commanded<T> {
  if ((object[field]?.value ?? false) === value) return ok(object);
  return checked(kind, object, { ...object, [field]: register(value, stamp) });
}

/** Nobody can write what nobody could read: the same schema judges both. */
function checked<T>(kind: ObjectKind<T>, before: T, after: T): Commanded<T> {
  if (kind.merge(before, after) === before) {
    // Either nothing changed, or the stamp is not above what is there: a mistake of the caller that must not pass for success.
    return kind.merge(after, before) === after ? ok(before) : err({ code: 'invalid', field: 'at' });
  }
  const parsed = kind.parse(kind.encode(after));
  if (parsed.ok) return ok(after);
  return err({ code: 'invalid', field: parsed.error.path.split('.')[0] ?? '' });
}
