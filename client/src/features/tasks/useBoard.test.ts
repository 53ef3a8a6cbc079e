import { NO_FILTER, type Task, taskKind } from '@besace/protocol/features/tasks';
import { describe, expect, test } from 'vitest';
import { card, column, me, objectId, openStore, smallBoard, stored, told } from './testing.ts';
import { useBoard } from './useBoard.ts';
import { type MoveStep, useMoveMode } from './useMoveMode.ts';

function open(objects = smallBoard) {
  const opened = openStore();
  let made = 0;
  const newId = () => {
    made += 1;
    return objectId(`new${made}`);
  };
  opened.show(told(objects, { reset: true }));
  const board = useBoard({ store: opened.store, me: () => me, newId });
  const look = () => board.lists.value.map(({ column: view, shown }) => [view?.title, shown.map(({ title }) => title)]);
  const written = (at: number): Task => {
    const parsed = taskKind.parse(opened.calls[at]?.write.content);
    if (!parsed.ok) throw new Error('not a card');
    return parsed.value;
  };
  return { ...opened, board, look, written };
}

describe('a board', () => {
  test('[TASK-6] shows columns and cards in order', () => {
    expect(open().look()).toEqual([
      ['A', ['a1', 'a2', 'a3']],
      ['B', ['b1']],
    ]);
  });

  test('[TASK-7] shows cards of a board without columns apart', () => {
    const { board } = open([stored(card('seule', 'A', 'a0'))]);
    expect(board.lists.value).toMatchObject([{ key: '', column: null, shown: [{ title: 'seule' }] }]);
  });

  test('[BRD-4] gives the same list for a column that did not change', () => {
    const { board, show } = open();
    const [a, b] = board.lists.value;
    show(told([stored(card('b2', 'B', 'a1'))]));
    expect(board.lists.value[0]).toBe(a);
    expect(board.lists.value[1]).not.toBe(b);
  });

  test('[TASK-13] filters by text, and counts', () => {
    const { board, look } = open();
    board.filter.value = { ...NO_FILTER, text: 'A2' };
    expect(board.filtering.value).toBe(true);
    expect(look()).toEqual([
      ['A', ['a2']],
      ['B', []],
    ]);
    expect(board.counts.value).toEqual({ shown: 1, all: 4 });
  });

  test('[BRD-13] [TASK-3] stamps a change above all that the card holds', () => {
    const { board, written } = open();
    void board.moveCard(objectId('a1'), { list: objectId('B'), index: 0 });
    expect(written(0).column?.at).toEqual([2, me]);
  });

  test('[BRD-13] [TASK-12] does not write a card by a newer Besace', async () => {
    const { board, calls } = open([...smallBoard, stored(card('neuf', 'A', 'a9'), { updateNeeded: true })]);
    const done = await board.change(objectId('neuf'), (task) => ({ ok: true, value: task }));
    expect(done).toEqual({ ok: false, error: { code: 'update-needed' } });
    expect(calls).toEqual([]);
  });

  test('adds a card at the end of its column, with its words on one line', () => {
    const { board, look, written } = open();
    void board.addCard(objectId('A'), '  Appeler la préfecture ');
    expect(look()[0]).toEqual(['A', ['a1', 'a2', 'a3', 'Appeler la préfecture']]);
    expect(written(0).title).toEqual({ value: 'Appeler la préfecture', at: [1, me] });
  });

  test('[TASK-10] says what does not fit, and writes nothing', async () => {
    const { board, calls } = open();
    expect(await board.addCard(objectId('A'), 'x'.repeat(201))).toEqual({
      ok: false,
      error: { code: 'invalid', field: 'title' },
    });
    expect(calls).toEqual([]);
  });

  test('makes three columns in their order', () => {
    const { board, look } = open([]);
    void board.addColumns(['À faire', 'En cours', 'Terminé']);
    expect(look().map(([title]) => title)).toEqual(['À faire', 'En cours', 'Terminé']);
  });

  test('moves, renames and removes columns; cards of a removed one are kept (TASK-7)', () => {
    const { board, look } = open();
    void board.moveColumn(objectId('A'), 1);
    expect(look().map(([title]) => title)).toEqual(['B', 'A']);
    void board.renameColumn(objectId('A'), 'Fini');
    void board.removeColumn(objectId('A'));
    expect(look()).toEqual([['B', ['a1', 'b1', 'a2', 'a3']]]);
    void board.restoreColumn(objectId('A'));
    expect(look()[1]).toEqual(['Fini', ['a1', 'a2', 'a3']]);
  });

  test('[BRD-5] lands where it is seen to land, whatever the filter hides', () => {
    const { board, look } = open([
      ...smallBoard,
      stored(card('x1', 'B', 'a1', { description: 'oui' })),
      stored(card('cache', 'B', 'a2')),
      stored(card('x2', 'B', 'a3', { description: 'oui' })),
      stored(card('x0', 'A', 'a4', { description: 'oui' })),
    ]);
    board.filter.value = { ...NO_FILTER, text: 'oui' };
    void board.moveCard(objectId('x0'), { list: objectId('B'), index: 1 });
    expect(look()[1]).toEqual(['B', ['x1', 'x0', 'x2']]);
    board.filter.value = NO_FILTER;
    expect(look()[1]).toEqual(['B', ['b1', 'x1', 'cache', 'x0', 'x2']]);
  });

  test('is a board of columns with or without cards', () => {
    expect(open([stored(column('Vide', 'a0'))]).look()).toEqual([['Vide', []]]);
  });
});

describe('moving by keys', () => {
  function pick(name: string) {
    const opened = open();
    const steps: MoveStep[] = [];
    const move = useMoveMode({ board: opened.board, tell: (step) => steps.push(step) });
    move.pickUp(objectId(name), 'keys');
    return { ...opened, steps, move };
  }

  test('[BRD-6] says each step, and writes at the drop only', async () => {
    const { move, steps, calls, look } = pick('a1');
    move.step('ArrowRight');
    move.step('ArrowDown');
    move.step('ArrowDown');
    expect(calls).toEqual([]);
    void move.drop();
    expect(steps.map(({ kind, column: title, position, total }) => [kind, title, position, total])).toEqual([
      ['picked', 'A', 1, 3],
      ['over', 'B', 1, 2],
      ['over', 'B', 2, 2],
      ['over', 'B', 2, 2],
      ['dropped', 'B', 2, 2],
    ]);
    expect(look()).toEqual([
      ['A', ['a2', 'a3']],
      ['B', ['b1', 'a1']],
    ]);
  });

  test('[BRD-6] puts it back on Escape', () => {
    const { move, steps, calls, look } = pick('a2');
    move.step('End');
    move.cancel();
    expect(steps.at(-1)).toMatchObject({ kind: 'cancelled', column: 'A', position: 2, total: 3 });
    expect(calls).toEqual([]);
    expect(look()[0]).toEqual(['A', ['a1', 'a2', 'a3']]);
  });

  test('[BRD-6] goes down in its own column, past its neighbours', () => {
    const { move, look } = pick('a1');
    move.step('ArrowDown');
    void move.drop();
    expect(look()[0]).toEqual(['A', ['a2', 'a1', 'a3']]);
  });

  test('a drop where it was writes nothing', async () => {
    const { move, calls } = pick('a1');
    expect(await move.drop()).toEqual({ ok: true, value: undefined });
    expect(calls).toEqual([]);
  });
});
