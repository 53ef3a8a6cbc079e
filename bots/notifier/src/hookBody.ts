import { err, ok, type Result } from '@besace/protocol/core/result';
import * as v from 'valibot';

/** Bytes of a request's body. */
export const MAX_BODY_BYTES = 32 * 1024;
const MAX_TEXT = 16_000;

const text = v.pipe(v.string(), v.trim(), v.nonEmpty());
const schema = v.object({
  text: v.pipe(text, v.maxLength(MAX_TEXT)),
  title: v.optional(v.pipe(text, v.maxLength(200))),
  url: v.optional(v.pipe(v.string(), v.url(), v.regex(/^https?:/i), v.maxLength(2_000))),
});

export type BodyError = { readonly status: 400 | 413 | 415; readonly message: string };

/** The plain text of the message that a hook's body asks for. JSON is an object with `text`, and `title` and `url` where it likes. */
export function messageOf(contentType: string, body: string): Result<string, BodyError> {
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  if (type === 'text/plain') return plain(body);
  if (type !== 'application/json') return err({ status: 415, message: 'Send text/plain or application/json.' });
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return err({ status: 400, message: 'The body is not JSON.' });
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) {
    const { title, text: said, url } = parsed.output;
    return ok([title, said, url].filter((part) => part !== undefined).join('\n'));
  }
  const issue = parsed.issues[0];
  const status = issue.type === 'max_length' ? 413 : 400;
  return err({ status, message: `${v.getDotPath(issue) ?? 'body'}: ${issue.message}` });
}

function plain(body: string): Result<string, BodyError> {
  const said = body.trim();
  if (said === '') return err({ status: 400, message: 'The body is empty.' });
  if (said.length > MAX_TEXT) return err({ status: 413, message: `At most ${MAX_TEXT} characters.` });
  return ok(said);
}
