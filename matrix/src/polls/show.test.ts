import type { EventId, UserId } from '@besace/protocol/core/ids';
import type { Tally } from '@besace/protocol/features/polls';
import { describe, expect, it } from 'vitest';
import { ALICE, BOB, EVE } from '../timeline/testing.ts';
import { type ShowInput, showPoll } from './show.ts';

function input(disclosed: boolean, end: Tally['end'], more: Partial<ShowInput> = {}): ShowInput {
  const tally: Tally = {
    poll: {
      question: 'Q',
      disclosed,
      maxSelections: 1,
      answers: [
        { id: 'a', text: 'A' },
        { id: 'b', text: 'B' },
      ],
    },
    votes: new Map([
      ['a', [BOB]],
      ['b', []],
    ]),
    choices: new Map([[BOB, ['a']]]),
    counted: new Map([[BOB, '$v' as EventId]]),
    end,
    leading: new Set(['a']),
    uncounted: { strangers: 0, late: 0, unproven: 0 },
  };
  return {
    tally,
    author: ALICE,
    me: BOB,
    electorate: new Map<UserId, string>([
      [ALICE, 'Alice'],
      [BOB, 'Bob'],
    ]),
    mayEnd: true,
    locked: 2,
    onTrust: 1,
    sending: null,
    loading: false,
    problem: null,
    someone: (userId) => ({ userId, name: userId }),
    ...more,
  };
}

const end = { eventId: '$end' as EventId, by: ALICE };

describe('what of a poll is shown', () => {
  it('[POLL-12] of an open one all, at any time', () => {
    const poll = showPoll(input(true, null));
    expect(poll.choices[0]).toMatchObject({ votes: 1, people: [{ userId: BOB }], mine: true, leads: true });
  });

  it('[POLL-12] of a closed one what I chose and how many voted, at its end numbers, never names', () => {
    expect(showPoll(input(false, null))).toMatchObject({
      voters: 1,
      choices: [
        { votes: null, people: [], mine: true, leads: false },
        { votes: null, people: [], mine: false, leads: false },
      ],
    });
    expect(showPoll(input(false, end)).choices[0]).toMatchObject({ votes: 1, people: [], leads: true });
  });

  it('[POLL-11] who was no member may not vote, nor anybody after the end', () => {
    expect(showPoll(input(true, null)).mayVote).toBe(true);
    expect(showPoll(input(true, null, { me: EVE })).mayVote).toBe(false);
    expect(showPoll(input(true, null, { me: EVE, electorate: null }))).toMatchObject({
      mayVote: true,
      electorate: null,
    });
    expect(showPoll(input(true, end))).toMatchObject({ mayVote: false, mayEnd: false });
  });

  it('[POLL-14] [T2] [T6] says what is locked and what is taken on trust', () => {
    expect(showPoll(input(true, null))).toMatchObject({ locked: 2, onTrust: 1 });
  });
});
