import { wrap } from 'comlink';
import type { SessionPort, SessionWorker } from './contract.ts';

/** Starts the session worker: a chunk of its own, fetched now and not before. Its name tells it whose store it opens. */
export function spawnSessionWorker(storagePrefix: string): SessionPort {
  const worker = new Worker(new URL('./session.worker.ts', import.meta.url), {
    type: 'module',
    name: storagePrefix,
  });
  return {
    remote: wrap<SessionWorker>(worker),
    onError(listener) {
      worker.addEventListener('error', (event) => listener(event.message || 'the worker could not be loaded'));
    },
    terminate: () => worker.terminate(),
  };
}
