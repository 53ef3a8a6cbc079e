import { parseUserId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { describe, expect, it } from 'vitest';
import { openLocalDb } from '../local/db.ts';
import { must, until } from '../outbox/testing.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import type { HttpPort, HttpRequest } from '../session/context.ts';
import { createIgnored, ignoredIn } from './ignored.ts';
import { createStrangers } from './strangers.ts';

const ME = must(parseUserId('@ada:interieur.test'));
const EVE = must(parseUserId('@eve:externes.test'));
const BOB = must(parseUserId('@bob:culture.test'));
let count = 0;

function http(answer: (request: HttpRequest) => ReturnType<HttpPort['json']>): HttpPort {
  return { json: answer, bytes: () => Promise.reject(new Error('no bytes')) };
}

describe('people', () => {
  it('[PPL-2] [T7] reads what it can of the list, and leaves the rest of it as it was', async () => {
    expect(ignoredIn({ ignored_users: { [EVE]: {}, nonsense: {}, '@': 1 } })).toEqual([EVE]);
    for (const nonsense of [null, [], {}, { ignored_users: [] }, { ignored_users: 'x' }])
      expect(ignoredIn(nonsense)).toEqual([]);
    const platform = createMemoryPlatform({ storagePrefix: `people-${++count}` });
    const db = await openLocalDb(platform);
    let stored: unknown = { other: 1, ignored_users: { [BOB]: { since: 2 }, [ME]: {} } };
    const ignored = createIgnored({
      me: ME,
      db,
      logger: platform.logger,
      http: http(async ({ method, body }) => {
        if (method === 'PUT') stored = body;
        return ok(method === 'PUT' ? {} : stored);
      }),
    });
    must(await ignored.set(EVE, true));
    expect(stored).toEqual({ other: 1, ignored_users: { [BOB]: { since: 2 }, [ME]: {}, [EVE]: {} } });
    expect([ignored.has(EVE), ignored.has(BOB), ignored.has(ME)]).toEqual([true, true, false]);
    const heard: (readonly UserId[])[] = [];
    ignored.onChange((users) => heard.push(users));
    await db.write([{ store: 'timeline', key: '!room', value: 1 }]);
    ignored.deliver([{ type: 'm.ignored_user_list', content: { ignored_users: { [EVE]: {} } } }]);
    await until(() => heard.length === 1);
    expect(heard).toEqual([[EVE]]);
    // [PPL-3] What the server left out while she was ignored is read anew.
    expect(await db.get('timeline', '!room')).toBeUndefined();
    const next = createIgnored({
      me: ME,
      db,
      logger: platform.logger,
      http: http(async () => err({ code: 'offline' })),
    });
    await next.load();
    expect(next.users).toEqual([EVE]);
    expect(await next.set(BOB, true)).toMatchObject({ error: { code: 'offline' } });
    expect(next.has(BOB)).toBe(false);
  });

  it('[PPL-4] takes whoever invites as a stranger until a shared room is known of, and asks once', async () => {
    const asked: string[] = [];
    let down = true;
    let changed = 0;
    const here = new Map<UserId, { membership: string }>();
    const strangers = createStrangers({
      http: http(async ({ query }) => {
        asked.push(query?.user_id ?? '');
        return down ? err({ code: 'offline' }) : ok({ joined: query?.user_id === BOB ? ['!room', 7] : ['nonsense'] });
      }),
      joined: () => [{ member: (user) => here.get(user) }],
      onChange: () => {
        changed += 1;
      },
    });
    expect([strangers.isStranger(BOB), strangers.isStranger(BOB)]).toEqual([true, true]);
    expect(asked).toEqual([BOB]);
    down = false;
    strangers.askAgain();
    expect(strangers.isStranger(BOB)).toBe(true);
    await until(() => changed === 1);
    expect(strangers.isStranger(BOB)).toBe(false);
    expect(strangers.isStranger(EVE)).toBe(true);
    await until(() => changed === 2);
    expect(strangers.isStranger(EVE)).toBe(true);
    here.set(EVE, { membership: 'invite' });
    expect(strangers.isStranger(EVE)).toBe(true);
    here.set(EVE, { membership: 'join' });
    expect(strangers.isStranger(EVE)).toBe(false);
  });
});
