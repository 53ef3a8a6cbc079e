import type { BesaceError, PollsApi } from '@besace/matrix/api/types';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { MAX_ANSWERS } from '@besace/protocol/features/polls';
import { computed, ref, type ShallowRef, shallowRef } from 'vue';

export type NewPollDeps = {
  readonly api: Pick<PollsApi, 'startPoll'>;
  readonly roomId: RoomId;
  readonly threadRoot: EventId | null;
  /** What stood after the slash. */
  readonly words: string;
  /** A new transaction id: unguessable. */
  newId(): string;
};

/** What lacks before a poll can be sent: a key of `polls.missing`. */
export type Missing = 'question' | 'answers' | 'same' | null;

/** A poll that is being written (POLL-21). */
export function useNewPoll(deps: NewPollDeps) {
  const question = ref(deps.words);
  const kind = ref<'open' | 'closed'>('open');
  let made = 2;
  const answers = ref([
    { key: 0, text: '' },
    { key: 1, text: '' },
  ]);
  const several = ref(false);
  const problem: ShallowRef<BesaceError | null> = shallowRef(null);
  const asked = ref(false);
  const sending = ref(false);
  // One id for one poll: sent twice by two clicks, it is asked once.
  const txnId = deps.newId();

  const written = computed(() => answers.value.map(({ text }) => text.trim()).filter((text) => text !== ''));
  const missing = computed<Missing>(() => {
    if (question.value.trim() === '') return 'question';
    if (written.value.length < 2) return 'answers';
    return new Set(written.value).size < written.value.length ? 'same' : null;
  });
  const canAdd = computed(() => answers.value.length < MAX_ANSWERS);

  function add(): void {
    if (!canAdd.value) return;
    answers.value = [...answers.value, { key: made, text: '' }];
    made += 1;
  }

  function remove(key: number): void {
    if (answers.value.length > 2) answers.value = answers.value.filter((answer) => answer.key !== key);
  }

  /** True when it was accepted on disk. */
  async function send(): Promise<boolean> {
    asked.value = true;
    if (missing.value !== null || sending.value) return false;
    sending.value = true;
    const answer = await deps.api.startPoll(deps.roomId, {
      question: question.value.trim(),
      answers: written.value,
      disclosed: kind.value === 'open',
      maxSelections: several.value ? written.value.length : 1,
      txnId,
      ...(deps.threadRoot === null ? {} : { threadRoot: deps.threadRoot }),
    });
    sending.value = false;
    problem.value = answer.ok ? null : answer.error;
    return answer.ok;
  }

  return { question, kind, answers, several, problem, missing, asked, sending, canAdd, add, remove, send };
}
