import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { present } from '../../core/or-map.ts';
import { nextStamp, type Stamp } from '../../core/registers.ts';
import { anyLine, anyUser, CONTRIBUTOR, MANAGER, OWNER, objectId, READER } from '../../testing/arbitraries.ts';
import { canonical } from '../../testing/canonical.ts';
import { LAW_TIMEOUT, runs } from '../../testing/runs.ts';
import {
  addLabel,
  archiveTask,
  assign,
  type Commanded,
  createColumn,
  createTask,
  editBoard,
  editColumn,
  editTask,
  moveTask,
  removeColumn,
  removeLabel,
  removeTask,
  restoreColumn,
  restoreTask,
  unarchiveTask,
  unassign,
} from './commands.ts';
import { boardKind, columnKind, MAX_ASSIGNEES, MAX_LABELS, type Task, taskKind } from './schema.ts';

vi.setConfig({ testTimeout: LAW_TIMEOUT });

const column = objectId('todo');
const other = objectId('done');
const first: Stamp = [1, CONTRIBUTOR];
const later = (task: Task, author = CONTRIBUTOR): Stamp => nextStamp(taskKind.lamport(task), author);
const card = good(createTask({ title: 'Rédiger la note', column, order: 'a0' }, first));

function good<T>(outcome: Commanded<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.error.code} ${outcome.error.field}`);
  return outcome.value;
}

describe('commands', () => {
  it('[TASK-3] give the same object when there is nothing to change', () => {
    const stamp = later(card);
    expect(good(editTask(card, { title: 'Rédiger la note' }, stamp))).toBe(card);
    expect(good(editTask(card, {}, stamp))).toBe(card);
    expect(good(moveTask(card, { column, order: 'a0' }, stamp))).toBe(card);
    expect(good(unarchiveTask(card, stamp))).toBe(card);
    expect(good(restoreTask(card, stamp))).toBe(card);
    expect(good(unassign(card, MANAGER))).toBe(card);
    expect(good(removeLabel(card, '__proto__'))).toBe(card);
    const assigned = good(assign(card, MANAGER, stamp));
    expect(good(assign(assigned, MANAGER, later(assigned)))).toBe(assigned);
    const labelled = good(addLabel(card, 'urgent', 'red', stamp));
    expect(good(addLabel(labelled, 'urgent', 'red', later(labelled)))).toBe(labelled);
  });

  it('[TASK-3] refuse a stamp that is not above what is there', () => {
    const edited = good(editTask(card, { title: 'Relire la note' }, later(card)));
    expect(editTask(edited, { title: 'Trop tard' }, first)).toEqual({
      ok: false,
      error: { code: 'invalid', field: 'at' },
    });
    const stale: Stamp = [0, CONTRIBUTOR];
    expect(archiveTask(good(archiveTask(card, later(card))), stale).ok).toBe(true);
    expect(unarchiveTask(good(archiveTask(card, later(card))), stale)).toMatchObject({ error: { field: 'at' } });
  });

  it.each([
    ['title', { title: 'x'.repeat(201) }],
    ['title', { title: 'deux\nlignes' }],
    ['title', { title: 'demi \ud800 caractère' }],
    ['description', { description: 'x'.repeat(10_001) }],
    ['due', { due: '2027-02-30' }],
    ['due', { due: '+275760-09-13' }],
    ['due', { due: '1969-12-31' }],
  ])('[TASK-10] refuse a %s that nobody could read, and name it', (field, edit) => {
    expect(editTask(card, edit, later(card))).toEqual({ ok: false, error: { code: 'invalid', field } });
  });

  it('[TASK-10] refuse a label or a person that is none', () => {
    expect(addLabel(card, 'x'.repeat(51), 'red', later(card))).toMatchObject({ error: { field: 'labels' } });
    expect(addLabel(card, 'x', 'pink' as 'red', later(card))).toMatchObject({ error: { field: 'labels' } });
    expect(assign(card, 'nobody' as typeof READER, later(card))).toMatchObject({ error: { field: 'assignees' } });
    expect(moveTask(card, { column: 'nowhere', order: 'a0' }, later(card))).toMatchObject({
      error: { field: 'column' },
    });
    expect(moveTask(card, { column, order: '__proto__' }, later(card))).toMatchObject({ error: { field: 'order' } });
  });

  it('[TASK-9] hold at most 20 labels and 24 people, and forget removals first', () => {
    let full = card;
    for (let index = 0; index < MAX_LABELS; index += 1) full = good(addLabel(full, `l${index}`, 'blue', later(full)));
    expect(addLabel(full, 'de trop', 'blue', later(full))).toEqual({
      ok: false,
      error: { code: 'full', field: 'labels' },
    });
    full = good(addLabel(good(removeLabel(full, 'l0')), 'à la place', 'blue', later(full)));
    expect(present(full.labels).size).toBe(MAX_LABELS);
    for (let index = 0; index < MAX_ASSIGNEES; index += 1) {
      full = good(assign(full, `@agent${index}:culture.test` as typeof READER, later(full)));
    }
    expect(assign(full, READER, later(full))).toEqual({ ok: false, error: { code: 'full', field: 'assignees' } });
  });

  it('[TASK-9] [TASK-10] takes `__proto__` for a label like any other', () => {
    const labelled = good(addLabel(card, '__proto__', 'red', later(card)));
    const parsed = taskKind.parse(JSON.parse(JSON.stringify(taskKind.encode(labelled))));
    expect(parsed.ok && [...present(parsed.value.labels)]).toEqual([['__proto__', 'red']]);
  });

  it('[TASK-8] archive, remove and restore, each in its own field', () => {
    const archived = good(archiveTask(card, later(card)));
    const removed = good(removeTask(archived, later(archived)));
    expect([removed.archived?.value, removed.deleted?.value]).toEqual([true, true]);
    const restored = good(restoreTask(removed, later(removed)));
    expect([restored.archived?.value, restored.deleted?.value]).toEqual([true, false]);
    expect(restored.column?.value).toBe(column);
  });

  it('[TASK-5] move writes column and order with one stamp, so concurrent moves never mix', () => {
    const mine = good(moveTask(card, { column: other, order: 'a1' }, later(card, CONTRIBUTOR)));
    const hers = good(moveTask(card, { column, order: 'Zz' }, later(card, MANAGER)));
    for (const merged of [taskKind.merge(mine, hers), taskKind.merge(hers, mine)]) {
      expect([merged.column?.value, merged.order?.value]).toEqual([column, 'Zz']);
      expect(merged.column?.at).toEqual(merged.order?.at);
    }
  });

  it('[TASK-5] writes the order too when a card changes column at the same key', () => {
    const moved = good(moveTask(card, { column: other, order: 'a0' }, later(card)));
    expect(moved.order?.at).toEqual(moved.column?.at);
  });

  it('[TASK-4] keep what two people change at once in different fields', () => {
    const mine = good(editTask(card, { title: 'Relire la note' }, later(card, CONTRIBUTOR)));
    const hers = good(
      assign(good(editTask(card, { due: '2027-03-01' }, later(card, MANAGER))), MANAGER, later(card, MANAGER)),
    );
    const merged = taskKind.merge(mine, hers);
    expect([merged.title?.value, merged.due?.value]).toEqual(['Relire la note', '2027-03-01']);
    expect([...present(merged.assignees).keys()]).toEqual([MANAGER]);
  });

  it('make and change columns and the board', () => {
    const made = good(createColumn({ title: 'À faire', order: 'a0' }, first));
    const renamed = good(editColumn(made, { title: 'En cours' }, [2, MANAGER]));
    expect(renamed.title?.value).toBe('En cours');
    const removed = good(removeColumn(renamed, [3, MANAGER]));
    expect(good(restoreColumn(removed, [4, MANAGER])).deleted?.value).toBe(false);
    expect(editColumn(made, { order: '' }, [2, MANAGER])).toMatchObject({ error: { field: 'order' } });
    const board = good(editBoard(boardKind.empty, { title: 'Accueil' }, [1, MANAGER]));
    expect(good(editBoard(board, { title: 'Accueil' }, [2, MANAGER]))).toBe(board);
    expect(columnKind.lamport(removed)).toBe(3);
  });
});

type Step =
  | { readonly who: number; readonly act: (task: Task, stamp: Stamp) => Commanded<Task> }
  | { readonly sync: [number, number] };

const anyAct: Arbitrary<(task: Task, stamp: Stamp) => Commanded<Task>> = fc.oneof(
  anyLine(20).map((title) => (task: Task, stamp: Stamp) => editTask(task, { title }, stamp)),
  fc
    .constantFrom(null, '2027-03-01', '2027-04-01')
    .map((due) => (task: Task, stamp: Stamp) => editTask(task, { due }, stamp)),
  fc.tuple(fc.constantFrom(column, other), fc.constantFrom('a0', 'a1', 'a2')).map(
    ([to, order]) =>
      (task: Task, stamp: Stamp) =>
        moveTask(task, { column: to, order }, stamp),
  ),
  fc.constantFrom(archiveTask, unarchiveTask, removeTask, restoreTask),
  anyUser.map((user) => (task: Task, stamp: Stamp) => assign(task, user, stamp)),
  anyUser.map((user) => (task: Task) => unassign(task, user)),
  fc
    .constantFrom('urgent', '__proto__')
    .map((label) => (task: Task, stamp: Stamp) => addLabel(task, label, 'red', stamp)),
  fc.constantFrom('urgent', '__proto__').map((label) => (task: Task) => removeLabel(task, label)),
);
const anyStep: Arbitrary<Step> = fc.oneof(
  fc.record({ who: fc.nat(2), act: anyAct }),
  fc.tuple(fc.nat(2), fc.nat(2)).map(([from, to]): Step => ({ sync: [from, to] })),
);

describe('three people who are now and then out of touch', () => {
  it('[T4] [TASK-4] [TASK-5] end with one card, with place and order of one of them', () => {
    const people = [CONTRIBUTOR, MANAGER, OWNER];
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
        const copies: Task[] = [card, card, card];
        const places = new Set([`${column} a0`]);
        for (const step of steps) {
          if ('sync' in step) {
            const [from, to] = step.sync;
            copies[to] = taskKind.merge(copies[to] ?? card, copies[from] ?? card);
            continue;
          }
          const before = copies[step.who] ?? card;
          const after = good(step.act(before, nextStamp(taskKind.lamport(before), people[step.who] ?? OWNER)));
          copies[step.who] = after;
          places.add(`${after.column?.value} ${after.order?.value}`);
          expect(taskKind.merge(after, before)).toBe(after);
        }
        const [a, b, c] = copies as [Task, Task, Task];
        const one = taskKind.merge(taskKind.merge(a, b), c);
        const two = taskKind.merge(c, taskKind.merge(b, a));
        expect(canonical(taskKind.encode(one))).toBe(canonical(taskKind.encode(two)));
        expect(places).toContain(`${one.column?.value} ${one.order?.value}`);
      }),
      { numRuns: runs() },
    );
  });
});
