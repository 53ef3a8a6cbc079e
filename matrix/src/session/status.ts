import type { SessionStatus, Stop } from '../api/types.ts';
import type { Logger } from '../platform/platform.ts';
import { createEmitter } from './emitter.ts';

/** The status of the session, and who watches it. Listeners start with what is now. */
export interface StatusStore {
  readonly value: SessionStatus;
  update(change: Partial<SessionStatus>): void;
  watch(listener: (status: SessionStatus) => void): Stop;
}

export const NO_SESSION: SessionStatus = {
  account: null,
  identity: { kind: 'unknown' },
  connection: { kind: 'starting' },
  lockedEvents: 0,
  keyRestore: null,
};

export function createStatusStore(logger: Logger): StatusStore {
  const changes = createEmitter<SessionStatus>(logger, 'status');
  let value = NO_SESSION;
  return {
    get value() {
      return value;
    },
    update(change) {
      value = { ...value, ...change };
      changes.emit(value);
    },
    watch(listener) {
      const stop = changes.on(listener);
      listener(value);
      return stop;
    },
  };
}
