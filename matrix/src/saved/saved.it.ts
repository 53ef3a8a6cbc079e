import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SavedMessage } from '../api/types.ts';
import { createBesace } from '../besace.ts';
import { must } from '../outbox/testing.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { converse, look, newPerson, type Person } from '../timeline/person.ts';
import { eventually } from '../upstream/world.ts';

type Shelf = { list(): readonly SavedMessage[] };

async function shelfOf({ api }: Pick<Person, 'api'>): Promise<Shelf> {
  let list: readonly SavedMessage[] = [];
  await api.watchSaved((saved) => {
    list = saved;
  });
  return { list: () => list };
}

/** Another device of hers, verified by her recovery code. */
async function secondDevice(person: Person): Promise<Pick<Person, 'api'>> {
  const api = createBesace(createMemoryPlatform({ storagePrefix: 'saved-second' }));
  const { clientUrl: homeserver, localpart: user, password } = person.test;
  must(await api.signIn({ homeserver, user, password, deviceName: 'second' }));
  must(await api.recover(person.code));
  return { api };
}

describe('messages that one keeps, on a real homeserver', () => {
  let alice: Person;
  let bob: Person;
  let second: Pick<Person, 'api'>;
  let room: RoomId;
  let first: EventId;
  let other: EventId;

  beforeAll(async () => {
    [alice, bob] = await Promise.all([newPerson('interieur', 'alice'), newPerson('culture', 'bob')]);
    room = await converse(alice, bob);
    const sight = await look(alice, room);
    for (const text of ['À garder', 'Et cela']) must(await bob.api.sendText(room, { text }));
    const [a, b] = [(await sight.find('À garder')).eventId, (await sight.find('Et cela')).eventId];
    if (a === null || b === null) throw new Error('not sent');
    [first, other] = [a, b];
    second = await secondDevice(alice);
  });

  it('[SAVED-1] [SAVED-2] [VAULT-2] are the same on two devices that keep at once, and hidden from the server', async () => {
    const [here, there] = [await shelfOf(alice), await shelfOf(second)];
    for (const put of await Promise.all([alice.api.save(room, first), second.api.save(room, other)])) must(put);
    await eventually(() => here.list().length === 2 && there.list().length === 2);
    const type = (drawer: number) => `fr.besace.vault.saved.${drawer}`;
    const headers = { authorization: `Bearer ${alice.test.accessToken}` };
    const contents = await Promise.all(
      Array.from({ length: 16 }, async (_, drawer) => {
        const url = `${alice.test.clientUrl}/_matrix/client/v3/user/${encodeURIComponent(alice.test.userId)}/account_data/${type(drawer)}`;
        return (await fetch(url, { headers })).text();
      }),
    );
    expect(contents.some((content) => content.includes('ciphertext'))).toBe(true);
    for (const content of contents) for (const word of [room, first, other]) expect(content).not.toContain(word);
    must(await second.api.unsave(room, first));
    await eventually(() => here.list().length === 1 && here.list()[0]?.eventId === other);
  });

  it('[SAVED-3] says what the message says now, and nothing once it was removed', async () => {
    // Its key comes from the backup, some seconds after this device was verified.
    const line = await eventually(async () => {
      const read = must(await second.api.savedLine(room, first));
      return read.kind !== 'locked' && read;
    });
    expect(line).toMatchObject({ text: 'À garder', senderName: bob.account.displayName, kind: 'text' });
    must(await bob.api.edit(room, first, { text: 'À bien garder' }));
    await eventually(async () => must(await second.api.savedLine(room, first)).text === 'À bien garder');
    must(await bob.api.remove(room, first));
    await eventually(async () => must(await alice.api.savedLine(room, first)).kind === 'removed');
    expect(must(await alice.api.savedLine(room, first)).text).toBeNull();
  });
});
