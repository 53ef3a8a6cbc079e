import { type GenericSchema, getDotPath, safeParse } from 'valibot';
import { err, ok, type Result } from './result.ts';

/** Why a value from outside was refused: where in it, and what was expected there. Never carries the value itself. */
export type ParseError = {
  readonly code: 'bad-shape' | 'too-large' | 'newer-version';
  /** Keys and indexes from the root, such as `columns.3.title`. */
  readonly path: string;
  readonly expected: string;
};

/**
 * Checks a value against a schema without transformations and gives back the value itself, so that what the schema does not know of
 * stays in it. `path` says where the value stands in what is being parsed.
 */
export function parseWith<T>(schema: GenericSchema<T>, value: unknown, path = ''): Result<T, ParseError> {
  const outcome = safeParse(schema, value, { abortEarly: true });
  if (outcome.success) return ok(value as T);
  const issue = outcome.issues[0];
  const inner = getDotPath(issue) ?? '';
  return err({
    code: 'bad-shape',
    path: path !== '' && inner !== '' ? `${path}.${inner}` : path + inner,
    // `message` is ours where a check has no `expected` of its own: see schemas.ts.
    expected: issue.expected ?? issue.message,
  });
}
