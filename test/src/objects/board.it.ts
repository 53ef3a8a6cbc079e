import type { RoomId } from '@besace/protocol/core/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/http.ts';
import { freshDevice, type Person, person, restart, sharedRoom, watchObjects } from '../hostile/person.ts';
import { fillBoard, measureBoard } from './board.ts';

/** Fewer than a real board, for the time it takes to write them; the bench opens 2,000. */
const CARDS = 300;
let alice: Person;
let room: RoomId;

beforeAll(async () => {
  alice = await person('interieur', 'alice');
  room = await sharedRoom(alice, []);
  const start = performance.now();
  await fillBoard(alice, room, CARDS);
  process.stdout.write(`${((CARDS * 1000) / (performance.now() - start)).toFixed(0)} object writes a second\n`);
});

describe('a board', () => {
  it('[OBJ-10] opens on a fresh device in batches, then from the local copy after a restart', async () => {
    const fresh = await freshDevice(alice);
    const first = await measureBoard(fresh.api, room, CARDS);
    expect(first.largestBatch).toBeLessThanOrEqual(200);
    const seen = await watchObjects(fresh.api, room);
    await eventually(async () => seen.last?.complete === true);
    expect(seen.last?.holes).toEqual({ locked: 0, invalid: 0, forbidden: 0, rollbacks: 0 });
    seen.stop();
    const again = await measureBoard((await restart(fresh)).api, room, CARDS);
    expect(again.all).toBeLessThan(first.all);
    for (const [name, times] of Object.entries({ first, again })) {
      process.stdout.write(`${CARDS} cards, ${name}: ${times.first.toFixed(0)} ms, all ${times.all.toFixed(0)} ms\n`);
    }
  });
});
