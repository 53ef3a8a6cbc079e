import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Address } from '../../runtime/address.ts';
import type { Store } from '../../runtime/database.ts';
import { engines, testStore } from '../../testing/stores.ts';
import { type Asker, planSearch } from './plan.ts';
import * as people from './store.ts';

const asker: Asker = { userId: '@me:interieur.test', organisation: 'interieur', outsider: false };

describe.each(engines)('the directory on %s', (engine) => {
  let store: Store;
  beforeAll(async () => {
    store = await testStore(engine, people.directoryMigrations);
    await put('dupont', 'Zoé Dupont', 'culture');
    await put('dupond', 'Émile Dupond', 'interieur');
    await put('duponte', 'Zoé Duponte-Éloi', 'interieur');
    await put('martin', 'Jean-Pierre Martin', 'culture');
  });
  afterAll(() => store.db.destroy());

  const put = (id: string, name: string, organisation: string, now = 1000) =>
    people.putPerson(store.db, {
      userId: `@${id}:${organisation}.test`,
      organisation,
      outsider: false,
      address: `${id}@${organisation}.gouv.fr` as Address,
      name,
      now,
    });
  const find = async (query: string, limit?: string) =>
    (await people.search(store.db, planSearch(query, limit, asker), asker)).map(
      (person) => person.userId.slice(1).split(':')[0],
    );

  it('[DIR-4, DIR-5] finds by beginnings of words, one’s own organisation first', async () => {
    expect(await find('DUPON')).toEqual(['dupond', 'duponte', 'dupont']);
    expect(await find('zoe dup')).toEqual(['duponte', 'dupont']);
    expect(await find('dup zo')).toEqual(['duponte', 'dupont']);
    expect(await find('pont')).toEqual([]);
    expect(await find('jp martin')).toEqual([]);
    expect(await find('pierre')).toEqual(['martin']);
    expect(await find('dupon', '1')).toHaveLength(1);
  });

  it('[DIR-4] takes wildcards, quotes and the highest letters as what they are', async () => {
    for (const query of ['du%', '__', "zo' OR 1=1 --", 'dup\u{10fffd}', '\uffff\uffff'])
      await expect(find(query)).resolves.toBeDefined();
    expect(await find('d_pont')).toEqual([]);
  });

  it('[DIR-4] finds by the beginning of an address', async () => {
    expect(await find('dupont@cul')).toEqual(['dupont']);
    expect(await find('dup@')).toEqual([]);
    expect(await find('Dupont@Culture.gouv.fr')).toEqual(['dupont']);
  });

  it('[DIR-3] forgets the words of a former name, and keeps the address', async () => {
    await put('former', 'Ancien Nom', 'culture');
    const userId = '@former:culture.test';
    await people.putPerson(store.db, {
      userId,
      organisation: 'culture',
      outsider: false,
      address: null,
      name: 'Nouveau',
      now: 2000,
    });
    expect(await find('ancien')).toEqual([]);
    expect(await find('nouveau')).toEqual(['former']);
    expect(await people.findPerson(store.db, userId)).toMatchObject({
      address: 'former@culture.gouv.fr',
      checkedAt: 2000,
    });
  });

  it('[DIR-7] finds nobody who hides, and a new name does not bring them back', async () => {
    await put('shy', 'Cachée Timide', 'culture');
    expect(await people.setHidden(store.db, '@shy:culture.test', true)).toBe(true);
    await put('shy', 'Cachée Discrète', 'culture');
    expect([await find('cachee'), await find('shy@culture.gouv.fr'), await find('shy@cu')]).toEqual([[], [], []]);
    expect(await people.setHidden(store.db, '@nobody:culture.test', true)).toBe(false);
  });

  it('[DIR-11] forgets all of somebody who is gone', async () => {
    await put('gone', 'Parti Loin', 'culture');
    await people.addSession(store.db, 'hash-of-gone', { ...asker, userId: '@gone:culture.test' }, 9000);
    await people.removePerson(store.db, '@gone:culture.test');
    expect(await find('parti')).toEqual([]);
    expect(await people.findSession(store.db, 'hash-of-gone', 10)).toBeUndefined();
  });

  it('[DIR-2] knows a session until it ends', async () => {
    await people.addSession(store.db, 'hash', asker, 5000);
    expect(await people.findSession(store.db, 'hash', 4999)).toEqual(asker);
    expect(await people.findSession(store.db, 'hash', 5000)).toBeUndefined();
    await people.forgetOldSessions(store.db, 5000);
    expect(await people.findSession(store.db, 'hash', 1)).toBeUndefined();
  });

  it('[DIR-3] names those whose name was asked for longest ago', async () => {
    await put('stale', 'Vieux', 'culture', 5);
    expect((await people.stalePeople(store.db, 1000, 10)).map((person) => person.name)).toEqual(['Vieux']);
  });
});
