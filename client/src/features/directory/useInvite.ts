import type { BesaceError, Member, RoomsApi } from '@besace/matrix/api/types';
import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { computed, type ShallowRef, shallowRef } from 'vue';
import type { Person } from './directoryClient.ts';

/** Why someone who was found cannot be picked; null when she can. */
export type NotPickable = 'already-here' | 'already-invited' | 'outsider' | 'banned' | 'picked' | 'myself' | null;

export type Target = {
  readonly members: readonly Pick<Member, 'userId' | 'membership'>[];
  readonly openToOutsiders: boolean;
};

/** An invitation as it goes. */
export type Progress =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly error: BesaceError };

/** Whether one may pick a person for a room (PEOPLE-6, PEOPLE-8). `target` null: a conversation that does not exist yet. */
export function notPickable(
  person: Person,
  target: Target | null,
  picked: readonly Person[],
  me: UserId | null,
): NotPickable {
  if (person.userId === me) {
    return 'myself';
  }
  if (picked.some((other) => other.userId === person.userId)) {
    return 'picked';
  }
  if (target === null) {
    return null;
  }
  const membership = target.members.find((member) => member.userId === person.userId)?.membership;
  if (membership === 'join') {
    return 'already-here';
  }
  if (membership === 'invite') {
    return 'already-invited';
  }
  if (membership === 'ban') {
    return 'banned';
  }
  return person.outsider && !target.openToOutsiders ? 'outsider' : null;
}

/** Invites one or several people to a room, each by itself (PEOPLE-9). */
export function useInvite(api: Pick<RoomsApi, 'invite'>, roomId: RoomId) {
  const progress: ShallowRef<ReadonlyMap<UserId, Progress>> = shallowRef(new Map());
  const busy = computed(() => [...progress.value.values()].some((one) => one.kind === 'waiting'));

  /** Those who could not be invited stay to be tried again. */
  async function invite(people: readonly Person[]): Promise<readonly Person[]> {
    const refused: Person[] = [];
    for (const person of people) {
      mark(person.userId, { kind: 'waiting' });
    }
    // One after the other: each shares the history's keys, and a homeserver limits bursts.
    for (const person of people) {
      const answer = await api.invite(roomId, person.userId);
      mark(person.userId, answer.ok ? { kind: 'done' } : { kind: 'refused', error: answer.error });
      if (!answer.ok) {
        refused.push(person);
      }
    }
    return refused;
  }

  function mark(userId: UserId, one: Progress): void {
    progress.value = new Map(progress.value).set(userId, one);
  }

  return { progress, busy, invite };
}
