import type { RoomId, UserId } from '@besace/protocol/core/ids';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LocalDb } from '../local/db.ts';
import { find } from './find.ts';
import type { Message } from './indexState.ts';
import { forgetIndex, openIndex } from './messageIndex.ts';
import { DamagedIndex } from './segment.ts';
import { tend } from './tend.ts';
import { idsOf, message, only, openDevice } from './testing.ts';
import { createTalk } from './testTalk.ts';
import { indexWords, queryWords } from './words.ts';

describe('the index', () => {
  it('finds by word beginnings, all of them, after a restart too [INDEX-1 INDEX-2]', async () => {
    const device = await openDevice();
    await device.index.commit(only(message('a', 'Réunion du budget'), message('b', 'réunion annulée')));
    for (const index of [device.index, await device.restart()]) {
      expect(await idsOf(index, 'reun')).toEqual(['$a', '$b']);
      expect(await idsOf(index, 'RÉUN bud')).toEqual(['$a']);
      expect(await idsOf(index, 'union')).toEqual([]);
    }
  });

  it('finds an edited message by its new words only, and a removed one not at all [INDEX-3]', async () => {
    const device = await openDevice();
    await device.index.commit(only(message('a', 'ancien secret'), message('b', 'autre')));
    await device.index.commit(only(message('a', 'nouveau')));
    await device.index.commit({ put: [], drop: [message('b', '')], with: [] });
    for (const index of [device.index, await device.restart()]) {
      expect(await idsOf(index, 'secret')).toEqual([]);
      expect(await idsOf(index, 'autre')).toEqual([]);
      expect(await idsOf(index, 'nouveau')).toEqual(['$a']);
      expect(index.count).toBe(1);
    }
    expect(JSON.stringify(await device.db.list('search', 'log/'))).not.toMatch(/secret|autre/);
  });

  it('keeps only sealed values [INDEX-4]', async () => {
    const device = await openDevice();
    await device.index.commit(only(message('a', 'confidentiel')));
    const raw = await rawValues(device.platform.indexedDB, `${device.platform.storagePrefix}-local`);
    expect(raw.length).toBeGreaterThan(1);
    for (const value of raw) expect(new TextDecoder().decode(value)).not.toContain('confidentiel');
  });

  it('filters by person, room, date and file, and pages newest first [INDEX-6]', async () => {
    const { index } = await openDevice();
    const bob = '@bob:culture.test' as UserId;
    const other = '!other' as RoomId;
    await index.commit(
      only(
        message('1', 'note une', { at: 1 }),
        message('2', 'note deux', { at: 2, sender: bob }),
        message('3', 'note.pdf', { at: 3, kind: 'file' }),
        message('4', 'note quatre', { at: 4, roomId: other }),
      ),
    );
    const all = {
      words: ['note'],
      sender: null,
      roomId: null,
      from: null,
      before: null,
      hasFile: false,
      limit: 10,
      after: null,
    };
    const ask = async (more: object) => {
      const { places, total } = await find(index, { ...all, ...more });
      return [total, ...places.map(({ at }) => at)];
    };
    expect(await ask({})).toEqual([4, 4, 3, 2, 1]);
    expect(await ask({ sender: bob })).toEqual([1, 2]);
    expect(await ask({ sender: '@nobody:x' })).toEqual([0]);
    expect(await ask({ roomId: other })).toEqual([1, 4]);
    expect(await ask({ from: 2, before: 4 })).toEqual([2, 3, 2]);
    expect(await ask({ hasFile: true, words: [] })).toEqual([1, 3]);
    expect(await ask({ limit: 2 })).toEqual([4, 4, 3]);
    expect(await ask({ limit: 2, after: { at: 3, doc: 2 } })).toEqual([4, 2, 1]);
  });

  it('lets go of a room that was left: what it found, its texts, its notes; cut short, it goes on [INDEX-5]', async () => {
    const device = await openDevice();
    const room = '!left' as RoomId;
    const messages = Array.from({ length: 300 }, (_, at) =>
      message(String(at), `parole ${at}`, at % 3 === 0 ? { roomId: room } : {}),
    );
    await device.index.commit(only(...messages));
    await device.index.commit({ put: [], drop: [], with: [{ store: 'search', key: `note/${room}/$1`, value: {} }] });
    const killed = dying(device.db, 2);
    const doomed = await openIndex({ db: killed, clock: device.platform.clock, random: device.platform.random });
    await expect(doomed.dropRoom(room)).rejects.toThrow('killed');
    const index = await device.restart();
    expect((await idsOf(index, 'parole')).length).toBe(200);
    expect(await device.db.keys('search', 'note/')).toEqual([]);
    expect(await device.db.keys('search', 'gone/')).toEqual([]);
  });

  it('says when what is stored is not whole, and can be begun again [INDEX-2]', async () => {
    const device = await openDevice();
    await device.index.commit(only(message('a', 'un')));
    await device.db.write([{ store: 'search', key: 'meta', value: { v: 0 } }]);
    await expect(device.restart()).rejects.toThrow(DamagedIndex);
    await forgetIndex(device.db);
    expect((await device.restart()).count).toBe(0);
  });

  it('is found whole after a kill at any write: what a commit promised, and nothing half [INDEX-2]', async () => {
    const talk = createTalk(3, 500);
    const messages = Array.from({ length: 9_000 }, (_, at) => message(String(at), talk.next()));
    const device = await openDevice();
    let kills = 0;
    for (let at = 0; at < messages.length; ) {
      const db = dying(device.db, 1 + ((kills * 7) % 12));
      const doomed = await openIndex({ db, clock: device.platform.clock, random: device.platform.random });
      expect(doomed.count).toBe(at);
      try {
        while (at < messages.length) {
          await doomed.commit(only(...messages.slice(at, at + 500)));
          at += 500;
          while (await tend(db, doomed));
        }
      } catch (thrown) {
        expect(String(thrown)).toContain('killed');
        kills += 1;
      }
    }
    const index = await device.restart();
    while (await tend(device.db, index));
    for (const query of ['de', 'reunion budget', 'm', 'arrete'])
      expect(await idsOf(index, query), query).toEqual(naive(messages, query));
    expect(kills).toBeGreaterThan(2);
  });

  it('equals a naive model over random lives of messages [INDEX-1 INDEX-3]', async () => {
    const word = fc.constantFrom('budget', 'Budgétaire', 'réunion', 'réu', 'été', 'd', 'arrêté', 'zz');
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('put' as const),
          id: fc.nat(40),
          words: fc.array(word, { maxLength: 4 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), id: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('fill' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), room: fc.nat(2) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const device = await openDevice();
        const model = new Map<string, Message>();
        let filled = 0;
        const roomOf = (id: number) => `!room${id % 3}` as RoomId;
        for (const one of steps) {
          const { index } = device;
          if (one.kind === 'put') {
            const put = message(String(one.id), one.words.join(' '), { roomId: roomOf(one.id) });
            model.set(put.eventId, put);
            await index.commit(only(put));
          } else if (one.kind === 'drop') {
            model.delete(`$${one.id}`);
            await index.commit({ put: [], drop: [message(String(one.id), '', { roomId: roomOf(one.id) })], with: [] });
          } else if (one.kind === 'leave') {
            await index.dropRoom(`!room${one.room}` as RoomId);
            for (const [id, { roomId }] of model) if (roomId === `!room${one.room}`) model.delete(id);
          } else if (one.kind === 'fill') {
            // Enough words for a segment.
            const many = Array.from({ length: 128 }, (_, at) =>
              message(`fill${filled + at}`, `x${at} budget`, { roomId: '!other' as RoomId }),
            );
            filled += 128;
            for (const put of many) model.set(put.eventId, put);
            await index.commit(only(...many));
            await tend(device.db, index, { docs: 128 });
          } else {
            while (await tend(device.db, index, { docs: 128 }));
            await device.restart();
          }
        }
        for (const query of ['budg', 'reunion', 'reu', 'd', 'ete zz', 'x1'])
          expect(await idsOf(device.index, query), query).toEqual(naive([...model.values()], query));
        expect(device.index.count).toBe(model.size);
      }),
      { numRuns: 60 },
    );
  });

  it('stays small in memory for a sender of endless different words [INDEX-8]', async () => {
    const device = await openDevice();
    for (let at = 0; at < 4; at++) {
      const hostile = Array.from({ length: 100 }, (_, index) =>
        message(
          `${at}/${index}`,
          Array.from({ length: 600 }, (__, word) => `w${(at * 100 + index) * 600 + word}`).join(' '),
        ),
      );
      await device.index.commit(only(...hostile));
      while (await tend(device.db, device.index));
      expect(device.index.state.words.postings).toBeLessThan(240_000);
    }
    expect(await idsOf(device.index, 'w239999')).toEqual(['$3/99']);
  });
});

function naive(messages: readonly Message[], query: string): string[] {
  const wanted = queryWords(query);
  return messages
    .filter(({ text }) => {
      const words = [...indexWords(text)];
      return wanted.every((word) => words.some((part) => part.startsWith(word)));
    })
    .map(({ eventId }) => eventId)
    .sort();
}

/** A database that is gone after so many writes. */
function dying(db: LocalDb, writes: number): LocalDb {
  let left = writes;
  return {
    ...db,
    async write(changes) {
      if (left <= 0) throw new Error('killed');
      left -= 1;
      return db.write(changes);
    },
    async clear(store, prefix) {
      if (left <= 0) throw new Error('killed');
      return db.clear(store, prefix);
    },
  };
}

async function rawValues(factory: IDBFactory, name: string): Promise<Uint8Array[]> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = factory.open(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const values = await new Promise<unknown[]>((resolve, reject) => {
    const request = db.transaction('search').objectStore('search').getAll();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  db.close();
  return values as Uint8Array[];
}
