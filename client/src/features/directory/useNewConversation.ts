import type { BesaceError, RoomSummary, RoomsApi } from '@besace/matrix/api/types';
import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { computed, ref, type ShallowRef, shallowRef } from 'vue';
import type { Person } from './directoryClient.ts';

export type NewConversationDeps = {
  readonly api: Pick<RoomsApi, 'createConversation'>;
  readonly rooms: () => readonly RoomSummary[];
};

/** A new conversation: whom with, its name, and its making (PEOPLE-10). */
export function useNewConversation(deps: NewConversationDeps) {
  const picked: ShallowRef<readonly Person[]> = shallowRef([]);
  const name = ref('');
  const problem: ShallowRef<BesaceError | null> = shallowRef(null);
  const busy = ref(false);
  /** Said before it is made, so that the button says what will happen. A name asks for a conversation of its own. */
  const existing = computed(() => (name.value.trim() === '' ? existingDirect(deps.rooms(), picked.value) : null));

  function pick(person: Person): void {
    if (!picked.value.some((other) => other.userId === person.userId)) {
      picked.value = [...picked.value, person];
    }
  }

  function unpick(userId: UserId): void {
    picked.value = picked.value.filter((person) => person.userId !== userId);
  }

  /** Where to go: the new conversation, or the one that is there already. Null when it was refused; all stays on screen. */
  async function start(): Promise<RoomId | null> {
    if (existing.value !== null) {
      return existing.value;
    }
    const people = picked.value;
    if (people.length === 0 || busy.value) {
      return null;
    }
    busy.value = true;
    problem.value = null;
    const wanted = name.value.trim();
    const direct = people.length === 1 && wanted === '';
    const answer = await deps.api.createConversation({
      name: wanted === '' ? null : wanted,
      invite: people.map((person) => person.userId),
      direct,
    });
    busy.value = false;
    if (!answer.ok) {
      problem.value = answer.error;
      return null;
    }
    return answer.value;
  }

  return { picked, name, problem, busy, existing, pick, unpick, start };
}

/** The direct conversation with exactly this person, where there is one that I am in. */
function existingDirect(rooms: readonly RoomSummary[], picked: readonly Person[]): RoomId | null {
  const [only, ...others] = picked;
  if (only === undefined || others.length > 0) {
    return null;
  }
  return rooms.find((room) => room.directWith === only.userId && room.membership === 'join')?.roomId ?? null;
}
