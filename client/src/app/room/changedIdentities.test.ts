import type { ChangedIdentity } from '@besace/matrix/api/types';
import { parseUserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { describe, expect, it, vi } from 'vitest';
import { effectScope } from 'vue';
import { type Watched, watched, watchedApi } from '../../testing/watchedApi.ts';
import { useChangedIdentities } from './useChangedIdentities.ts';

function user(name: string) {
  const parsed = parseUserId(`@${name}:interieur.test`);
  if (!parsed.ok) throw new Error(name);
  return parsed.value;
}
const member = (name: string) => ({ userId: user(name), name, membership: 'join', power: 0, outsider: false }) as never;

describe('people whose identity changed', () => {
  it('[T9] are named in the rooms where they are, until one has accepted it', async () => {
    const changed: Watched<readonly ChangedIdentity[]> = watched([] as readonly ChangedIdentity[]);
    const acceptIdentity = vi.fn<Parameters<typeof useChangedIdentities>[0]['acceptIdentity']>(async () =>
      err({ code: 'offline' }),
    );
    const scope = effectScope();
    const api = watchedApi({ watchChangedIdentities: changed.watch, acceptIdentity });
    const notes = scope.run(() => useChangedIdentities(api, () => [member('ada'), member('bob')])) as ReturnType<
      typeof useChangedIdentities
    >;
    expect(notes.people.value).toEqual([]);
    changed.say([
      { userId: user('bob'), at: 1 },
      { userId: user('elsewhere'), at: 2 },
    ]);
    expect(notes.people.value).toEqual([{ userId: user('bob'), name: 'bob' }]);
    await notes.accept(user('bob'));
    expect(notes.failure.value).toEqual({ code: 'offline' });
    acceptIdentity.mockResolvedValue(ok(undefined));
    await notes.accept(user('bob'));
    expect([notes.failure.value, acceptIdentity.mock.calls.length]).toEqual([null, 2]);
    changed.say([]);
    expect(notes.people.value).toEqual([]);
    scope.stop();
    await vi.waitFor(() => expect(changed.watchers()).toBe(0));
  });
});
