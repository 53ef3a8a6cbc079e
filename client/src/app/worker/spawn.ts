import type { SessionPort } from './contract.ts';

/** Starts the session worker. */
export function spawnSessionWorker(): SessionPort {
  throw new Error('the session worker is not part of this build yet');
}
