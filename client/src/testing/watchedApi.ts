import type { Account, BesaceApi, Stop } from '@besace/matrix/api/types';
import { parseDeviceId, parseUserId } from '@besace/protocol/core/ids';

/** One watched value of the double: the test says it, the view model hears it. */
export type Watched<T> = {
  /** To be given as the api's `watchX`. */
  readonly watch: (...args: [...unknown[], (value: T) => void]) => Promise<Stop>;
  /** Says a value to all who watch now, and to who comes later. */
  say(value: T): void;
  /** How many watch now. */
  watchers(): number;
};

/**
 * An api of exactly the methods that a test gives (`createApiDouble` is a whole small world): what a test gives, and nothing else: calling what it did not give fails the test.
 * It is no server: what servers do is tested on real ones.
 */
export function watchedApi(parts: Partial<BesaceApi>): BesaceApi {
  return new Proxy(parts as BesaceApi, {
    get(target, name, receiver) {
      if (name in target || typeof name === 'symbol' || name === 'then') return Reflect.get(target, name, receiver);
      throw new Error(`this test's api has no ${name}`);
    },
  });
}

export function watched<T>(initial?: T): Watched<T> {
  const listeners = new Set<(value: T) => void>();
  let latest = initial;
  return {
    async watch(...args) {
      const listener = args.at(-1) as (value: T) => void;
      listeners.add(listener);
      if (latest !== undefined) listener(latest);
      return () => void listeners.delete(listener);
    },
    say(value) {
      latest = value;
      for (const listener of listeners) listener(value);
    },
    watchers: () => listeners.size,
  };
}

/** Camille, of the first ministry. */
export function testAccount(over: Partial<Account> = {}): Account {
  const userId = parseUserId('@camille.durand:interieur.test');
  const deviceId = parseDeviceId('DEVICE');
  if (!userId.ok || !deviceId.ok) throw new Error('not an account');
  return {
    userId: userId.value,
    deviceId: deviceId.value,
    homeserver: '/hs/interieur',
    displayName: 'Camille Durand',
    ...over,
  };
}
