import type { BesaceError, Poll, PollsApi } from '@besace/matrix/api/types';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import { computed, onScopeDispose, type ShallowRef, shallowRef } from 'vue';

export type PollDeps = {
  readonly api: Pick<PollsApi, 'watchPoll' | 'votePoll' | 'endPoll'>;
  readonly roomId: RoomId;
  readonly poll: EventId;
};

/** What of a result has to be said in words, as keys of `polls.notes` with a number. */
export type PollNote = {
  readonly key: 'strangers' | 'late' | 'unproven' | 'locked' | 'onTrust';
  readonly count: number;
};

/** A poll as it is drawn (POLL-20, POLL-22). Belongs to the scope that calls it. */
export function usePoll(deps: PollDeps) {
  const poll: ShallowRef<Poll | null> = shallowRef(null);
  const problem: ShallowRef<BesaceError | null> = shallowRef(null);
  /** What I chose since the poll was last told: quick choices build on one another. */
  const intended: ShallowRef<readonly string[] | null> = shallowRef(null);
  let leaving = 0;
  let live = true;
  const stopping = deps.api.watchPoll(deps.roomId, deps.poll, (now) => {
    if (!live) return;
    poll.value = now;
    if (leaving === 0) intended.value = null;
  });
  onScopeDispose(() => {
    live = false;
    void stopping.then((stop) => stop());
  });

  const chosen = computed<readonly string[]>(
    () => intended.value ?? (poll.value?.choices ?? []).filter(({ mine }) => mine).map(({ id }) => id),
  );
  /** Nothing more can be chosen before something is taken back. */
  const full = computed(() => {
    const most = poll.value?.maxSelections ?? 1;
    return most > 1 && chosen.value.length >= most;
  });
  const most = computed(() => Math.max(1, ...(poll.value?.choices ?? []).map(({ votes }) => votes ?? 0)));
  const notes = computed<readonly PollNote[]>(() => {
    if (poll.value === null) return [];
    const { uncounted, locked, onTrust } = poll.value;
    const all: readonly PollNote[] = [
      { key: 'locked', count: locked },
      { key: 'strangers', count: uncounted.strangers },
      { key: 'late', count: uncounted.late },
      { key: 'unproven', count: uncounted.unproven },
      { key: 'onTrust', count: onTrust },
    ];
    return all.filter(({ count }) => count > 0);
  });

  function canChoose(id: string): boolean {
    return poll.value?.mayVote === true && (!full.value || chosen.value.includes(id));
  }

  /** Chooses an answer, or takes it back. */
  async function choose(id: string): Promise<void> {
    if (poll.value === null || !canChoose(id)) return;
    const others = chosen.value.filter((other) => other !== id);
    const taken = others.length < chosen.value.length;
    const next = taken ? others : poll.value.maxSelections === 1 ? [id] : [...others, id];
    intended.value = next;
    leaving += 1;
    const answer = await deps.api.votePoll(deps.roomId, deps.poll, next);
    leaving -= 1;
    if (!answer.ok && leaving === 0) intended.value = null;
    settle(answer);
  }

  /** `text` is what applications without polls show. */
  async function end(text: string): Promise<boolean> {
    const answer = await deps.api.endPoll(deps.roomId, deps.poll, text);
    settle(answer);
    return answer.ok;
  }

  function settle(answer: Result<unknown, BesaceError>): void {
    problem.value = answer.ok ? null : answer.error;
  }

  return { poll, problem, full, most, notes, canChoose, choose, end };
}
