import { parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { expect, it } from 'vitest';
import { must } from '../outbox/testing.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { createTestClock } from '../platform/testClock.ts';
import { createScope } from '../session/scope.ts';
import { takeHistory } from './takeHistory.ts';

const ROOM = must(parseRoomId('!room'));
const ALICE = must(parseUserId('@alice:interieur.test'));
const turns = () => new Promise((resolve) => setTimeout(resolve, 0));

/** The tries, one by one: whether the keys were there, or why they could not be had. */
function world(tries: (boolean | Error)[]) {
  const clock = createTestClock();
  const scope = createScope();
  const done: string[] = [];
  const backend = {
    markRoomAsPendingKeyBundle: async () => void done.push('awaited'),
    maybeAcceptKeyBundle: async () => {
      const next = tries.shift() ?? false;
      done.push(String(next));
      if (next instanceof Error) throw next;
      return next;
    },
  };
  const { logger } = createMemoryPlatform({ storagePrefix: 'take-history' });
  const told: string[] = [];
  const take = () =>
    takeHistory({ backend, platform: { clock, logger }, scope, onKeys: (room) => told.push(room) }, ROOM, ALICE);
  return { clock, scope, done, told, take };
}

it('[ROOM-1] [T10] asks for the keys again while they are not there, or cannot be had, and no more once they are', async () => {
  const { clock, done, told, take } = world([false, new Error('not there yet'), true]);
  await take();
  for (let round = 0; round < 4; round++) {
    clock.advance(40_000);
    await turns();
  }
  expect(done).toEqual(['awaited', 'false', 'Error: not there yet', 'true']);
  expect(told).toHaveLength(3);
});

it('[ROOM-1] asks a bounded number of times, and not when the session has ended', async () => {
  const { clock, done, scope, take } = world([]);
  await take();
  for (let round = 0; round < 20; round++) {
    clock.advance(40_000);
    await turns();
  }
  expect(done.length).toBeLessThan(12);
  const other = world([]);
  await other.take();
  other.scope.end();
  other.clock.advance(40_000);
  await turns();
  expect(other.done).toEqual(['awaited', 'false']);
  scope.end();
});
