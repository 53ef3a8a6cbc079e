import type { Poll, PollChoice } from '@besace/matrix/api/types';
import { parseEventId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import { err, ok } from '@besace/protocol/core/result';
import { describe, expect, test, vi } from 'vitest';
import { effectScope } from 'vue';
import { watched } from '../../testing/watchedApi.ts';
import { useNewPoll } from './useNewPoll.ts';
import { usePoll } from './usePoll.ts';

const roomId = must(parseRoomId('!room'));
const eventId = must(parseEventId('$poll'));
const author = { userId: must(parseUserId('@anne:interieur.test')), name: 'Anne' };

function must<T>(parsed: Result<T, unknown>): T {
  if (!parsed.ok) throw new Error('not an id');
  return parsed.value;
}

function choice(id: string, over: Partial<PollChoice> = {}): PollChoice {
  return { id, text: id, votes: 0, people: [], mine: false, leads: false, ...over };
}

function poll(over: Partial<Poll> = {}): Poll {
  return {
    question: 'Q',
    author,
    disclosed: true,
    maxSelections: 1,
    choices: [choice('a'), choice('b'), choice('c')],
    voters: 0,
    electorate: 3,
    end: null,
    mayVote: true,
    mayEnd: false,
    uncounted: { strangers: 0, late: 0, unproven: 0 },
    locked: 0,
    onTrust: 0,
    sending: null,
    loading: false,
    problem: null,
    ...over,
  };
}

function open(now: Poll) {
  const source = watched<Poll>(now);
  const votePoll = vi.fn(async () => ok('sent'));
  const endPoll = vi.fn(async () => ok('sent'));
  const scope = effectScope();
  const model = scope.run(() =>
    usePoll({ api: { watchPoll: (...args) => source.watch(...args), votePoll, endPoll }, roomId, poll: eventId }),
  );
  if (model === undefined) throw new Error('no scope');
  return { model, votePoll, source, scope };
}

describe('voting', () => {
  test('[POLL-20] a choice takes the place of the one before, and the same one takes it back', async () => {
    const { model, votePoll, source } = open(poll());
    await model.choose('a');
    expect(votePoll).toHaveBeenLastCalledWith(roomId, eventId, ['a']);
    source.say(poll({ choices: [choice('a', { mine: true }), choice('b'), choice('c')] }));
    await model.choose('b');
    expect(votePoll).toHaveBeenLastCalledWith(roomId, eventId, ['b']);
    await model.choose('b');
    expect(votePoll).toHaveBeenLastCalledWith(roomId, eventId, []);
  });

  test('[POLL-20] of several, those beyond the number wait', async () => {
    const choices = [choice('a', { mine: true }), choice('b', { mine: true }), choice('c')];
    const { model, votePoll } = open(poll({ maxSelections: 2, choices }));
    expect(model.full.value).toBe(true);
    await model.choose('c');
    expect(votePoll).not.toHaveBeenCalled();
    await model.choose('b');
    expect(votePoll).toHaveBeenLastCalledWith(roomId, eventId, ['a']);
  });

  test('[POLL-20] quick choices build on one another, before the poll has told of the first', async () => {
    const { model, votePoll, source } = open(poll({ maxSelections: 2 }));
    await Promise.all([model.choose('a'), model.choose('b'), model.choose('c')]);
    expect(votePoll.mock.lastCall).toEqual([roomId, eventId, ['a', 'b']]);
    source.say(poll({ maxSelections: 2, choices: [choice('a'), choice('b', { mine: true }), choice('c')] }));
    await model.choose('c');
    expect(votePoll.mock.lastCall).toEqual([roomId, eventId, ['b', 'c']]);
  });

  test('[POLL-20] who may not vote sends nothing; who leaves watches no longer', async () => {
    const { model, votePoll, source, scope } = open(poll({ mayVote: false }));
    await model.choose('a');
    expect(votePoll).not.toHaveBeenCalled();
    scope.stop();
    await vi.waitFor(() => expect(source.watchers()).toBe(0));
  });

  test('[POLL-22] [T2] [T6] says what is not counted, locked or not proven, and nothing else', () => {
    expect(open(poll()).model.notes.value).toEqual([]);
    const { model } = open(poll({ locked: 2, onTrust: 1, uncounted: { strangers: 3, late: 0, unproven: 4 } }));
    expect(model.notes.value).toEqual([
      { key: 'locked', count: 2 },
      { key: 'strangers', count: 3 },
      { key: 'unproven', count: 4 },
      { key: 'onTrust', count: 1 },
    ]);
  });
});

describe('a new poll', () => {
  function write(answer: 'taken' | 'refused' = 'taken') {
    const startPoll = vi.fn(async () => (answer === 'taken' ? ok('sent') : err({ code: 'storage-lost' as const })));
    const model = useNewPoll({ api: { startPoll }, roomId, threadRoot: null, words: ' Quand ? ', newId: () => 'id' });
    return { model, startPoll };
  }

  test('[POLL-21] says what is missing, and is not sent', async () => {
    const { model, startPoll } = write();
    expect(await model.send()).toBe(false);
    expect(model.missing.value).toBe('answers');
    model.answers.value = [
      { key: 0, text: 'lundi' },
      { key: 1, text: ' lundi' },
    ];
    expect(model.missing.value).toBe('same');
    model.question.value = ' ';
    expect(model.missing.value).toBe('question');
    expect(await model.send()).toBe(false);
    expect(startPoll).not.toHaveBeenCalled();
  });

  test('[POLL-21] leaves as it was written, without empty answers, under one id', async () => {
    const { model, startPoll } = write();
    model.add();
    model.answers.value = model.answers.value.map((one, at) => ({ ...one, text: ['lundi ', 'mardi', ''][at] ?? '' }));
    model.several.value = true;
    model.kind.value = 'closed';
    expect(await model.send()).toBe(true);
    expect(startPoll).toHaveBeenCalledExactlyOnceWith(roomId, {
      question: 'Quand ?',
      answers: ['lundi', 'mardi'],
      disclosed: false,
      maxSelections: 2,
      txnId: 'id',
    });
  });

  test('[POLL-21] [T8] stays when it was not accepted, with the reason', async () => {
    const { model } = write('refused');
    model.answers.value = [
      { key: 0, text: 'lundi' },
      { key: 1, text: 'mardi' },
    ];
    expect(await model.send()).toBe(false);
    expect(model.problem.value).toEqual({ code: 'storage-lost' });
  });

  test('[POLL-21] has at least two answers and at most twenty', () => {
    const { model } = write();
    model.remove(0);
    expect(model.answers.value).toHaveLength(2);
    for (let at = 0; at < 30; at += 1) model.add();
    expect(model.answers.value).toHaveLength(20);
    model.remove(5);
    expect(model.answers.value.map(({ key }) => key)).not.toContain(5);
  });
});
