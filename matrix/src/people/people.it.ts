import type { UserId } from '@besace/protocol/core/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RoomList } from '../api/types.ts';
import { must } from '../outbox/testing.ts';
import { converse, look, newPerson, type Person } from '../timeline/person.ts';
import { eventually } from '../upstream/world.ts';

async function listOf({ api }: Person): Promise<() => RoomList['rooms']> {
  let rooms: RoomList['rooms'] = [];
  await api.watchRooms((list) => {
    rooms = list.rooms;
  });
  return () => rooms;
}

describe('people, on real homeservers', () => {
  let alice: Person;
  let bob: Person;
  let eve: Person;
  let list: () => RoomList['rooms'];

  beforeAll(async () => {
    [alice, bob, eve] = await Promise.all([
      newPerson('interieur', 'alice'),
      newPerson('culture', 'bob'),
      newPerson('culture', 'eve'),
    ]);
    list = await listOf(alice);
  });

  it('[PPL-4] tells an invitation of a stranger from that of somebody with whom one shares a room', async () => {
    await converse(alice, bob);
    const invite = { invite: [alice.account.userId], direct: false };
    const known = must(await bob.api.createConversation({ name: 'Connus', ...invite }));
    const unknown = must(await eve.api.createConversation({ name: 'Inconnus', ...invite }));
    await eventually(() => list().find(({ roomId }) => roomId === known)?.fromStranger === false);
    await eventually(() => list().find(({ roomId }) => roomId === unknown)?.fromStranger === true);
    must(await alice.api.leave(unknown));
    await eventually(() => !list().some(({ roomId }) => roomId === unknown));
  });

  it('[PPL-1] [PPL-2] [PPL-3] does not hear whom one ignores, and hears her again', async () => {
    const room = await converse(alice, eve);
    let sight = await look(alice, room);
    let ignored: readonly UserId[] = [];
    await alice.api.watchIgnored((users) => {
      ignored = users;
    });
    must(await eve.api.sendText(room, { text: 'avant' }));
    await sight.find('avant');
    must(await alice.api.setIgnored(eve.account.userId, true));
    await eventually(() => ignored.includes(eve.account.userId));
    await eventually(() => sight.lines().length === 0);
    const again = must(
      await eve.api.createConversation({ name: 'Encore', invite: [alice.account.userId], direct: false }),
    );
    must(await eve.api.sendText(room, { text: 'pendant' }));
    must(await alice.api.sendText(room, { text: 'seule' }));
    await sight.find('seule');
    expect(sight.lines()).toHaveLength(1);
    expect(list().some(({ roomId }) => roomId === again)).toBe(false);
    must(await alice.api.setIgnored(eve.account.userId, false));
    sight.stop();
    sight = await look(alice, room);
    for (const text of ['avant', 'pendant', 'seule']) await sight.find(text);
  });

  it('[PPL-5] says who a person is, what we share, and how far she is proven', async () => {
    const card = must(await alice.api.person(bob.account.userId));
    expect(card).toMatchObject({ name: bob.account.displayName, ignored: false, trust: 'signed', outsider: false });
    expect(card.shared.length).toBeGreaterThan(0);
    const nobody = bob.account.userId.replace(/^@[^:]*/, '@nobody-there') as UserId;
    expect(await alice.api.person(nobody)).toMatchObject({ error: { code: 'unknown-person' } });
  });
});
