import { cardsIn, editTask, taskKind, writeOf } from '@besace/protocol/features/tasks';
import { describe, expect, test } from 'vitest';
import { card, column, good, me, objectId, openStore, smallBoard, stored, told } from './testing.ts';

const a1 = objectId('a1');

function titles(store: ReturnType<typeof openStore>['store'], name: string): readonly string[] {
  return cardsIn(store.state.value, objectId(name)).map(({ title }) => title);
}

/** a1 with another title, as I would write it. */
function renamed(store: ReturnType<typeof openStore>['store'], title: string) {
  const known = store.state.value.cards.get(a1);
  if (known === undefined) throw new Error('no card');
  const lamport = taskKind.lamport(known.task) + 1;
  return writeOf(taskKind, a1, good(editTask(known.task, { title }, [lamport, me])));
}

describe('what the session tells', () => {
  test('[BRD-1] is folded at the next frame, some batches at a time', () => {
    const { store, tell, frame } = openStore();
    for (const [index, object] of smallBoard.entries()) {
      tell(told([object], { reset: index === 0, complete: index === smallBoard.length - 1 }));
    }
    expect(store.known.value).toBe(false);
    frame();
    expect([titles(store, 'A'), titles(store, 'B')]).toEqual([['a1', 'a2'], []]);
    expect(store.complete.value).toBe(false);
    frame();
    expect(titles(store, 'B')).toEqual(['b1']);
    expect(store.complete.value).toBe(true);
  });

  test('[BRD-4] [TASK-11] leaves lists that it does not touch as they were', () => {
    const { store, show } = openStore();
    show(told(smallBoard, { reset: true }));
    const before = store.state.value;
    show(told([stored(card('b2', 'B', 'a1'))]));
    expect(cardsIn(store.state.value, objectId('A'))).toBe(cardsIn(before, objectId('A')));
    expect(titles(store, 'B')).toEqual(['b1', 'b2']);
  });

  test('[BRD-4] changes nothing when it says what is known', () => {
    const { store, show } = openStore();
    show(told(smallBoard, { reset: true }));
    const before = store.state.value;
    show(told(smallBoard));
    expect(store.state.value).toBe(before);
  });

  test('[BRD-3] as a whole replaces what was shown without a gap', () => {
    const { store, show, tell, frame } = openStore();
    show(told(smallBoard, { reset: true }));
    const known = store.state.value.cards.get(a1);
    tell(told([stored(column('A', 'a0'))], { reset: true, complete: false, more: true }));
    tell(told([stored(card('a1', 'A', 'a0'))], { complete: false, more: true }));
    tell(told([stored(card('a9', 'A', 'a9'))]));
    frame();
    expect(titles(store, 'A')).toEqual(['a1', 'a2', 'a3']);
    frame();
    expect(titles(store, 'A')).toEqual(['a1', 'a9']);
    // What was told as it was is not drawn again.
    expect(store.state.value.cards.get(a1)).toBe(known);
  });

  test('[BRD-3] as a whole, the same again, changes nothing on the screen', () => {
    const { store, show, tell, frame } = openStore();
    show(told(smallBoard, { reset: true }));
    const before = store.state.value;
    tell(told(smallBoard.slice(0, 4), { reset: true, complete: false, more: true }));
    frame();
    tell(told(smallBoard.slice(4)));
    frame();
    for (const name of ['A', 'B']) {
      expect(cardsIn(store.state.value, objectId(name))).toBe(cardsIn(before, objectId(name)));
    }
  });

  test('[BRD-14] while a board comes in, is drawn from time to time, and at its end at once', () => {
    const { store, tell, frame, wait } = openStore();
    tell(told([], { reset: true, complete: false }));
    tell(told(smallBoard.slice(0, 3), { complete: false }));
    frame();
    expect(titles(store, 'A')).toEqual(['a1']);
    tell(told(smallBoard.slice(3, 4), { complete: false }));
    frame();
    frame();
    expect(titles(store, 'A')).toEqual(['a1']);
    wait(400);
    frame();
    expect(titles(store, 'A')).toEqual(['a1', 'a2']);
    tell(told(smallBoard.slice(4)));
    frame();
    expect(titles(store, 'A')).toEqual(['a1', 'a2', 'a3']);
  });

  test('[BRD-11] [T6] counts what could not be shown', () => {
    const { store, show } = openStore();
    show(told([], { reset: true, holes: { locked: 2, invalid: 1, forbidden: 0, rollbacks: 0 } }));
    expect(store.holes.value).toEqual({ locked: 2, invalid: 1, forbidden: 0, rollbacks: 0 });
  });

  test('[T7] what does not parse costs only itself', () => {
    const { store, show } = openStore();
    show(told([...smallBoard, stored({ ...card('bad', 'A', 'a5'), content: { v: 1, title: 7 } })], { reset: true }));
    expect(titles(store, 'A')).toEqual(['a1', 'a2', 'a3']);
  });
});

describe('what I write', () => {
  test('[BRD-2] shows at once, before any frame and any answer', async () => {
    const { store, show, calls } = openStore();
    show(told(smallBoard, { reset: true }));
    void store.write([renamed(store, 'Nouveau')]);
    expect(titles(store, 'A')).toEqual(['Nouveau', 'a2', 'a3']);
    expect(calls).toHaveLength(1);
  });

  test('[BRD-2] goes back when it is refused, and gives the reason', async () => {
    const { store, show, refuse } = openStore();
    show(told(smallBoard, { reset: true }));
    const writing = store.write([renamed(store, 'Nouveau')]);
    refuse('forbidden');
    expect(await writing).toEqual({ ok: false, error: { code: 'forbidden' } });
    expect(titles(store, 'A')).toEqual(['a1', 'a2', 'a3']);
  });

  test('[BRD-2] stays between the answer and the news of it', async () => {
    const { store, show, accept, calls } = openStore();
    show(told(smallBoard, { reset: true }));
    const writing = store.write([renamed(store, 'Nouveau')]);
    accept();
    await writing;
    expect(titles(store, 'A')[0]).toBe('Nouveau');
    const write = calls[0]?.write;
    if (write === undefined) throw new Error('nothing was written');
    show(told([stored(write, { lastSender: me, sending: { kind: 'waiting' } })]));
    expect(titles(store, 'A')[0]).toBe('Nouveau');
    expect(store.notes.get(a1)).toMatchObject({ by: me, sending: { kind: 'waiting' } });
  });

  test('[BRD-2] goes back when the server refuses what had been accepted, and says of which card', async () => {
    const { store, show, accept } = openStore();
    show(told(smallBoard, { reset: true }));
    const writing = store.write([renamed(store, 'Nouveau')]);
    accept();
    await writing;
    const sending = { kind: 'refused', error: { code: 'forbidden' } } as const;
    show(told([stored(card('a1', 'A', 'a0'), { sending })]));
    expect(titles(store, 'A')[0]).toBe('a1');
    expect(store.refused.value).toEqual({ id: a1, title: 'a1', error: { code: 'forbidden' } });
  });

  test('[TASK-4] is merged with what others change meanwhile', async () => {
    const { store, show } = openStore();
    show(told(smallBoard, { reset: true }));
    void store.write([renamed(store, 'Nouveau')]);
    show(told([stored(card('a1', 'A', 'a0', { due: '2027-03-01' }))]));
    expect(store.state.value.cards.get(a1)).toMatchObject({ title: 'Nouveau', due: '2027-03-01' });
  });

  test('keeps the later of two on their way when the earlier is refused', async () => {
    const { store, show, accept, refuse } = openStore();
    show(told(smallBoard, { reset: true }));
    const first = store.write([renamed(store, 'Un')]);
    const second = store.write([renamed(store, 'Deux')]);
    refuse('offline', 0);
    await first;
    expect(titles(store, 'A')[0]).toBe('Deux');
    accept(1);
    await second;
    expect(titles(store, 'A')[0]).toBe('Deux');
  });

  test('a new card that is refused is gone', async () => {
    const { store, show, refuse } = openStore();
    show(told(smallBoard, { reset: true }));
    const writing = store.write([card('neuve', 'B', 'a5')]);
    expect(titles(store, 'B')).toEqual(['b1', 'neuve']);
    refuse('forbidden');
    await writing;
    expect(titles(store, 'B')).toEqual(['b1']);
  });
});

test('ends its subscription, and takes nothing in after', async () => {
  const { store, show, tell, stops, frame } = openStore();
  show(told(smallBoard, { reset: true }));
  store.stop();
  await Promise.resolve();
  tell(told([stored(card('b2', 'B', 'a1'))]));
  frame();
  expect(stops()).toBe(1);
  expect(titles(store, 'B')).toEqual(['b1']);
});
