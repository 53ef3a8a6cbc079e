/** Why a value from outside was refused: where in it, and what was expected there. Never carries the value itself. */
export type ParseError = {
  readonly code: 'bad-shape' | 'too-large' | 'newer-version';
  /** Keys and indexes from the root, such as `columns.3.title`. */
  readonly path: string;
  readonly expected: string;
};
