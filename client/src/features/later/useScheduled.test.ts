import { parseRoomId } from '@besace/protocol/core/ids';
import { expect, it } from 'vitest';
import { effectScope } from 'vue';
import { createApiDouble } from '../../testing/apiDouble.ts';
import { useScheduled } from './useScheduled.ts';

const status = {
  account: null,
  identity: { kind: 'ready' as const },
  connection: { kind: 'online' as const },
  lockedEvents: 0,
  keyRestore: null,
};

it('[WAIT-1] [WAIT-2] [WAIT-3] lists what waits, changes its time, sends it now, cancels it, or says why not', async () => {
  const room = parseRoomId('!r');
  if (!room.ok) throw new Error('not an id');
  const { api, world } = createApiDouble({ status });
  const one = { roomId: room.value, text: 'Bonjour', heldBy: 'server' as const, problem: null };
  world.scheduled = [
    { ...one, id: 'a', due: 1 },
    { ...one, id: 'b', due: 2, problem: { code: 'not-found' } },
  ];
  const scope = effectScope();
  const model = scope.run(() => useScheduled(api));
  if (model === undefined) throw new Error('no scope');
  await expect.poll(() => model.list.value?.length).toBe(2);
  expect(model.list.value?.[1]?.problem).not.toBeNull();
  expect(await model.change('a', 9)).toBe(true);
  expect(model.list.value?.[0]?.due).toBe(9);
  const both = [model.sendNow('b'), model.cancel('b')];
  expect(await Promise.all(both)).toEqual([true, false]);
  world.refuse.set('cancelScheduled', { code: 'not-found' });
  expect(await model.cancel('a')).toBe(false);
  expect(model.problem.value?.code).toBe('not-found');
  expect(model.busy.value.size).toBe(0);
  scope.stop();
});
