import type { BesaceError, PeopleApi, PersonCard, RoomSummary, RoomsApi } from '@besace/matrix/api/types';
import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { computed, onScopeDispose, ref, type ShallowRef, shallowRef, watch } from 'vue';

export type PersonDeps = {
  readonly api: Pick<PeopleApi, 'person' | 'setIgnored' | 'watchIgnored'> & Pick<RoomsApi, 'createConversation'>;
  user(): UserId | null;
  rooms(): readonly RoomSummary[];
};

/** One person: who she is, what we share, and what one can do (WSP-22, WSP-23). Follows `user`; belongs to the scope that calls it. */
export function usePerson(deps: PersonDeps) {
  const { api } = deps;
  const card: ShallowRef<PersonCard | null> = shallowRef(null);
  const ignoredUsers: ShallowRef<readonly UserId[]> = shallowRef([]);
  const problem: ShallowRef<BesaceError | null> = shallowRef(null);
  const busy = ref(false);
  const ignored = computed(() => ignoredUsers.value.some((user) => user === deps.user()));
  const shared = computed(() =>
    deps.rooms().filter((room) => card.value?.shared.includes(room.roomId) === true && room.membership === 'join'),
  );

  const watching = api.watchIgnored((users) => {
    ignoredUsers.value = users;
  });
  onScopeDispose(() => void watching.then((stop) => stop()));

  watch(deps.user, read, { immediate: true });

  async function read(user: UserId | null): Promise<void> {
    card.value = null;
    problem.value = null;
    if (user === null) return;
    const answer = await api.person(user);
    if (deps.user() !== user) return;
    if (answer.ok) card.value = answer.value;
    else problem.value = answer.error;
  }

  async function setIgnored(now: boolean): Promise<boolean> {
    const user = deps.user();
    if (user === null || busy.value) return false;
    busy.value = true;
    const done = await api.setIgnored(user, now);
    busy.value = false;
    problem.value = done.ok ? null : done.error;
    return done.ok;
  }

  /** The conversation of two that there is, or a new one; null when it was refused. */
  async function write(): Promise<RoomId | null> {
    const user = deps.user();
    if (user === null || busy.value) return null;
    const existing = deps.rooms().find((room) => room.directWith === user && room.membership === 'join');
    if (existing !== undefined) return existing.roomId;
    busy.value = true;
    const made = await api.createConversation({ name: null, invite: [user], direct: true });
    busy.value = false;
    problem.value = made.ok ? null : made.error;
    return made.ok ? made.value : null;
  }

  return { card, ignored, shared, problem, busy, setIgnored, write };
}
