import fc, { type Arbitrary } from 'fast-check';
import type { OrMap } from '../../core/or-map.ts';
import { orderKeys } from '../../core/order.ts';
import {
  anyLine,
  anyOrMap,
  anyRegister,
  anyRest,
  anyText,
  anyUser,
  objectId,
  TREACHEROUS_NAMES,
} from '../../testing/arbitraries.ts';
import { keepsTheLaws } from '../../testing/laws.ts';
import {
  type Board,
  boardKind,
  type Column,
  columnKind,
  LABEL_COLOURS,
  MAX_ASSIGNEES,
  MAX_LABELS,
  type Task,
  taskKind,
} from './schema.ts';

const anyOrder = fc.constantFrom(...orderKeys(20), 'a0V', 'a0Vzz');
const anyTitle = anyRegister(anyLine(200));
const anyDescription = anyRegister(
  fc.oneof(anyText(400), fc.constant('é'.repeat(5_000)), fc.constant('"'.repeat(5_000))),
);
const anyDay = fc.constantFrom(null, '1970-01-01', '2027-02-28', '2028-02-29', '9999-12-31');
const anyFlag = anyRegister(fc.boolean());
const labels = [...TREACHEROUS_NAMES, ...Array.from({ length: 30 }, (_, index) => `étiquette ${index}`)];
const people = fc.oneof(
  anyUser,
  fc.integer({ min: 0, max: 30 }).map((number) => `@${'agent'.repeat(45)}${number}:culture.test`),
);

const anyBoard: Arbitrary<Board> = fc.record({
  v: fc.constant(1),
  rest: anyRest,
  title: anyTitle,
  description: anyDescription,
});

const anyColumn: Arbitrary<Column> = fc.record({
  v: fc.constant(1),
  rest: anyRest,
  title: anyTitle,
  order: anyRegister(anyOrder),
  deleted: anyFlag,
});

const anyTask: Arbitrary<Task> = fc.record({
  v: fc.constant(1),
  rest: anyRest,
  title: anyTitle,
  description: anyDescription,
  column: anyRegister(fc.constantFrom(objectId('a'), objectId('b'))),
  order: anyRegister(anyOrder),
  assignees: anyOrMap(people, fc.constant(true as const), MAX_ASSIGNEES) as Arbitrary<OrMap<true>>,
  labels: anyOrMap(fc.constantFrom(...labels), fc.constantFrom(...LABEL_COLOURS), MAX_LABELS),
  due: anyRegister(anyDay),
  archived: anyFlag,
  deleted: anyFlag,
});

keepsTheLaws(boardKind, anyBoard);
keepsTheLaws(columnKind, anyColumn);
keepsTheLaws(taskKind, anyTask);
