import type { BesaceApi } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { nextStamp } from '@besace/protocol/core/registers';
import { createTask, taskKind } from '@besace/protocol/features/tasks';
import { allSent, COLUMN, must, newObjectId, type Person } from '../hostile/person.ts';

export type BoardTimes = {
  /** Milliseconds from the call until the first objects were handed over, and until all were tried. */
  readonly first: number;
  readonly all: number;
  readonly objects: number;
  readonly largestBatch: number;
};

/** Puts `count` cards on a board, through the queue like a person would. About 25 a second. */
export async function fillBoard(who: Person, roomId: RoomId, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const stamp = nextStamp(0, who.userId);
    const order = `a${String(index).padStart(5, '0')}V`;
    const made = must(createTask({ title: `Carte ${index}`, description: 'À faire', column: COLUMN, order }, stamp));
    must(await who.api.writeObject(roomId, taskKind.type, newObjectId(), taskKind.encode(made)));
  }
  await allSent(who, count * 400);
}

/** Opens the objects of a room and says how long that took; for the bench too. */
export async function measureBoard(api: BesaceApi, roomId: RoomId, count: number): Promise<BoardTimes> {
  const start = performance.now();
  const ids = new Set<string>();
  let first = 0;
  let largestBatch = 0;
  let stop = () => {};
  const all = await new Promise<number>((resolve, reject) => {
    const tooLong = setTimeout(() => reject(new Error(`${ids.size} of ${count} objects after 60 s`)), 60_000);
    api
      .watchObjects(roomId, ({ objects }) => {
        if (objects.length > 0 && ids.size === 0) first = performance.now() - start;
        for (const object of objects) ids.add(object.objectId);
        largestBatch = Math.max(largestBatch, objects.length);
        if (ids.size < count) return;
        clearTimeout(tooLong);
        resolve(performance.now() - start);
      })
      .then((end) => {
        stop = end;
      }, reject);
  });
  stop();
  return { first, all, objects: ids.size, largestBatch };
}
