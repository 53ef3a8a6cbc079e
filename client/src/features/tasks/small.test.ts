import type { OutboxApi, OutboxItem, RoomDetails } from '@besace/matrix/api/types';
import { describe, expect, test } from 'vitest';
import { effectScope, nextTick, ref, shallowRef } from 'vue';
import { rowAt, withOwn, withoutOwn } from './dropPlace.ts';
import { dayOf, dueState, dueWords, untilTomorrow } from './due.ts';
import { newObjectId } from './newId.ts';
import { personOf, usePeople } from './people.ts';
import { refusalKey } from './problems.ts';
import { rightsIn, whyReadOnly } from './rights.ts';
import { card, me, objectId, openStore, other, room, smallBoard, stored, told, userId } from './testing.ts';
import { useBoard } from './useBoard.ts';
import { useBoardFocus } from './useBoardFocus.ts';
import { useDraft } from './useDraft.ts';
import { useRefusedWrites } from './useRefusedWrites.ts';
import { useReveal } from './useReveal.ts';
import { useStaged } from './useStaged.ts';

describe('due dates', () => {
  test('[BRD-10] are late, today, tomorrow or later', () => {
    const on = (due: string) => dueState(due, '2027-02-28');
    expect(['2027-02-27', '2027-02-28', '2027-03-01', '2027-03-02'].map(on)).toEqual([
      'late',
      'today',
      'tomorrow',
      'later',
    ]);
  });

  test('[BRD-10] are written as people write them, the year only where it is another', () => {
    expect(dueWords('2027-03-01', '2027-01-01', 'fr')).toBe('1 mars');
    expect(dueWords('2028-03-01', '2027-01-01', 'fr')).toBe('1 mars 2028');
    expect(dueWords('2027-03-01', '2027-01-01', 'en')).toBe('Mar 1');
  });

  test('[BRD-10] follow the calendar of the person', () => {
    expect(dayOf(new Date(2027, 0, 5, 23, 59))).toBe('2027-01-05');
    expect(untilTomorrow(new Date(2027, 0, 5, 23, 59))).toBe(60_000);
  });
});

describe('the place under the pointer', () => {
  const rows = [
    { index: 4, start: 100, size: 40 },
    { index: 5, start: 148, size: 60 },
  ];
  test('is before the first row whose middle is below, else after all', () => {
    expect([90, 119, 121, 177, 179].map((y) => rowAt(rows, y, 6))).toEqual([4, 4, 5, 5, 6]);
  });
  test('is counted without the card that moves, and drawn with it', () => {
    expect([1, 2, 3].map((row) => withoutOwn(row, 2))).toEqual([1, 2, 2]);
    expect([1, 2, 3].map((index) => withOwn(index, 2))).toEqual([1, 2, 4]);
    expect(withoutOwn(3, -1)).toBe(3);
  });
});

test('[BRD-14] columns draw one card more a frame, those behind after those in front', async () => {
  const frames: (() => void)[] = [];
  const count = ref(0);
  const rows = effectScope().run(() =>
    useReveal(
      () => count.value,
      (run) => frames.push(run),
    ),
  );
  count.value = 7;
  const seen = [[rows?.(0), rows?.(6)]];
  for (let turn = 0; turn < 40; turn += 1) {
    await nextTick();
    for (const run of frames.splice(0)) run();
    seen.push([rows?.(0), rows?.(6)]);
  }
  expect(seen.slice(0, 3)).toEqual([
    [1, 0],
    [2, 0],
    [3, 0],
  ]);
  expect(seen[16]).toEqual([Number.POSITIVE_INFINITY, 1]);
  expect(seen.at(-1)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
});

describe('columns that change', () => {
  const lists = (...values: number[]) => values.map((value, index) => ({ key: `c${index}`, value }));
  function staged(first: ReturnType<typeof lists>) {
    const frames: (() => void)[] = [];
    const wanted = shallowRef(first);
    const drawn = effectScope().run(() =>
      useStaged(
        () => wanted.value,
        (run) => frames.push(run),
      ),
    );
    const values = () => drawn?.value.map(({ value }) => value);
    /** Keeps the columns that stay as they are. */
    const change = (...next: number[]) => {
      wanted.value = lists(...next).map((list, index) => {
        const known = wanted.value[index];
        return known?.value === list.value ? known : list;
      });
    };
    const frame = () => {
      for (const run of frames.splice(0)) run();
      return values();
    };
    return { values, change, frame };
  }

  test('[BRD-14] together are drawn one a frame, up to the newest', () => {
    const { values, change, frame } = staged(lists(1, 1, 1, 1, 1));
    expect(values()).toEqual([1, 1, 1, 1, 1]);
    change(2, 2, 2, 2, 1);
    expect(values()).toEqual([2, 1, 1, 1, 1]);
    expect(frame()).toEqual([2, 2, 1, 1, 1]);
    change(2, 2, 3, 3, 1);
    expect(frame()).toEqual([2, 2, 3, 3, 1]);
  });

  test('[BRD-2] by ones and twos, as by a move, are drawn at once', () => {
    const { values, change } = staged(lists(1, 1, 1));
    change(2, 1, 2);
    expect(values()).toEqual([2, 1, 2]);
  });

  test('in number or order are drawn at once', () => {
    const { values, change } = staged(lists(1, 1, 1, 1));
    change(2, 2, 2);
    expect(values()).toEqual([2, 2, 2]);
  });
});

test('ids are 128 random bits, each another', () => {
  const ids = new Set(Array.from({ length: 200 }, newObjectId));
  expect(ids.size).toBe(200);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
});

function details(over: Partial<RoomDetails> = {}): RoomDetails {
  const members = [
    { userId: me, name: 'Anne', membership: 'join' as const, power: 10, outsider: false },
    { userId: userId('@paul:externes.test'), name: 'Paul', membership: 'join' as const, power: 0, outsider: true },
    { userId: userId('@parti:interieur.test'), name: 'Parti', membership: 'leave' as const, power: 0, outsider: false },
  ];
  const users = { [me]: 10 };
  const powerLevels = { state_default: 10, users, events: { 'm.room.encrypted': 0 } };
  return { members, powerLevels, creators: [], ...over } as RoomDetails;
}

describe('rights', () => {
  test('[TASK-2] contributors write cards, managers columns, creators all', () => {
    expect(rightsIn(details(), me)).toEqual({ editBoard: false, editColumns: false, editTasks: true });
    const manager = details({ powerLevels: { state_default: 10, users: { [me]: 50 } } });
    expect(rightsIn(manager, me).editColumns).toBe(true);
    expect(rightsIn(details({ creators: [me], powerLevels: {} }), me).editColumns).toBe(true);
  });

  test('[BRD-9] says why one may not write', () => {
    expect(whyReadOnly(details(), me)).toBeNull();
    expect(whyReadOnly(details(), other)).toBe('reader');
    expect(whyReadOnly(details(), userId('@paul:externes.test'))).toBe('outsider');
    expect(whyReadOnly(null, me)).toBeNull();
  });
});

test('people stay the same as long as no name changes, and who left keeps a name', () => {
  const now = ref(details());
  const people = effectScope().run(() => usePeople(() => now.value));
  const before = people?.value;
  now.value = details();
  expect(people?.value).toBe(before);
  expect([...(before?.keys() ?? [])]).toEqual([me, '@paul:externes.test']);
  expect(personOf(before ?? new Map(), userId('@parti:interieur.test')).name).toBe('parti');
});

describe('the focus', () => {
  function open() {
    const { store, show } = openStore();
    show(told(smallBoard, { reset: true }));
    const board = useBoard({ store, me: () => me, newId: newObjectId });
    return { focus: useBoardFocus(board.lists), show, board };
  }

  test('[BRD-7] stops at the first card until one has chosen', () => {
    const { focus } = open();
    expect(focus.stop.value).toBe(objectId('a1'));
    focus.take(objectId('b1'));
    expect(focus.stop.value).toBe(objectId('b1'));
  });

  test('[BRD-7] goes by arrows in a column and between columns', () => {
    const { focus } = open();
    expect(focus.next(objectId('a1'), 'ArrowDown')).toBe(objectId('a2'));
    expect(focus.next(objectId('a1'), 'ArrowUp')).toBeNull();
    expect(focus.next(objectId('a3'), 'ArrowRight')).toBe(objectId('b1'));
    expect(focus.next(objectId('b1'), 'ArrowLeft')).toBe(objectId('a1'));
    expect(focus.next(objectId('a1'), 'End')).toBe(objectId('a3'));
  });

  test('[BRD-7] passes to who stands in the place of a card that left', () => {
    const { focus, show, board } = open();
    focus.take(objectId('a2'));
    void board.change(objectId('a2'), (task, stamp) => ({
      ok: true,
      value: { ...task, archived: { value: true, at: stamp } },
    }));
    expect(focus.heirOf(objectId('a2'))).toBe(objectId('a3'));
    show(told([stored(card('a1', 'B', 'a9'))]));
    expect(focus.heirOf(objectId('b1'))).toBe(objectId('b1'));
  });
});

describe('a text that others change too', () => {
  function open(initial: string, taken = true) {
    const known = ref(initial);
    const saved: string[] = [];
    const draft = useDraft({
      source: () => known.value,
      clean: (text) => text.trim(),
      save: async (text) => {
        saved.push(text);
        if (taken) known.value = text;
        return taken;
      },
    });
    return { known, saved, draft };
  }

  test('[BRD-8] follows theirs until one types', () => {
    const { known, draft } = open('un');
    known.value = 'deux';
    expect(draft.text.value).toBe('deux');
    draft.begin();
    draft.text.value = 'le mien';
    known.value = 'trois';
    expect(draft.text.value).toBe('le mien');
  });

  test('[BRD-8] untouched, writes nothing over what others wrote', async () => {
    const { known, saved, draft } = open('un');
    draft.begin();
    draft.text.value = 'un ';
    known.value = 'deux';
    await draft.commit();
    expect(saved).toEqual([]);
    expect(draft.text.value).toBe('deux');
  });

  test('[BRD-8] keeps what was typed when it was refused', async () => {
    const { saved, draft } = open('un', false);
    draft.begin();
    draft.text.value = 'le mien';
    expect(await draft.commit()).toBe(false);
    expect(saved).toEqual(['le mien']);
    expect(draft.text.value).toBe('le mien');
  });
});

test('[BRD-12] [T8] what the server refused can be sent again or given up, in this room only, or for one card only', async () => {
  const asked: string[] = [];
  const item = (id: string, over: Partial<OutboxItem> = {}): OutboxItem => ({
    id,
    roomId: room,
    what: 'object',
    object: { type: 'fr.besace.task', objectId: objectId(id) },
    since: 0,
    state: { kind: 'refused', error: { code: 'forbidden' } },
    ...over,
  });
  const answer = async (id: string) => {
    asked.push(id);
    return { ok: true, value: undefined } as const;
  };
  const api: Pick<OutboxApi, 'watchOutbox' | 'retry' | 'discard'> = {
    watchOutbox: async (listener) => {
      listener([
        item('1'),
        item('2', { state: { kind: 'waiting' } }),
        item('3', { roomId: `${room}x` as typeof room }),
        item('4'),
      ]);
      return () => undefined;
    },
    retry: answer,
    discard: answer,
  };
  const [ofBoard, ofCard] =
    effectScope().run(() => [useRefusedWrites(api, room), useRefusedWrites(api, room, objectId('4'))]) ?? [];
  await nextTick();
  expect([ofBoard?.count.value, ofCard?.count.value]).toEqual([2, 1]);
  expect(await ofBoard?.retry()).toBeNull();
  expect(await ofCard?.discard()).toBeNull();
  expect(asked).toEqual(['1', '4', '4']);
});

test('[TASK-9] [TASK-10] each refusal has its sentence', () => {
  expect(refusalKey({ code: 'full', field: 'labels' })).toBe('full-labels');
  expect(refusalKey({ code: 'invalid', field: 'title' })).toBe('invalid-title');
  expect(refusalKey({ code: 'invalid', field: 'at' })).toBe('invalid-other');
  expect(refusalKey({ code: 'unknown', field: 'card' })).toBe('gone');
});
