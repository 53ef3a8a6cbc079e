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
