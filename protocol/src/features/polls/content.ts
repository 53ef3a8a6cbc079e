import type { EventId } from '../../core/ids.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { MAX_ANSWERS, MAX_POLL_TEXT, type PollStart } from './schema.ts';

/** An event to be sent: its type, and its content as every Matrix client reads it. */
export type PollEvent = { readonly type: string; readonly content: Record<string, unknown> };

export type PollRefusal = 'question' | 'answers' | 'text-too-long' | 'max-selections';

const PREFIX = 'org.matrix.msc3381.poll';
const TEXT = 'org.matrix.msc1767.text';

/**
 * A new poll, as Element writes it (`PollStartEvent` of matrix-js-sdk), with `body` beside it for what knows neither polls nor extensible events. The
 * ids of the answers are the caller's, unguessable.
 */
export function pollStartEvent(poll: PollStart): Result<PollEvent, PollRefusal> {
  const question = poll.question.trim();
  const answers = poll.answers.map(({ id, text }) => ({ id, text: text.trim() }));
  if (question === '') return err('question');
  if (answers.length < 2 || answers.length > MAX_ANSWERS || answers.some(({ text }) => text === ''))
    return err('answers');
  if ([question, ...answers.map(({ text }) => text)].some((text) => text.length > MAX_POLL_TEXT))
    return err('text-too-long');
  const { maxSelections } = poll;
  if (!Number.isSafeInteger(maxSelections) || maxSelections < 1 || maxSelections > answers.length)
    return err('max-selections');
  const plain = [question, ...answers.map(({ text }, index) => `${index + 1}. ${text}`)].join('\n');
  return ok({
    type: `${PREFIX}.start`,
    content: {
      body: plain,
      [TEXT]: plain,
      [`${PREFIX}.start`]: {
        question: { [TEXT]: question, body: question, msgtype: 'm.text' },
        kind: `${PREFIX}.${poll.disclosed ? 'disclosed' : 'undisclosed'}`,
        max_selections: maxSelections,
        answers: answers.map(({ id, text }) => ({ id, [TEXT]: text })),
      },
    },
  });
}

/** A vote. No answer at all takes back the one before. */
export function pollResponseEvent(poll: EventId, answers: readonly string[]): PollEvent {
  return {
    type: `${PREFIX}.response`,
    content: { ...aboutPoll(poll), [`${PREFIX}.response`]: { answers: [...answers] } },
  };
}

/** The end of a poll. `text` is what an application that knows no polls shows. */
export function pollEndEvent(poll: EventId, text: string): PollEvent {
  return {
    type: `${PREFIX}.end`,
    content: { ...aboutPoll(poll), body: text, [TEXT]: text, [`${PREFIX}.end`]: {} },
  };
}

function aboutPoll(poll: EventId) {
  return { 'm.relates_to': { rel_type: 'm.reference', event_id: poll } };
}
