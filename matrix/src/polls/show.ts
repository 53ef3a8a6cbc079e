import type { UserId } from '@besace/protocol/core/ids';
import type { Tally } from '@besace/protocol/features/polls';
import type { BesaceError, Poll, SendState, Someone } from '../api/types.ts';

export type ShowInput = {
  readonly tally: Tally;
  readonly author: UserId;
  readonly me: UserId;
  readonly electorate: ReadonlyMap<UserId, string> | null;
  readonly mayEnd: boolean;
  readonly locked: number;
  readonly onTrust: number;
  readonly sending: SendState | null;
  readonly loading: boolean;
  readonly problem: BesaceError | null;
  someone(user: UserId): Someone;
};

/** What of a poll may be shown now (POLL-12). Pure. */
export function showPoll(input: ShowInput): Poll {
  const { tally, me, electorate } = input;
  const { poll, votes, choices, leading, end } = tally;
  const told = poll.disclosed || end !== null;
  return {
    question: poll.question,
    author: input.someone(input.author),
    disclosed: poll.disclosed,
    maxSelections: poll.maxSelections,
    choices: poll.answers.map(({ id, text }) => {
      const people = votes.get(id) ?? [];
      return {
        id,
        text,
        votes: told ? people.length : null,
        people: poll.disclosed ? people.map(input.someone) : [],
        mine: choices.get(me)?.includes(id) ?? false,
        leads: told && leading.has(id),
      };
    }),
    voters: choices.size,
    electorate: electorate?.size ?? null,
    end: end === null ? null : { by: input.someone(end.by) },
    mayVote: end === null && (electorate === null || electorate.has(me)),
    mayEnd: end === null && input.mayEnd,
    uncounted: tally.uncounted,
    locked: input.locked,
    onTrust: input.onTrust,
    sending: input.sending,
    loading: input.loading,
    problem: input.problem,
  };
}
