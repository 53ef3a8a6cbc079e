import { parseUserId } from '@besace/protocol/core/ids';
import { expect, it } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';
import { createApiDouble } from '../../testing/apiDouble.ts';
import { details, member, summary, userId } from './testing.ts';
import { usePerson } from './usePerson.ts';

const bob = userId('@bob:culture.test');
const eve = userId('@eve:externes.test');
const me = parseUserId('@ada:interieur.test');
if (!me.ok) throw new Error('not an id');
const account = {
  userId: me.value,
  deviceId: 'D' as never,
  homeserver: 'https://hs',
  displayName: 'Ada',
};
const status = {
  account,
  identity: { kind: 'ready' as const },
  connection: { kind: 'online' as const },
  lockedEvents: 0,
  keyRestore: null,
};

it('[WSP-22] [WSP-23] opens a person, writes to her in the conversation that there is, ignores and hears her again', async () => {
  const { api, world } = createApiDouble({ status, rooms: [details([member('bob', 0)])] });
  const rooms = [summary('team'), summary('two', { directWith: bob }), summary('left', { membership: 'leave' })];
  const card = { name: 'Bob', outsider: false, ignored: false, trust: 'signed' as const };
  const shared = rooms.map(({ roomId }) => roomId);
  world.people.set(bob, { ...card, userId: bob, shared });
  world.people.set(eve, { ...card, userId: eve, name: 'Eve', shared: [], trust: 'changed' });
  const user = ref<typeof bob | null>(bob);
  const scope = effectScope();
  const model = scope.run(() => usePerson({ api, user: () => user.value, rooms: () => rooms }));
  if (model === undefined) throw new Error('no scope');
  await expect.poll(() => model.card.value?.name).toBe('Bob');
  expect(model.shared.value.map(({ name }) => name)).toEqual(['team', 'two']);
  expect(await model.write()).toBe('!two');
  expect(await model.setIgnored(true)).toBe(true);
  expect(model.ignored.value).toBe(true);
  user.value = eve;
  await nextTick();
  await expect.poll(() => model.card.value?.trust).toBe('changed');
  expect(model.ignored.value).toBe(false);
  expect(await model.write()).toMatch(/^!double/);
  world.refuse.set('setIgnored', { code: 'offline' });
  expect(await model.setIgnored(true)).toBe(false);
  expect(model.problem.value?.code).toBe('offline');
  user.value = userId('@nobody:culture.test');
  await nextTick();
  await expect.poll(() => model.problem.value?.code).toBe('unknown-person');
  scope.stop();
});
