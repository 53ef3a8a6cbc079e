import type { Account } from '@besace/matrix/api/types';
import type { DeviceId, UserId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import { describe, expect, test } from 'vitest';
import { shallowRef } from 'vue';
import { createSession } from './session.ts';

const claire: Account = {
  userId: '@claire:interieur.test' as UserId,
  deviceId: 'ABC' as DeviceId,
  homeserver: 'https://interieur.test',
  displayName: 'Claire',
};

describe('the session that a device remembers', () => {
  test('is said to be lost when the browser wiped what it kept, and is not taken for a sign-out', async () => {
    const { session, kept } = open(claire, null);
    await session.open();
    expect(session.failure.value).toEqual({ code: 'storage-lost' });
    expect(session.account.value).toEqual(claire);
    session.accept(null);
    expect(kept.size).toBe(0);
  });

  test('is opened when it is there', async () => {
    const { session } = open(claire, claire);
    await session.open();
    expect(session.failure.value).toBeNull();
    expect(session.known.value).toBe(true);
  });
});

function open(remembered: Account, restored: Account | null) {
  const kept = new Map([['besace.account', JSON.stringify(remembered)]]);
  const session = createSession({
    bridge: { state: shallowRef({ kind: 'idle' }), start() {}, takeOver() {}, restart() {} },
    api: { watchStatus: async () => () => {}, restore: async () => ok(restored) },
    storage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
  });
  return { session, kept };
}
