import { literal } from 'valibot';
import { type DefinedKind, defineKind, type ObjectOf } from '../../core/define-kind.ts';
import { mapField, registerField } from '../../core/fields.ts';
import { EMPTY_OR_MAP } from '../../core/or-map.ts';
import {
  calendarDate,
  flag,
  line,
  objectIdText,
  oneOf,
  orderKey,
  orNull,
  text,
  userIdText,
} from '../../core/schemas.ts';

/** The colours of labels, by role in the design tokens of the client. */
export const LABEL_COLOURS = ['grey', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple'] as const;
export type LabelColour = (typeof LABEL_COLOURS)[number];

/** UTF-16 units of a title and of a label, which are on one line. */
export const MAX_TITLE = 200;
export const MAX_LABEL = 50;
/** UTF-16 units of a description; longer text is a document. */
export const MAX_DESCRIPTION = 10_000;
/** Entries of a card, traces of removals included. */
export const MAX_LABELS = 20;
export const MAX_ASSIGNEES = 24;

const KIB = 1024;
const title = registerField(line(MAX_TITLE), 800);
const order = registerField(orderKey(), 132);
const switchedOff = registerField(flag(), 5);

const boardFields = {
  title,
  description: registerField(text(MAX_DESCRIPTION), 10 * KIB),
};

const columnFields = { title, order, deleted: switchedOff };

const taskFields = {
  title,
  description: registerField(text(MAX_DESCRIPTION), 10 * KIB),
  column: registerField(objectIdText(), 24),
  order,
  /** A person is assigned or not: the value says nothing more. */
  assignees: mapField({ key: userIdText(), value: literal(true), limit: MAX_ASSIGNEES, keyBytes: 260, valueBytes: 4 }),
  /** By the text of the label. */
  labels: mapField({
    key: line(MAX_LABEL),
    value: oneOf(...LABEL_COLOURS),
    limit: MAX_LABELS,
    keyBytes: 160,
    valueBytes: 10,
  }),
  due: registerField(orNull(calendarDate()), 12),
  archived: switchedOff,
  deleted: switchedOff,
};

export type Board = ObjectOf<typeof boardFields>;
export type Column = ObjectOf<typeof columnFields>;
export type Task = ObjectOf<typeof taskFields>;

/** What a board is called and is for: one in a room, written by managers. */
export const boardKind: DefinedKind<Board> = defineKind({
  type: 'fr.besace.board',
  version: 1,
  singleton: true,
  level: 50,
  fields: boardFields,
  empty: { title: null, description: null },
});

/** A column of the board, written by managers. */
export const columnKind: DefinedKind<Column> = defineKind({
  type: 'fr.besace.column',
  version: 1,
  singleton: false,
  level: 50,
  fields: columnFields,
  empty: { title: null, order: null, deleted: null },
});

/** A card, written by contributors. */
export const taskKind: DefinedKind<Task> = defineKind({
  type: 'fr.besace.task',
  version: 1,
  singleton: false,
  level: 10,
  fields: taskFields,
  empty: {
    title: null,
    description: null,
    column: null,
    order: null,
    assignees: EMPTY_OR_MAP,
    labels: EMPTY_OR_MAP,
    due: null,
    archived: null,
    deleted: null,
  },
});
