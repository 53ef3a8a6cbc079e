import { authorityFrom } from '@besace/protocol/core/authority';
import type { ObjectId } from '@besace/protocol/core/ids';
import { kindOf } from '@besace/protocol/registry';
import { beforeEach, describe, expect, it } from 'vitest';
import { openLocalDb } from '../local/db.ts';
import { openObjectsCopy } from '../local/objectsCopy.ts';
import { earlyObjects } from '../local/objectsView.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { takeVersion } from './entries.ts';
import { judge } from './judge.ts';
import { ObjectTable } from './table.ts';
import { ALICE, address, BOB, cardContent, opened, ROOM, wireVersion } from './testing.ts';

const authority = authorityFrom({ create: null, powerLevels: { users_default: 10, state_default: 10 }, outsiders: [] });
const known = (type: string) => kindOf(type) ?? undefined;
let prefix = 0;
let table: ObjectTable;

beforeEach(() => {
  prefix += 1;
  table = new ObjectTable(known);
});

describe('the local copy of objects', () => {
  it('[OBJ-5] shows after a restart what was shown before, without asking anyone', async () => {
    put('a', 'one', cardContent({ title: ['a', 1, ALICE] }));
    put('b', 'one', cardContent({ title: ['b', 2, BOB] }));
    const again = await restarted();
    expect(again.view(key('one'))).toEqual(table.view(key('one')));
    expect(again.view(key('one'))).toMatchObject({ content: { title: { value: 'b' } }, lastSender: ALICE });
  });

  it('[OBJ-5] shows the same from the copy alone, in batches, before anything else is loaded', async () => {
    const names = Array.from({ length: 251 }, (_, index) => `o${index}`);
    for (const name of names) put(`e-${name}`, name, cardContent({ title: [name, 1, ALICE] }));
    await restarted();
    const db = await openLocalDb(createMemoryPlatform({ storagePrefix: `copy-${prefix}` }));
    const changes = await earlyObjects(db, ROOM);
    expect(changes.map(({ reset, complete, objects }) => [reset, complete, objects.length])).toEqual([
      [true, false, 250],
      [false, false, 1],
    ]);
    expect(changes[0]?.objects[0]).toEqual({ ...table.view(key('o0')), sending: null });
    expect(await earlyObjects(db, '!elsewhere')).toEqual([]);
    db.close();
  });

  it('[OBJ-10] knows without decrypting what the server still holds', async () => {
    put('a', 'one', cardContent({ title: ['a', 1, ALICE] }));
    const again = await restarted();
    expect([again.isSettled(key('one'), '$a' as never), again.isSettled(key('one'), '$b' as never)]).toEqual([
      true,
      false,
    ]);
  });

  it('[OBJ-4][OBJ-5] still tells concurrent versions apart after a restart', async () => {
    put('a', 'one', cardContent({ title: ['a', 2, ALICE] }));
    put('b', 'one', cardContent({ due: ['2026-12-24', 2, BOB] }));
    table = await restarted();
    expect(table.isSettled(key('one'), '$a' as never)).toBe(false);
    put('a', 'one', cardContent({ title: ['a', 2, ALICE] }), 'state');
    expect(table.entry(address(id('one'))).rollbacks.size).toBe(0);
    put('m', 'one', cardContent({ title: ['a', 2, ALICE], due: ['2026-12-24', 2, BOB] }));
    put('a', 'one', cardContent({ title: ['a', 2, ALICE] }), 'state');
    expect(table.entry(address(id('one'))).rollbacks.size).toBe(1);
  });

  it('[OBJ-8][T11] is held by a newer Besace only as long as the author of its version may write', async () => {
    let allowed = true;
    table = new ObjectTable(known, (_kind, sender) => allowed && sender === ALICE);
    put('a', 'one', cardContent({ title: ['a', 1, ALICE] }));
    put('b', 'one', { v: 99 });
    const entry = table.entry(address(id('one')));
    expect([table.isHeld(entry), table.needsCare(entry), table.view(key('one'))?.updateNeeded]).toEqual([
      true,
      false,
      true,
    ]);
    allowed = false;
    expect([table.isHeld(entry), table.needsCare(entry), table.view(key('one'))?.updateNeeded]).toEqual([
      false,
      true,
      false,
    ]);
    expect(table.isSettled(key('one'), '$b' as never)).toBe(false);
    put('c', 'one', cardContent({ title: ['b', 2, ALICE] }));
    expect((await restarted()).view(key('one'))).toMatchObject({ updateNeeded: false });
    expect(table.isSettled(key('one'), '$c' as never)).toBe(true);
  });

  it('keeps a version by a newer Besace as it came', async () => {
    put('a', 'one', { v: 99, anything: { at: 'all' } });
    const again = await restarted();
    expect(again.view(key('one'))).toMatchObject({ updateNeeded: true, content: { anything: { at: 'all' } } });
  });

  it('holds two thousand objects in few values, and writes one of them when one changes', async () => {
    const platform = createMemoryPlatform({ storagePrefix: `copy-${prefix}` });
    const db = await openLocalDb(platform);
    for (let index = 0; index < 2_000; index++)
      put(`e${index}`, `o${index}`, cardContent({ title: [`t${index}`, 1, ALICE] }));
    const writes: number[] = [];
    const counting = {
      ...db,
      write: (changes: Parameters<typeof db.write>[0]) => {
        writes.push(changes.length);
        return db.write(changes);
      },
    };
    const copy = openObjectsCopy(counting, ROOM);
    await copy.load();
    await copy.save(table.keys().flatMap((one) => table.freeze(one) ?? []));
    put('next', 'o5', cardContent({ title: ['changed', 2, ALICE] }));
    await copy.save(table.freeze(key('o5')) === null ? [] : [table.freeze(key('o5'))].filter((one) => one !== null));
    expect(writes).toEqual([10, 1]);
    const read = await openObjectsCopy(db, ROOM).load();
    expect(read).toHaveLength(2_000);
    expect(read.find((one) => one.k === key('o5'))?.c).toMatchObject({ title: { value: 'changed' } });
    db.close();
  });

  it('[T7] leaves out what it cannot read, and keeps the rest', async () => {
    const db = await openLocalDb(createMemoryPlatform({ storagePrefix: `copy-${prefix}` }));
    put('a', 'one', cardContent({ title: ['a', 1, ALICE] }));
    const good = table.freeze(key('one'));
    await db.write([
      { store: 'objects', key: `${ROOM}/00000`, value: { v: 1, objects: [{ k: 7 }, good, 'nonsense'] } },
      { store: 'objects', key: `${ROOM}/00001`, value: { v: 2 } },
    ]);
    expect(await openObjectsCopy(db, ROOM).load()).toEqual([good]);
    db.close();
  });
});

async function restarted(): Promise<ObjectTable> {
  const db = await openLocalDb(createMemoryPlatform({ storagePrefix: `copy-${prefix}` }));
  const copy = openObjectsCopy(db, ROOM);
  await copy.load();
  await copy.save(table.keys().flatMap((one) => table.freeze(one) ?? []));
  const again = new ObjectTable(known);
  again.fill(await openObjectsCopy(db, ROOM).load());
  db.close();
  return again;
}

function put(event: string, object: string, content: Record<string, unknown>, origin: 'live' | 'state' = 'live'): void {
  const packed = address(id(object));
  const kind = known(packed.type);
  if (kind === undefined) throw new Error('tasks are not registered');
  const wire = wireVersion(event, { packed });
  const verdict = judge(wire, opened(wire, content), kind, authority);
  table.set(takeVersion(kind, table.entry(packed), wire, verdict, origin));
}

function id(name: string): ObjectId {
  return name.padEnd(22, '-') as ObjectId;
}

function key(name: string): string {
  return `fr.besace.task:${id(name)}`;
}
