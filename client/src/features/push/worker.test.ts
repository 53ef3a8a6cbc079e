import type { Woken } from '@besace/matrix/wake/wake';
import { describe, expect, it } from 'vitest';
import { readInTime } from './inTime.ts';
import { openPlace, pathFor, placeOf } from './openPlace.ts';
import { USUAL } from './quiet.ts';
import { readShared, tellServiceWorker } from './shared.ts';

describe('the service worker', () => {
  it('[NOTIFY-5] waits no longer than its time, asks the reading to end, and is not done before it has ended', async () => {
    const time = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Woken>();
    let asked: AbortSignal | null = null;
    const { woken, settled } = readInTime((signal) => {
      asked = signal;
      return answer.promise;
    }, time.promise);
    let done = false;
    void settled.then(() => {
      done = true;
    });
    const isAsked = () => asked?.aborted;
    expect(isAsked()).toBe(false);
    time.resolve();
    expect(await woken).toEqual({ kind: 'unread' });
    expect([isAsked(), done]).toEqual([true, false]);
    answer.resolve({ kind: 'nothing' });
    await settled;
    expect(done).toBe(true);
  });

  it('[NOTIFY-5] what breaks is unread, and done', async () => {
    const { woken, settled } = readInTime(() => Promise.reject(new Error('broken')), new Promise(() => undefined));
    expect(await woken).toEqual({ kind: 'unread' });
    await settled;
  });

  it('[TELL-3] a notification opens in a page of its account, else in a new window that says which', async () => {
    const place = { path: '/salon/!r/discussion?message=%24e', storagePrefix: 'besace-abcd1234' };
    const wrong = page('besace');
    const right = page('besace-abcd1234');
    const some = clients([wrong, page(null), right]);
    await openPlace(some, place, () => new Promise(() => undefined));
    expect([wrong.opened, right.opened, some.windows]).toEqual([[], [place.path], []]);
    const none = clients([wrong, page(null)]);
    await openPlace(none, place, async () => undefined);
    expect(none.windows).toEqual([`${place.path}&compte=abcd1234`]);
    expect(wrong.opened).toEqual([]);
    expect(pathFor({ path: '/aujourdhui', storagePrefix: 'besace' })).toBe('/aujourdhui?compte=');
    expect(pathFor({ path: '/aujourdhui', storagePrefix: null })).toBe('/aujourdhui');
  });

  it('[TELL-3] what a notification carries is not believed', () => {
    for (const odd of [null, 3, {}, { path: '//evil.test' }, { path: 'https://evil.test', storagePrefix: 'x' }]) {
      expect(placeOf(odd)).toEqual({ path: '/', storagePrefix: null });
    }
  });

  it('[TELL-7] is told two things at once and keeps both', async () => {
    const storage = cacheStorage();
    expect((await readShared(storage)).outsiderServers).toBeNull();
    await Promise.all([
      tellServiceWorker({ outsiderServers: ['externes.test'] }, storage),
      tellServiceWorker({ words: { title: 'Besace' } }, storage),
    ]);
    expect(await readShared(storage)).toEqual({
      choices: USUAL,
      words: { title: 'Besace' },
      outsiderServers: ['externes.test'],
    });
  });
});

/** A page that shows this account; null: one that does not answer. */
function page(storagePrefix: string | null) {
  const opened: string[] = [];
  return {
    opened,
    postMessage(message: unknown, transfer: Transferable[] = []) {
      const said = message as { whose?: true; open?: string };
      const [port] = transfer as MessagePort[];
      if (said.open !== undefined) opened.push(said.open);
      if (said.whose && storagePrefix !== null) port?.postMessage(storagePrefix);
    },
    focus: async () => undefined,
  };
}

function clients(pages: readonly ReturnType<typeof page>[]) {
  const windows: string[] = [];
  return {
    windows,
    claim: async () => undefined,
    matchAll: async () => pages,
    openWindow: async (path: string) => void windows.push(path),
  };
}

function cacheStorage(): CacheStorage {
  let kept: string | null = null;
  const cache = {
    match: async () => (kept === null ? undefined : new Response(kept)),
    put: async (_: string, answer: Response) => {
      kept = await answer.text();
    },
  };
  return { open: async () => cache } as unknown as CacheStorage;
}
