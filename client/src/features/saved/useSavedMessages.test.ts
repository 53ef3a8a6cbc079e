import { parseEventId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { expect, it } from 'vitest';
import { effectScope } from 'vue';
import { createApiDouble } from '../../testing/apiDouble.ts';
import { useSavedMessages } from './useSavedMessages.ts';

const status = {
  account: null,
  identity: { kind: 'ready' as const },
  connection: { kind: 'online' as const },
  lockedEvents: 0,
  keyRestore: null,
};

function must<T>(result: { ok: true; value: T } | { ok: false }): T {
  if (!result.ok) throw new Error('a value of the test is refused');
  return result.value;
}

it('[KEPT-1] [KEPT-2] shows what is kept with what it says, page by page, and lets go and takes back', async () => {
  const roomId = must(parseRoomId('!r'));
  const ids = Array.from({ length: 31 }, (_, index) => must(parseEventId(`$e${index}`)));
  const { api, world } = createApiDouble({ status });
  world.saved = ids.map((eventId, index) => ({ roomId, eventId, savedAt: 100 - index }));
  const sender = must(parseUserId('@bob:culture.test'));
  const first = { sender, senderName: 'Bob', at: 1, text: 'À garder', kind: 'text' as const };
  world.savedLines.set('$e0', first);
  const scope = effectScope();
  const model = scope.run(() => useSavedMessages(api));
  if (model === undefined) throw new Error('no scope');
  await expect.poll(() => model.lines.value.size).toBe(30);
  await expect.poll(() => model.lines.value.get(must(parseEventId('$e0')))).toEqual({ kind: 'read', line: first });
  expect(model.lines.value.get(must(parseEventId('$e1')))).toMatchObject({
    kind: 'gone',
    error: { code: 'not-found' },
  });
  expect(model.hasMore.value).toBe(true);
  model.more();
  await expect.poll(() => model.shown.value?.length).toBe(31);
  const gone = world.saved[0];
  if (gone === undefined) throw new Error('nothing kept');
  expect(await model.remove(gone)).toBe(true);
  await expect.poll(() => model.shown.value?.length).toBe(30);
  await model.putBack(gone);
  await expect.poll(() => model.shown.value?.length).toBe(31);
  world.refuse.set('unsave', { code: 'offline' });
  expect(await model.remove(gone)).toBe(false);
  expect(model.problem.value?.code).toBe('offline');
  scope.stop();
});
