import { parseUserId } from '@besace/protocol/core/ids';
import { CryptoEvent, UserVerificationStatus } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { describe, expect, it } from 'vitest';
import { openLocalDb } from '../local/db.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { createScope } from '../session/scope.ts';
import { watchChangedIdentities } from './changedIdentities.ts';

const parsed = parseUserId('@ada:interieur.test');
if (!parsed.ok) throw new Error('an id');
const me = parsed.value;
const many = Array.from({ length: 230 }, (_, at) => `@p${at}:culture.test`);

describe('an identity that changed', () => {
  it('[DEVICE-2] [T9] is noticed at the next start where nobody heard of it, once', async () => {
    const db = await openLocalDb(createMemoryPlatform({ storagePrefix: 'identities' }));
    const changed = new Set([many[3], many[229]]);
    const first = start(db, changed);
    await first.wait();
    expect(first.told).toEqual([]);
    await first.wake();
    expect(first.told).toEqual([many[3], many[229]]);
    first.scope.end();
    // Accepted on the way, with nobody listening: it is taken out as well.
    changed.delete(many[3]);
    const second = start(db, changed);
    await second.wake();
    expect(second.told).toEqual([]);
    expect(second.shown()).toEqual([many[229]]);
    second.scope.end();
    db.close();
  });

  it('[DEVICE-2] is asked for no longer once the session ends', async () => {
    const db = await openLocalDb(createMemoryPlatform({ storagePrefix: 'identities-end' }));
    const one = start(db, new Set(many));
    one.scope.end();
    await one.wake();
    expect([one.asked(), one.told]).toEqual([0, []]);
    db.close();
  });

  it('[DEVICE-2] [T9] is told when it is heard of, and not again when it is looked for', async () => {
    const db = await openLocalDb(createMemoryPlatform({ storagePrefix: 'identities-live' }));
    const one = start(db, new Set([many[0]]));
    one.heard(many[0] as string);
    await one.wake();
    expect(one.told).toEqual([many[0]]);
    one.scope.end();
    db.close();
  });
});

/** A session whose machine says that the identities of `changed` are others; its clock stands until it is woken. */
function start(db: Awaited<ReturnType<typeof openLocalDb>>, changed: ReadonlySet<string | undefined>) {
  const scope = createScope();
  const told: string[] = [];
  const { logger } = createMemoryPlatform({ storagePrefix: 'identities' });
  let asked = 0;
  let timers: (() => void)[] = [];
  let listener: (user: string, status: UserVerificationStatus) => void = () => undefined;
  const status = (user: string) => new UserVerificationStatus(false, false, false, changed.has(user));
  const people = watchChangedIdentities({
    client: {
      on: (event: string, heard: typeof listener) => {
        if (event === CryptoEvent.UserTrustStatusChanged) listener = heard;
      },
      off: () => undefined,
    } as never,
    crypto: {
      pinCurrentUserIdentity: async () => undefined,
      getUserVerificationStatus: async (user) => {
        asked += 1;
        return status(user);
      },
    },
    db,
    me,
    clock: {
      now: () => 1,
      monotonic: () => 1,
      after(_ms, run) {
        timers.push(run);
        return () => {
          timers = timers.filter((other) => other !== run);
        };
      },
    },
    logger,
    scope,
    followed: async () => ['no user', '@ada:interieur.test', ...many],
    onChanged: ({ userId }) => told.push(userId),
  });
  const shown = () => {
    let list: string[] = [];
    people.watch((now) => {
      list = now.map(({ userId }) => userId);
    })();
    return list;
  };
  /** Until its line of steps is empty: a step of its own, that changes nothing, is through. */
  const wait = () => people.accept('@nobody:culture.test' as never);
  return {
    scope,
    told,
    shown,
    wait,
    asked: () => asked,
    heard: (user: string) => listener(user, status(user)),
    async wake() {
      await wait();
      while (timers.length > 0) {
        const due = timers;
        timers = [];
        for (const run of due) run();
        await expect.poll(() => timers.length > 0 || asked >= many.length, { interval: 5 }).toBe(true);
        await wait();
      }
    },
  };
}
