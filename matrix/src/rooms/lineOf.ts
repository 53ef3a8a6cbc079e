import { askIn, withoutNote } from '@besace/protocol/features/messaging';
import { parsePollStart } from '@besace/protocol/features/polls';
import { isRecord } from '../sync/rawEvent.ts';

const LONGEST = 140;

/** One line of a message; null for what has none. */
export function lineOf(content: Readonly<Record<string, unknown>>): string | null {
  const relation = content['m.relates_to'];
  if (typeof content.body !== 'string') return null;
  // A reply of an older client begins with the quoted text (Matrix spec before 1.13).
  const own =
    isRecord(relation) && isRecord(relation['m.in_reply_to'])
      ? content.body.replace(/^(> .*\n)+\n?/, '')
      : content.body;
  const { text } = withoutNote({ text: own, html: null }, askIn(content)?.note ?? '');
  const line = text.replace(/\s+/g, ' ').trim();
  return line === '' ? null : line.slice(0, LONGEST);
}

/** The same, also of the question of a poll. */
export function saidLine(content: Readonly<Record<string, unknown>>): string | null {
  return lineOf(content) ?? parsePollStart(content)?.question.slice(0, LONGEST) ?? null;
}
