import type { Woken } from '@besace/matrix/wake/wake';

/** A reading that is given so much time: what is known when that is over, and when nothing of it runs any longer. */
export type Reading = { readonly woken: Promise<Woken>; readonly settled: Promise<void> };

/**
 * Reads, and gives up waiting when the time is over: the reading is then asked to end, and may still have the keys open until it has settled.
 *
 * @param time resolves when there is no more time
 */
export function readInTime(read: (signal: AbortSignal) => Promise<Woken>, time: Promise<void>): Reading {
  const unread: Woken = { kind: 'unread' };
  const giveUp = new AbortController();
  const reading = read(giveUp.signal).catch(() => unread);
  const late = time.then(() => {
    giveUp.abort();
    return unread;
  });
  return { woken: Promise.race([reading, late]), settled: reading.then(() => undefined) };
}
