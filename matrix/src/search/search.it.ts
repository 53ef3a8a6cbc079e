import type { RoomId } from '@besace/protocol/core/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BesaceApi, SearchFilters, SearchProgress } from '../api/types.ts';
import { createBesace } from '../besace.ts';
import { must } from '../outbox/testing.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { converse, look, newPerson, type Person } from '../timeline/person.ts';
import { eventually } from '../upstream/world.ts';

describe('search in encrypted rooms across two ministries', () => {
  let alice: Person;
  let bob: Person;
  let room: RoomId;

  beforeAll(async () => {
    [alice, bob] = await Promise.all([newPerson('interieur', 'alice'), newPerson('culture', 'bob')]);
    room = await converse(alice, bob);
  });

  it('finds what was said in a room that is not open, as soon as it came [INDEX-1] [INDEX-6] [INDEX-7]', async () => {
    must(await alice.api.sendText(room, { text: 'Bonjour à tous' }));
    must(await alice.api.sendText(room, { text: 'Réunion budgétaire demain' }));
    must(await alice.api.sendText(room, { text: 'Merci' }));
    await found(bob.api, 'merci');
    const [hit] = await found(bob.api, 'REUN budg');
    expect(hit).toMatchObject({ roomId: room, sender: alice.account.userId, text: 'Réunion budgétaire demain' });
    expect(hit?.ranges).toEqual([
      [0, 4],
      [8, 12],
    ]);
    expect([hit?.before?.text, hit?.after?.text]).toEqual(['Bonjour à tous', 'Merci']);
    expect(await ask(bob.api, 'reunion', { sender: bob.account.userId })).toEqual([]);
    expect(await ask(bob.api, 'reunion', { sender: alice.account.userId })).toHaveLength(1);
    const people = must(await bob.api.searchPeople('ali'));
    expect(people.map(({ userId }) => userId)).toContain(alice.account.userId);
  });

  it('follows edits and removals [INDEX-3] [INDEX-9]', async () => {
    const sight = await look(alice, room);
    must(await alice.api.sendText(room, { text: 'ordre provisoire' }));
    must(await alice.api.sendText(room, { text: 'phrase regrettable' }));
    await found(bob.api, 'provisoire');
    await found(bob.api, 'regrettable');
    const idOf = async (text: string) => {
      const item = await sight.find(text);
      return eventually(() => sight.last().items.find(({ id }) => id === item.id)?.eventId ?? undefined);
    };
    must(await alice.api.edit(room, await idOf('ordre provisoire'), { text: 'ordre définitif' }));
    must(await alice.api.remove(room, await idOf('phrase regrettable')));
    await found(bob.api, 'definitif');
    await eventually(async () => (await ask(bob.api, 'regrettable')).length === 0);
    expect(await ask(bob.api, 'provisoire')).toEqual([]);
    sight.stop();
  });

  it('reads the history on a new device, its keys from the backup, and goes on after a kill [INDEX-2] [INDEX-10] [INDEX-11]', async () => {
    for (let at = 0; at < 130; at++) must(await alice.api.sendText(room, { text: `ancien message ${at}` }));
    await found(bob.api, 'ancien 129', {});
    let alive = true;
    const prefix = 'search-new-device';
    const device = (fetchAlive: () => boolean) =>
      createMemoryPlatform({
        storagePrefix: prefix,
        fetch: (input, init) =>
          fetchAlive() ? globalThis.fetch(input, init) : Promise.reject(new TypeError('fetch failed')),
      });
    const first = createBesace(device(() => alive));
    const { test } = bob;
    const input = { homeserver: test.clientUrl, user: test.localpart, password: test.password, deviceName: 'second' };
    must(await first.signIn(input));
    let progress: SearchProgress | null = null;
    await first.watchSearchProgress((now) => {
      progress = now;
    });
    // Without the recovery code nothing opens: the places of what is locked are kept.
    await eventually(() => progress?.kind === 'complete', 15_000).catch((e) => {
      throw new Error(JSON.stringify(progress), { cause: e });
    });
    expect(await ask(first, 'ancien')).toEqual([]);
    must(await first.recover(bob.code));
    await found(first, 'ancien');
    alive = false;
    const again = createBesace(device(() => true));
    must(await again.restore());
    await found(again, 'ancien 0');
    await found(again, 'ancien 129');
    await eventually(async () => must(await again.search({ query: 'ancien' })).total === 130);
    expect(await ask(again, 'provisoire')).toEqual([]);
    expect(await ask(again, 'regrettable')).toEqual([]);
    expect(await ask(again, 'definitif')).toHaveLength(1);
  });

  it('lets go of a room that is left [INDEX-5]', async () => {
    must(await bob.api.leave(room));
    await eventually(async () => (await ask(bob.api, 'reunion')).length === 0);
    expect(await ask(bob.api, 'ancien')).toEqual([]);
  });
});

async function ask(api: BesaceApi, query: string, filters: SearchFilters = {}) {
  return must(await api.search({ query, filters })).hits;
}

function found(api: BesaceApi, query: string, filters: SearchFilters = {}) {
  return eventually(async () => {
    const hits = await ask(api, query, filters);
    return hits.length > 0 && hits;
  });
}
