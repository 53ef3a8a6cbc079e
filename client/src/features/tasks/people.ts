import type { Member, RoomDetails } from '@besace/matrix/api/types';
import type { UserId } from '@besace/protocol/core/ids';
import { type ComputedRef, computed } from 'vue';
import { hueOf, initialsOf } from '../../ui/avatar.ts';

export type Person = Pick<Member, 'userId' | 'name' | 'outsider'>;
export type People = ReadonlyMap<UserId, Person>;

/** Who is in the room, by id. The same map as long as no name changed: a room's details come anew each time somebody types. */
export function usePeople(room: () => RoomDetails | null): ComputedRef<People> {
  return computed<People>((before) => {
    const here = (room()?.members ?? []).filter(({ membership }) => membership === 'join' || membership === 'invite');
    const same =
      before?.size === here.length &&
      here.every(({ userId, name, outsider }) => {
        const known = before.get(userId);
        return known?.name === name && known.outsider === outsider;
      });
    return same ? before : new Map(here.map(({ userId, name, outsider }) => [userId, { userId, name, outsider }]));
  });
}

/** Someone on a card; who left the room keeps the first part of her id for a name. */
export function personOf(people: People, user: UserId): Person {
  return people.get(user) ?? { userId: user, name: user.slice(1, user.indexOf(':')), outsider: false };
}

/** How a person is drawn on a card. */
export type Face = Person & { readonly initials: string; readonly hue: number };

/** Made once a person: a board of thousands shows few people many times. */
const known = new WeakMap<Person, Face>();
const strangers = new Map<UserId, Person>();

export function faceOf(people: People, user: UserId): Face {
  const person = people.get(user) ?? strangers.get(user) ?? personOf(people, user);
  if (!people.has(user)) strangers.set(user, person);
  const face = known.get(person) ?? { ...person, initials: initialsOf(person.name), hue: hueOf(person.userId) };
  known.set(person, face);
  return face;
}
