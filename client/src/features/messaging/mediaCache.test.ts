import type { BesaceError, Media } from '@besace/matrix/api/types';
import { err, ok } from '@besace/protocol/core/result';
import { expect, test } from 'vitest';
import { createMediaCache } from './mediaCache.ts';

const media = (name: string): Media => ({
  url: `mxc://interieur.test/${name}`,
  file: {},
  name,
  mimetype: 'image/png',
  size: 10,
  width: 10,
  height: 10,
  thumbnail: null,
});

function open(spare: number) {
  const downloads: string[] = [];
  const live = new Set<string>();
  const failure: { error: BesaceError | null } = { error: null };
  const cache = createMediaCache({
    api: {
      download: async ({ name }) => {
        downloads.push(name);
        return failure.error === null ? ok(new Blob([name])) : err(failure.error);
      },
    },
    createUrl: () => {
      const url = `blob:${downloads.length}`;
      live.add(url);
      return url;
    },
    revokeUrl: (url) => void live.delete(url),
    spare,
  });
  return { cache, downloads, live, failure };
}

test('one download for all who show it, and again only once forgotten', async () => {
  const { cache, downloads, live } = open(1);
  const first = await cache.acquire(media('a'));
  expect(await cache.acquire(media('a'))).toEqual(first);
  await cache.acquire(media('b'));
  cache.release(media('a'));
  cache.release(media('b'));
  expect(live.size).toBe(2);
  cache.release(media('a'));
  await Promise.resolve();
  expect(live.size).toBe(1);
  expect(downloads).toEqual(['a', 'b']);
});

test('what is shown is never forgotten', async () => {
  const { cache, live } = open(0);
  await cache.acquire(media('a'));
  await cache.acquire(media('b'));
  cache.release(media('b'));
  await Promise.resolve();
  expect([...live]).toEqual(['blob:1']);
});

test('a failure is not kept', async () => {
  const { cache, failure, downloads } = open(5);
  failure.error = { code: 'offline' };
  expect(await cache.acquire(media('a'))).toEqual(err({ code: 'offline' }));
  failure.error = null;
  expect(await cache.acquire(media('a'))).toMatchObject({ ok: true });
  expect(downloads).toEqual(['a', 'a']);
});

test('clearing takes the decrypted bytes out of memory', async () => {
  const { cache, live } = open(5);
  await cache.acquire(media('a'));
  cache.clear();
  await Promise.resolve();
  expect(live.size).toBe(0);
});
