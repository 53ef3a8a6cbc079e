import cryptoWasmUrl from 'besace-crypto-wasm';
import { expose } from 'comlink';
import { createSessionWorker } from './sessionWorker.ts';

/*
 * The session worker: the only part of the client that loads matrix-js-sdk. Its code and the crypto wasm, which is a file of its own,
 * are fetched side by side; the SDK finds the wasm in the browser's cache.
 */
const fetched = fetch(cryptoWasmUrl, { credentials: 'same-origin' }).then(async (answer) => {
  await answer.arrayBuffer();
  return answer.ok;
});
fetched.catch(() => undefined); // Only ahead of time: the SDK asks again, and it is its failure that counts.

const lockName = `${self.name}-session`;

expose(
  createSessionWorker({
    locks: navigator.locks,
    lockName,
    wakeLock: `${self.name}-wake`,
    channel: new BroadcastChannel(lockName),
    announceNetwork: (up) => void globalThis.dispatchEvent(new Event(up ? 'online' : 'offline')),
    makeSession: async () => {
      const { makeSession } = await import('./makeSession.ts');
      return makeSession(self.name, cryptoWasmUrl, fetched);
    },
  }),
);
