import type { ObjectId, UserId } from '../../core/ids.ts';
import type { ObjectKind } from '../../core/kind.ts';
import { type Ordered, placeAt } from '../../core/order.ts';
import { nextStamp } from '../../core/registers.ts';
import { err, ok } from '../../core/result.ts';
import { type Commanded, editColumn, moveTask } from './commands.ts';
import type { BoardState, Card, ColumnView } from './reduce.ts';
import { columnKind, type LabelColour, taskKind } from './schema.ts';

export type ColumnWithCards = { readonly column: ColumnView; readonly cards: readonly Card[] };

/** What a person wants to see. An empty filter shows all. */
export type CardFilter = {
  /** Cards of any of these people; the empty list asks for nobody in particular. */
  readonly assignees: readonly UserId[];
  /** Cards with all of these labels. */
  readonly labels: readonly string[];
  /** In title or description, whatever the case and the accents. */
  readonly text: string;
};

export const NO_FILTER: CardFilter = { assignees: [], labels: [], text: '' };

/** An object to write, as it should be afterwards: `content` is what `writeObject` takes, and `reduceBoard` for the screen. */
export type Write = { readonly type: string; readonly objectId: ObjectId; readonly content: Record<string, unknown> };

const NONE: readonly Card[] = [];

/** The write of an object that a command gave. */
export function writeOf<T>(kind: ObjectKind<T>, objectId: ObjectId, object: T): Write {
  return { type: kind.type, objectId, content: kind.encode(object) };
}

/** The cards of one column, in order. The same list as long as none of them changed. */
export function cardsIn(state: BoardState, column: ObjectId | null): readonly Card[] {
  return state.byColumn.get(column) ?? NONE;
}

export function columnsWithCards(state: BoardState): readonly ColumnWithCards[] {
  return state.columns.map((column) => ({ column, cards: cardsIn(state, column.id) }));
}

/** Gives `cards` itself when the filter is empty. */
export function filterCards(cards: readonly Card[], filter: CardFilter): readonly Card[] {
  const text = folded(filter.text.trim());
  if (text === '' && filter.assignees.length === 0 && filter.labels.length === 0) return cards;
  return cards.filter(
    (card) =>
      (filter.assignees.length === 0 || filter.assignees.some((user) => card.assignees.includes(user))) &&
      filter.labels.every((label) => card.labels.some((own) => own.text === label)) &&
      (text === '' || folded(card.title).includes(text) || folded(card.description).includes(text)),
  );
}

/** Every label on a card that is neither removed nor archived, with the colour it has most often, by text. */
export function labelsInUse(state: BoardState): readonly { readonly text: string; readonly colour: LabelColour }[] {
  const counts = new Map<string, Map<LabelColour, number>>();
  for (const cards of state.byColumn.values()) {
    for (const { labels } of cards) {
      for (const { text, colour } of labels) {
        const colours = counts.get(text) ?? new Map<LabelColour, number>();
        counts.set(text, colours.set(colour, (colours.get(colour) ?? 0) + 1));
      }
    }
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([text, colours]) => ({ text, colour: mostFrequent(colours) }));
}

/** Everyone who is assigned to a card that is shown, by id. */
export function assigneesInUse(state: BoardState): readonly UserId[] {
  const users = new Set<UserId>();
  for (const cards of state.byColumn.values())
    for (const { assignees } of cards) for (const user of assignees) users.add(user);
  return [...users].sort();
}

/**
 * Puts a card at `index` (0: first) of a column, counted without the card itself. Nearly always one write; where there is no room between two
 * keys, the fewest neighbours get a new key too. Empty when it is there already. Stamps are made of each object's own counter and `author`.
 */
export function planMove(
  state: BoardState,
  id: ObjectId,
  to: { readonly column: ObjectId; readonly index: number },
  author: UserId,
): Commanded<readonly Write[]> {
  const card = state.cards.get(id);
  if (card === undefined || card.updateNeeded) return err({ code: 'unknown', field: 'card' });
  if (!state.columns.some((column) => column.id === to.column)) return err({ code: 'unknown', field: 'column' });
  const list = cardsIn(state, to.column);
  const position = list.indexOf(card);
  if (position === to.index && card.task.column?.value === to.column) return ok([]);
  const siblings = position < 0 ? list : list.filter((other) => other !== card);
  const { order, rekeyed } = placeAt(siblings, to.index);
  const writes: Write[] = [];
  for (const place of [{ id, order }, ...rekeyed]) {
    const moved = state.cards.get(place.id as ObjectId);
    if (moved === undefined || moved.updateNeeded) continue;
    const { task } = moved;
    const next = moveTask(task, { column: to.column, order: place.order }, nextStamp(taskKind.lamport(task), author));
    if (!next.ok) return next;
    if (next.value !== task) writes.push(writeOf(taskKind, moved.id, next.value));
  }
  return ok(writes);
}

/** Puts a column at `index` (0: first), counted without the column itself. */
export function planColumnMove(
  state: BoardState,
  id: ObjectId,
  index: number,
  author: UserId,
): Commanded<readonly Write[]> {
  const position = state.columns.findIndex((column) => column.id === id);
  if (position < 0) return err({ code: 'unknown', field: 'column' });
  if (position === index) return ok([]);
  const { order, rekeyed } = placeAt(
    state.columns.filter((column) => column.id !== id),
    index,
  );
  const writes: Write[] = [];
  for (const place of [{ id, order }, ...rekeyed]) {
    const view = state.columns.find((column) => column.id === place.id);
    if (view === undefined || view.updateNeeded) continue;
    const stamp = nextStamp(columnKind.lamport(view.column), author);
    const next = editColumn(view.column, { order: place.order }, stamp);
    if (!next.ok) return next;
    if (next.value !== view.column) writes.push(writeOf(columnKind, view.id, next.value));
  }
  return ok(writes);
}

/** The key of something made at the end of a list (`cardsIn(...)`, `state.columns`). */
export function orderAtEnd(siblings: readonly Ordered[]): string {
  return placeAt(siblings, siblings.length).order;
}

function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function mostFrequent(colours: ReadonlyMap<LabelColour, number>): LabelColour {
  const sorted = [...colours].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return sorted[0]?.[0] ?? 'grey';
}
