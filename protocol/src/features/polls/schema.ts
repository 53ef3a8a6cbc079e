import { isRecord, own } from '../../core/json.ts';

/** What is asked, as its start says. */
export type PollStart = {
  readonly question: string;
  /** Votes are shown while the poll runs, with who gave them. Otherwise the result is shown at the end. */
  readonly disclosed: boolean;
  /** From 1 to the number of answers. */
  readonly maxSelections: number;
  readonly answers: readonly PollAnswer[];
};

export type PollAnswer = {
  /** Unique in the poll; chosen by who wrote it. */
  readonly id: string;
  readonly text: string;
};

/** More answers than these are not read (MSC3381). */
export const MAX_ANSWERS = 20;
/** UTF-16 units of a question or an answer that we write, as in Element. */
export const MAX_POLL_TEXT = 340;
/** What is read of one that others wrote. */
const MAX_READ = 2_000;
const MAX_ID = 255;

const START_TYPES: ReadonlySet<string> = new Set(['org.matrix.msc3381.poll.start', 'm.poll.start']);
const RESPONSE_TYPES: ReadonlySet<string> = new Set(['org.matrix.msc3381.poll.response', 'm.poll.response']);
const END_TYPES: ReadonlySet<string> = new Set(['org.matrix.msc3381.poll.end', 'm.poll.end']);
const DISCLOSED: ReadonlySet<unknown> = new Set([
  'org.matrix.msc3381.poll.disclosed',
  'org.matrix.msc3381.disclosed',
  'm.poll.disclosed',
  'm.disclosed',
]);

export function isPollStart(type: string): boolean {
  return START_TYPES.has(type);
}

export function isPollResponse(type: string): boolean {
  return RESPONSE_TYPES.has(type);
}

export function isPollEnd(type: string): boolean {
  return END_TYPES.has(type);
}

/** Reads a poll; null for what is none. Total: whatever comes. */
export function parsePollStart(content: unknown): PollStart | null {
  const poll = firstRecord(content, ['org.matrix.msc3381.poll.start', 'm.poll.start', 'm.poll']);
  if (poll === null) return null;
  const question = textIn(own(poll, 'question'));
  const listed = own(poll, 'answers');
  if (question === '' || !Array.isArray(listed)) return null;
  const answers = new Map<string, PollAnswer>();
  for (const one of listed.slice(0, MAX_ANSWERS)) {
    const answer = answerIn(one);
    if (answer !== null && !answers.has(answer.id)) answers.set(answer.id, answer);
  }
  if (answers.size === 0) return null;
  return {
    question,
    disclosed: DISCLOSED.has(own(poll, 'kind')),
    maxSelections: selectionsIn(own(poll, 'max_selections'), answers.size),
    answers: [...answers.values()],
  };
}

/** The ids that a response names, unchecked against any poll: null where they are no list of texts. */
export function parseSelections(content: unknown): readonly string[] | null {
  if (!isRecord(content)) return null;
  const response = firstRecord(content, ['org.matrix.msc3381.poll.response', 'm.poll.response']);
  const listed = response === null ? own(content, 'm.selections') : own(response, 'answers');
  if (!Array.isArray(listed)) return null;
  const ids = listed.slice(0, MAX_ANSWERS);
  return ids.every((id) => typeof id === 'string') ? ids : null;
}

/** The words of what an application that knows no polls shows (MSC1767). */
export function fallbackIn(content: unknown): string {
  return textIn(content);
}

function answerIn(input: unknown): PollAnswer | null {
  if (!isRecord(input)) return null;
  const id = own(input, 'id') ?? own(input, 'm.id');
  const text = textIn(input);
  return typeof id === 'string' && id !== '' && id.length <= MAX_ID && text !== '' ? { id, text } : null;
}

function selectionsIn(input: unknown, answers: number): number {
  return typeof input === 'number' && input >= 1 ? Math.min(Math.floor(input), answers) : 1;
}

/** Plain text of an extensible event, in the forms that it had: `org.matrix.msc1767.text`, `m.text`, `body`. */
function textIn(input: unknown): string {
  if (!isRecord(input)) return '';
  const plain = own(input, 'org.matrix.msc1767.text') ?? own(input, 'm.text') ?? own(input, 'body');
  const text = Array.isArray(plain) ? plainIn(plain) : plain;
  return typeof text === 'string' ? text.slice(0, MAX_READ).trim() : '';
}

/** Of `m.text`'s representations the plain one. */
function plainIn(forms: readonly unknown[]): unknown {
  for (const form of forms.slice(0, MAX_ANSWERS)) {
    if (!isRecord(form)) continue;
    const type = own(form, 'mimetype');
    if (type === undefined || type === 'text/plain') return own(form, 'body');
  }
  return undefined;
}

function firstRecord(content: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> | null {
  if (!isRecord(content)) return null;
  for (const key of keys) {
    const value = own(content, key);
    if (isRecord(value)) return value;
  }
  return null;
}
