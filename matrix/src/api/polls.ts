import type { EventId, RoomId } from '@besace/protocol/core/ids';
import type { BesaceError, Outcome, Someone, Stop } from './common.ts';
import type { SendState } from './outbox.ts';

/** One answer of a poll, as it may be shown now. */
export type PollChoice = {
  readonly id: string;
  readonly text: string;
  /** How many chose it; null while a closed poll runs. */
  readonly votes: number | null;
  /** Who chose it: of an open poll only. */
  readonly people: readonly Someone[];
  /** Whether I chose it, be it on its way. */
  readonly mine: boolean;
  /** Among those with the most votes, once that may be shown. */
  readonly leads: boolean;
};

/** A poll and its result, as far as both are known here. */
export type Poll = {
  readonly question: string;
  readonly author: Someone;
  /** Who chose what is shown while it runs; else numbers alone, at the end. */
  readonly disclosed: boolean;
  readonly maxSelections: number;
  readonly choices: readonly PollChoice[];
  /** People whose vote counts. */
  readonly voters: number;
  /** Members where the poll stands in the room's history, who alone may vote; null while the server has not said. */
  readonly electorate: number | null;
  readonly end: { readonly by: Someone } | null;
  /** I was a member when it began, and it runs. */
  readonly mayVote: boolean;
  readonly mayEnd: boolean;
  /** People whose votes do not count, by reason: see the tally of the protocol. */
  readonly uncounted: { readonly strangers: number; readonly late: number; readonly unproven: number };
  /** Responses that cannot be read yet (T6). */
  readonly locked: number;
  /** Votes whose author nothing proves: their keys came from the backup or an invitation (T2). */
  readonly onTrust: number;
  /** My vote, or the end that I asked for, on its way. */
  readonly sending: SendState | null;
  /** Not all votes are read yet. */
  readonly loading: boolean;
  /** Why not all votes could be read. */
  readonly problem: BesaceError | null;
};

export type NewPoll = {
  readonly question: string;
  /** 2 to 20. */
  readonly answers: readonly string[];
  readonly disclosed: boolean;
  readonly maxSelections: number;
  /** Asks it in the thread that began with this event. */
  readonly threadRoot?: EventId;
  /** As for `sendText`. */
  readonly txnId?: string;
};

export interface PollsApi {
  /** A poll of a room that one is in. Says nothing as long as its start cannot be read. */
  watchPoll(roomId: RoomId, poll: EventId, listener: (poll: Poll) => void): Promise<Stop>;
  /** Accepted once it is on disk (T8); resolves with the transaction id. `invalid` with what of it cannot be. */
  startPoll(roomId: RoomId, input: NewPoll): Outcome<string>;
  /** My choice, in place of the one before; none takes it back. */
  votePoll(roomId: RoomId, poll: EventId, answers: readonly string[]): Outcome<string>;
  /** `text` is what applications without polls show. */
  endPoll(roomId: RoomId, poll: EventId, text: string): Outcome<string>;
}
