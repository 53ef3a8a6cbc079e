import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Address } from '../../runtime/address.ts';
import type { Store } from '../../runtime/database.ts';
import { engines, testStore } from '../../testing/stores.ts';
import {
  accountsMigrations,
  addLink,
  claimTry,
  findLink,
  forgetOldLinks,
  hasAccount,
  noteAccount,
  releaseTry,
} from './store.ts';

const at = (name: string) => `${name}@gouv.fr` as Address;

describe.each(engines)('the accounts on %s', (engine) => {
  let store: Store;
  beforeAll(async () => {
    store = await testStore(engine, accountsMigrations);
  });
  afterAll(() => store.db.destroy());

  const link = (tokenHash: string, address: Address) =>
    addLink(store.db, { tokenHash, address, locale: 'fr', createdAt: 100, expiresAt: 200 });

  it('[ACC-7] let one try of an address go on at a time, counts them, and hands over a try that was left', async () => {
    const first = await claimTry(store.db, at('one'), 1000);
    expect(first?.tries).toBe(1);
    expect(await claimTry(store.db, at('one'), 2000)).toBeUndefined();
    expect((await claimTry(store.db, at('two'), 2000))?.tries).toBe(1);
    await releaseTry(store.db, at('one'), 'another claim');
    expect(await claimTry(store.db, at('one'), 2000)).toBeUndefined();
    await releaseTry(store.db, at('one'), first?.claim ?? '');
    const second = await claimTry(store.db, at('one'), 2000);
    expect(second?.tries).toBe(2);
    expect((await claimTry(store.db, at('one'), 2000 + 90_001))?.tries).toBe(3);
  });

  it('[ACC-7] give a try to one of many who ask at once', async () => {
    const claims = await Promise.all(Array.from({ length: 20 }, () => claimTry(store.db, at('crowd'), 1000)));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  });

  it('[ACC-6] use up every link of an address with its account, once', async () => {
    await link('h1', at('three'));
    await link('h2', at('three'));
    await link('h3', at('four'));
    const account = { userId: '@three:a', address: at('three'), organisation: 'interieur', now: 150 };
    const note = () => store.db.transaction().execute((trx) => noteAccount(trx, account));
    expect([await note(), await note()]).toEqual([true, false]);
    expect(await findLink(store.db, 'h1')).toEqual({ address: at('three'), expiresAt: 200, usedAt: 150 });
    expect((await findLink(store.db, 'h2'))?.usedAt).toBe(150);
    expect((await findLink(store.db, 'h3'))?.usedAt).toBeNull();
    expect([await hasAccount(store.db, at('three')), await hasAccount(store.db, at('four'))]).toEqual([true, false]);
  });

  it('[ACC-6] tell an expired link from an unknown one for thirty days', async () => {
    await link('old', at('five'));
    await forgetOldLinks(store.db, 200 + 29 * 86_400_000);
    expect(await findLink(store.db, 'old')).toBeDefined();
    await forgetOldLinks(store.db, 200 + 31 * 86_400_000);
    expect(await findLink(store.db, 'old')).toBeUndefined();
  });
});
