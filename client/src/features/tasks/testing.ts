import type { BesaceError, ObjectsApi, ObjectsChange, StoredObject } from '@besace/matrix/api/types';
import { type ObjectId, parseObjectId, parseRoomId, parseUserId, type UserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import {
  columnKind,
  createColumn,
  createTask,
  type TaskEdit,
  taskKind,
  type Write,
  writeOf,
} from '@besace/protocol/features/tasks';
import { createBoardStore } from './boardStore.ts';

export const me = good(parseUserId('@anne:interieur.test'));
export const other = good(parseUserId('@bruno:culture.test'));
export const room = good(parseRoomId('!board'));

export function userId(text: string): UserId {
  return good(parseUserId(text));
}

/** A readable id: the name, filled up. */
export function objectId(name: string): ObjectId {
  return good(parseObjectId(name.padEnd(22, '_')));
}

export function column(name: string, order: string): Write {
  return writeOf(columnKind, objectId(name), good(createColumn({ title: name, order }, [1, other])));
}

export function card(name: string, inColumn: string, order: string, edit: TaskEdit = {}): Write {
  const task = createTask({ title: name, ...edit, column: objectId(inColumn), order }, [1, other]);
  return writeOf(taskKind, objectId(name), good(task));
}

export function stored(write: Write, over: Partial<StoredObject> = {}): StoredObject {
  return { ...write, lastSender: other, lastAt: 1, sending: null, updateNeeded: false, ...over };
}

/** What the session tells in one go. */
export function told(objects: readonly StoredObject[], over: Partial<ObjectsChange> = {}): ObjectsChange {
  const holes = { locked: 0, invalid: 0, forbidden: 0, rollbacks: 0 };
  return { reset: false, objects, holes, complete: true, ...over };
}

/** Two columns: A with a1, a2, a3, and B with b1. */
export const smallBoard: readonly StoredObject[] = [
  column('A', 'a0'),
  column('B', 'a1'),
  card('a1', 'A', 'a0'),
  card('a2', 'A', 'a1'),
  card('a3', 'A', 'a2'),
  card('b1', 'B', 'a0'),
].map((write) => stored(write));

/** A store over an api that the test answers for: frames are run by hand, calls wait for `answer`. */
export function openStore() {
  const frames: (() => void)[] = [];
  const calls: { write: Omit<Write, never>; answer: (answer: Result<void, BesaceError>) => void }[] = [];
  let listen: (change: ObjectsChange) => void = () => undefined;
  let now = 0;
  let stops = 0;
  const api: ObjectsApi = {
    watchObjects: async (_, listener) => {
      listen = listener;
      return () => {
        stops += 1;
      };
    },
    writeObject: (_, type, objectId, content) =>
      new Promise((answer) => calls.push({ write: { type, objectId, content }, answer })),
  };
  const store = createBoardStore({
    api,
    roomId: room,
    frame: (run) => frames.push(run),
    // Each look at the clock takes 5 ms: four batches fit the first frame, two a later one.
    clock: () => {
      now += 5;
      return now;
    },
  });

  function frame(): void {
    for (const run of frames.splice(0)) run();
  }

  return {
    store,
    calls,
    tell: (change: ObjectsChange) => listen(change),
    frame,
    /** Lets time go by, ms. */
    wait: (ms: number) => {
      now += ms;
    },
    /** Tells, and draws until nothing waits. */
    show(change: ObjectsChange): void {
      listen(change);
      while (frames.length > 0) frame();
    },
    accept: (at = 0) => calls[at]?.answer(ok(undefined)),
    refuse: (code: BesaceError['code'], at = 0) => calls[at]?.answer(err({ code })),
    stops: () => stops,
  };
}

export function good<T>(outcome: Result<T, unknown>): T {
  if (!outcome.ok) throw new Error(`not what a test needs: ${JSON.stringify(outcome.error)}`);
  return outcome.value;
}
