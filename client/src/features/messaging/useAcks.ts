import type { Acknowledgements, AcksApi, BesaceError, TimelineApi } from '@besace/matrix/api/types';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { computed, onScopeDispose, type ShallowRef, shallowRef } from 'vue';

export type AcksDeps = {
  readonly api: Pick<AcksApi, 'watchAcknowledgements' | 'acknowledge'> & Pick<TimelineApi, 'sendText'>;
  readonly roomId: RoomId;
  readonly eventId: EventId;
};

/** People named by one message at most: more are named by the next one. */
const named = 100;

/** Who has acknowledged a message, and what one can do about it (MSG-70, MSG-71). Belongs to the scope that calls it. */
export function useAcks(deps: AcksDeps) {
  const acks: ShallowRef<Acknowledgements | null> = shallowRef(null);
  const problem: ShallowRef<BesaceError | null> = shallowRef(null);
  let live = true;
  const stopping = deps.api.watchAcknowledgements(deps.roomId, deps.eventId, (now) => {
    if (live) acks.value = now;
  });
  onScopeDispose(() => {
    live = false;
    void stopping.then((stop) => stop());
  });
  const missing = computed(() => (acks.value?.people ?? []).filter(({ acknowledged }) => !acknowledged));
  const given = computed(() => (acks.value?.people.length ?? 0) - missing.value.length);

  async function acknowledge(): Promise<void> {
    const answer = await deps.api.acknowledge(deps.roomId, deps.eventId);
    problem.value = answer.ok ? null : answer.error;
  }

  /** A reply that names those, and only those, who have not acknowledged. True when it was accepted on disk. */
  async function remind(text: string): Promise<boolean> {
    const people = missing.value.map(({ userId }) => userId);
    for (let at = 0; at < people.length; at += named) {
      const mentions = { users: people.slice(at, at + named), room: false };
      const answer = await deps.api.sendText(deps.roomId, { text, mentions, replyTo: deps.eventId });
      problem.value = answer.ok ? null : answer.error;
      if (!answer.ok) return false;
    }
    return people.length > 0;
  }

  return { acks, problem, missing, given, acknowledge, remind };
}
