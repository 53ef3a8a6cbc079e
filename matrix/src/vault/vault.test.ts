import { parseUserId } from '@besace/protocol/core/ids';
import { EMPTY_OR_MAP, setEntry } from '@besace/protocol/core/or-map';
import { err, ok, type Result } from '@besace/protocol/core/result';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BesaceError } from '../api/types.ts';
import { openLocalDb } from '../local/db.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { createTestClock } from '../platform/testClock.ts';
import type { HttpRequest } from '../session/context.ts';
import { createScope } from '../session/scope.ts';
import { deriveVaultKey, openVault, sealVault } from './seal.ts';
import { changed, DRAWER_LIMIT, type Drawer, drawerOf, merged, parseDrawer, placeOf, typeOf } from './shelf.ts';
import { createVault } from './vault.ts';

const me = value(parseUserId('@ada:interieur.test'));
const oldKey = new Uint8Array(32).fill(7);
const newKey = new Uint8Array(32).fill(9);

function value<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

/** Account data of one account, with what a network does to it. */
function createAccountData() {
  const stored = new Map<string, unknown>();
  const puts: string[] = [];
  let down = false;
  /** Runs between the reading and the writing of a device, as another device would. */
  let meanwhile: (() => void) | null = null;
  return {
    stored,
    puts,
    fail: (failing: boolean) => (down = failing),
    between: (run: () => void) => (meanwhile = run),
    async json({ method, path, body }: HttpRequest): Promise<Result<unknown, BesaceError>> {
      if (down) return err({ code: 'offline' });
      const type = path.slice(path.lastIndexOf('/') + 1);
      if (method === 'GET') {
        const found = stored.get(type);
        meanwhile?.();
        meanwhile = null;
        return found === undefined ? err({ code: 'not-found' }) : ok(found);
      }
      stored.set(type, body);
      puts.push(type);
      return ok({});
    },
  };
}

let devices = 0;

async function device(data: ReturnType<typeof createAccountData>, secret: Uint8Array | null = oldKey) {
  const platform = createMemoryPlatform({ storagePrefix: `vault-${++devices}`, clock: createTestClock() });
  const db = await openLocalDb(platform);
  const scope = createScope();
  const state = { secret, current: true };
  const open = async () => {
    const vault = createVault({
      me,
      platform,
      db,
      http: { json: data.json, bytes: () => Promise.reject(new Error('no bytes')) },
      scope,
      backupKey: async () => state.secret,
      isCurrent: async () => state.current,
    });
    await vault.load();
    return vault;
  };
  const vault = await open();
  /** As the sync does: everything that is stored. */
  const hear = (to = vault) => to.deliver([...data.stored].map(([type, content]) => ({ type, content })));
  return { vault, hear, open, state, clock: platform.clock as ReturnType<typeof createTestClock> };
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: 5_000, interval: 2 }).toBe(true);
}

describe('the vault', () => {
  it('[VAULT-1] seals what is put, and opens it on another device of the account', async () => {
    const data = createAccountData();
    const [a, b] = [await device(data), await device(data)];
    a.hear();
    value(await a.vault.put('saved', 'one', { words: 'très secret' }));
    await until(() => data.stored.size === 1);
    const [content] = data.stored.values();
    expect(JSON.stringify(content)).not.toContain('secret');
    expect(JSON.stringify(content)).not.toContain('one');
    b.hear();
    await until(() => b.vault.values('saved').size === 1);
    expect(b.vault.values('saved').get('one')).toEqual({ words: 'très secret' });
    expect(b.vault.values('later').size).toBe(0);
  });

  it('[VAULT-1] gives lists of different length the same size', async () => {
    const key = await deriveVaultKey(oldKey, me);
    const { random } = createMemoryPlatform({ storagePrefix: 'sizes' });
    const sizes = await Promise.all(
      [1, 5, 9].map(async (count) => {
        const entries = Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
        return (await sealVault(key, random, 'here', entries)).ciphertext.length;
      }),
    );
    expect(new Set(sizes).size).toBe(1);
  });

  it('[VAULT-2] keeps what two devices put into one drawer at once', async () => {
    const data = createAccountData();
    const [a, b] = [await device(data), await device(data)];
    a.hear();
    b.hear();
    const [first, second] = sameDrawer();
    let racing: Promise<unknown> = Promise.resolve();
    data.between(() => {
      racing = b.vault.put('saved', second, 'b');
    });
    value(await a.vault.put('saved', first, 'a'));
    await racing;
    await until(() => data.puts.length >= 2);
    a.hear();
    b.hear();
    await until(() => {
      a.hear();
      b.hear();
      return a.vault.values('saved').size === 2 && b.vault.values('saved').size === 2;
    });
    const last = await device(data);
    last.hear();
    await until(() => last.vault.values('saved').size === 2);
  });

  it('[VAULT-2] merges drawers to the same, in any order', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.option(fc.integer(), { nil: null })), {
      maxLength: 8,
    });
    const made = (list: readonly (readonly [string, number | null])[]) =>
      list.reduce<Drawer>((drawer, [key, put]) => value(changed(drawer, key, put, me)), new Map());
    fc.assert(
      fc.property(steps, steps, steps, (x, y, z) => {
        const [a, b, c] = [made(x), made(y), made(z)];
        expect(merged(merged(a, b), c)).toEqual(merged(a, merged(b, c)));
        expect(merged(a, b)).toEqual(merged(b, a));
      }),
      { numRuns: 300 },
    );
  });

  it('[VAULT-2] merges what another device did before it goes on, when asked to', async () => {
    const data = createAccountData();
    const [a, b] = [await device(data), await device(data)];
    a.hear();
    value(await a.vault.put('later', 'one', 1));
    await until(() => data.puts.length === 1);
    b.hear();
    await until(() => b.vault.values('later').size === 1);
    value(await b.vault.put('later', 'one', null));
    await until(() => data.puts.length === 2);
    expect(a.vault.values('later').size).toBe(1);
    data.fail(true);
    expect(await a.vault.refresh('later', 'one')).toEqual(err({ code: 'offline' }));
    data.fail(false);
    value(await a.vault.refresh('later', 'one'));
    expect(a.vault.values('later').size).toBe(0);
    a.state.secret = newKey;
    a.state.current = false;
    expect(await a.vault.refresh('later', 'one')).toMatchObject({ error: { code: 'forbidden' } });
  });

  it('[VAULT-6] keeps what two devices filled one drawer with at once, and lets it be changed', async () => {
    const data = createAccountData();
    const [a, b] = [await device(data), await device(data)];
    const keys = keysOfDrawer(5, 4);
    const long = 'x'.repeat(80 * 1024);
    for (const [index, key] of keys.entries()) value(await (index < 2 ? a : b).vault.put('saved', key, long));
    a.hear();
    await until(() => data.puts.length === 1);
    b.hear();
    await until(() => data.puts.length === 2);
    const c = await device(data);
    c.hear();
    await until(() => c.vault.values('saved').size === 4);
    expect(await c.vault.put('saved', keys[0] ?? '', `${long}longer`)).toMatchObject({ error: { code: 'too-large' } });
    value(await c.vault.put('saved', keys[0] ?? '', 'short'));
    await until(() => data.puts.length === 3);
    a.hear();
    await until(() => a.vault.values('saved').get(keys[0] ?? '') === 'short');
    expect(a.vault.values('saved').size).toBe(4);
  });

  it('[VAULT-6] keeps the newest of what many devices filled at once, the same in any order, and reads it again', () => {
    const keys = keysOfDrawer(5, 8);
    const full = keys.map((key, index) =>
      value(setEntry<unknown>(EMPTY_OR_MAP, key, 'x'.repeat(150 * 1024), [index + 1, me], DRAWER_LIMIT)),
    );
    const there = full.reduce(merged);
    expect([...there.keys()].sort()).toEqual(keys.slice(3).sort());
    expect(full.toReversed().reduce(merged)).toEqual(there);
    expect(parseDrawer(Object.fromEntries(there))).toEqual(there);
    expect(merged(there, full[0] ?? EMPTY_OR_MAP)).toEqual(there);
  });

  it('[VAULT-6] never writes over what a device of the account sealed and this one cannot read', async () => {
    const data = createAccountData();
    const a = await device(data);
    const type = typeOf({ name: 'saved', drawer: drawerOf('one') });
    const { random } = createMemoryPlatform({ storagePrefix: 'unread' });
    data.stored.set(type, await sealVault(await deriveVaultKey(oldKey, me), random, `${me} ${type}`, ['strange']));
    value(await a.vault.put('saved', 'one', 1));
    expect(await a.vault.refresh('saved', 'one')).toMatchObject({ error: { code: 'forbidden' } });
    a.hear();
    value(await a.vault.put('saved', otherDrawer('one'), 2));
    await until(() => data.puts.length > 0);
    expect(data.puts).not.toContain(type);
  });

  it('[VAULT-3] waits without a network and without a key, across a restart', async () => {
    const data = createAccountData();
    const a = await device(data, null);
    a.hear();
    value(await a.vault.put('saved', 'one', 1));
    expect(data.puts).toEqual([]);
    const restarted = await a.open();
    expect(restarted.values('saved').get('one')).toBe(1);
    data.fail(true);
    a.state.secret = oldKey;
    a.hear(restarted);
    restarted.wake();
    await expect.poll(() => data.puts.length).toBe(0);
    data.fail(false);
    await until(() => {
      a.clock.advance(400_000);
      return data.puts.length > 0;
    });
  });

  it('[VAULT-4] [T5] goes on with what it knows when the server brings back an older version', async () => {
    const data = createAccountData();
    const a = await device(data);
    a.hear();
    value(await a.vault.put('saved', 'one', 1));
    await until(() => data.puts.length === 1);
    const older = new Map(data.stored);
    value(await a.vault.put('saved', 'one', null));
    await until(() => data.puts.length === 2);
    for (const [type, content] of older) data.stored.set(type, content);
    a.hear();
    await until(() => data.puts.length === 3);
    expect(a.vault.values('saved').size).toBe(0);
  });

  it('[VAULT-4] opens nothing that was changed, moved, or sealed for somebody else', async () => {
    const { random } = createMemoryPlatform({ storagePrefix: 'hostile' });
    const key = await deriveVaultKey(oldKey, me);
    const sealed = await sealVault(key, random, 'here', { a: 1 });
    expect(await openVault(key, 'here', sealed)).toEqual(ok({ a: 1 }));
    expect(await openVault(key, 'there', sealed)).toEqual(err('damaged'));
    const flipped = `${sealed.ciphertext[0] === 'A' ? 'B' : 'A'}${sealed.ciphertext.slice(1)}`;
    expect(await openVault(key, 'here', { ...sealed, ciphertext: flipped })).toEqual(err('damaged'));
    expect(await openVault(await deriveVaultKey(newKey, me), 'here', sealed)).toEqual(err('other-key'));
    expect(await openVault(await deriveVaultKey(oldKey, '@eve:interieur.test'), 'here', sealed)).toEqual(
      err('other-key'),
    );
    expect(await openVault(key, 'here', { ...sealed, v: 2 })).toEqual(err('newer'));
    for (const nonsense of [
      null,
      [],
      'x',
      {},
      { ...sealed, iv: '*' },
      { ...sealed, ciphertext: 'A' },
      { ...sealed, iv: '' },
    ])
      expect((await openVault(key, 'here', nonsense)).ok).toBe(false);
    expect(parseDrawer(JSON.parse('{"__proto__":{"value":1,"at":[1,"@a:b"]}}'))?.size ?? 1).toBe(1);
    for (const nonsense of [null, [], { a: 1 }, { a: { value: 1, at: [2 ** 50, me] } }])
      expect(parseDrawer(nonsense)).toBeNull();
    expect([placeOf('fr.besace.vault.saved.16'), placeOf('m.direct'), placeOf('fr.besace.vault.A.1')]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('[VAULT-5] seals anew under a new key, and writes nothing under an old one', async () => {
    const data = createAccountData();
    const [a, b] = [await device(data), await device(data)];
    a.hear();
    value(await a.vault.put('saved', 'one', 1));
    await until(() => data.puts.length === 1);
    a.state.secret = newKey;
    b.state.current = false;
    a.hear();
    await until(() => data.puts.length === 2);
    // The other device still holds the old key: what it puts waits.
    b.hear();
    value(await b.vault.put('saved', 'one', 2));
    const c = await device(data, newKey);
    c.hear();
    await until(() => c.vault.values('saved').get('one') === 1);
    expect(data.puts).toHaveLength(2);
  });

  it('[VAULT-6] refuses what there is no room for, and keeps the rest', async () => {
    const data = createAccountData();
    const a = await device(data);
    const keys = Array.from({ length: 4_000 }, (_, index) => `key-${index}`).filter((key) => drawerOf(key) === 3);
    for (const key of keys.slice(0, DRAWER_LIMIT)) value(await a.vault.put('saved', key, 1));
    expect(await a.vault.put('saved', keys[DRAWER_LIMIT] ?? '', 1)).toMatchObject({ error: { code: 'too-large' } });
    expect(await a.vault.put('later', 'long', 'x'.repeat(300 * 1024))).toMatchObject({ error: { code: 'too-large' } });
    expect(a.vault.values('saved').size).toBe(DRAWER_LIMIT);
    value(await a.vault.put('saved', keys[0] ?? '', null));
    value(await a.vault.put('saved', keys[DRAWER_LIMIT] ?? '', 1));
    expect(typeOf({ name: 'saved', drawer: 3 })).toBe('fr.besace.vault.saved.3');
  });
});

function keysOfDrawer(drawer: number, many: number): readonly string[] {
  const all = Array.from({ length: 4_000 }, (_, index) => `key-${index}`);
  return all.filter((key) => drawerOf(key) === drawer).slice(0, many);
}

function otherDrawer(key: string): string {
  return drawerOf(`${key}1`) === drawerOf(key) ? `${key}2` : `${key}1`;
}

/** Two keys of one drawer. */
function sameDrawer(): readonly [string, string] {
  for (let index = 0; ; index++) if (drawerOf(`k${index}`) === drawerOf('k')) return ['k', `k${index}`];
}
