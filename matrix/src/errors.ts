import type { BesaceError } from './api/types.ts';

/** A typed failure carried through code that must throw. `besace.ts` turns it into a value at the border. */
export class BesaceFailure extends Error {
  readonly error: BesaceError;

  constructor(error: BesaceError, cause?: unknown) {
    super(error.detail === undefined ? error.code : `${error.code}: ${error.detail}`, { cause });
    this.name = 'BesaceFailure';
    this.error = error;
  }
}

/** Codes after which trying the same again may succeed without anybody doing anything. */
export function isTransient(error: BesaceError): boolean {
  return (
    error.code === 'offline' ||
    error.code === 'limited' ||
    error.code === 'server-failed' ||
    error.code === 'server-nonsense'
  );
}

/** What IndexedDB throws when it is full, wiped, closed under us or not available. */
export function storageError(thrown: unknown): BesaceError | null {
  if (!(thrown instanceof Error)) return null;
  switch (thrown.name) {
    case 'QuotaExceededError':
    case 'InvalidStateError':
    case 'NotFoundError':
    case 'AbortError':
    case 'UnknownError':
    case 'VersionError':
    case 'SecurityError':
      return { code: 'storage-lost', detail: thrown.name };
    default:
      return null;
  }
}
