export type SetupErrorCode =
  | 'bad-configuration'
  | 'busy-port'
  | 'disk-full'
  | 'missing-tool'
  | 'unsupported'
  | 'already-running'
  | 'certificate-expired'
  | 'part-failed'
  | 'build-failed'
  | 'no-answer';

/** Something that keeps the suite from starting and that a person can mend: one line for what, one for what to do. */
export class SetupError extends Error {
  readonly code: SetupErrorCode;
  /** What the person can do about it: a sentence. */
  readonly remedy: string;

  constructor(code: SetupErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SetupError';
    this.code = code;
    this.remedy = remedy;
  }
}

/** One line for a person: what is wrong and what to do. Errors of the system that a person can mend are told as such. */
export function describeError(error: unknown): string {
  if (error instanceof SetupError) return `${error.message}. ${error.remedy}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC') return 'the disk is full. Free some space, then start again; nothing that was saved is lost.';
  if (code === 'EACCES' || code === 'EROFS') return `${String(error)}. Give this user the right to write there.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
