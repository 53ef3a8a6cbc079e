import type { Member } from '@besace/matrix/api/types';
import { serverOf, type UserId } from '@besace/protocol/core/ids';
import { folded } from './fold.ts';

/** Somebody who can be mentioned. */
export type Mentionable = Pick<Member, 'userId' | 'name' | 'outsider'>;

/** The members of a room, prepared once a change of the members, so that a key costs a look at some strings (MSG-41). */
export interface People {
  /** At most `most`, whose name or address has words that begin as the query does: names first, then addresses. */
  like(query: string, most: number): readonly Mentionable[];
  nameOf(id: string): string | null;
}

type Prepared = {
  readonly person: Mentionable;
  readonly words: readonly string[];
  readonly whole: string;
  readonly address: string;
};

export function preparePeople(members: readonly Member[], me: UserId | null): People {
  const byId = new Map<string, Mentionable>();
  for (const { userId, name, outsider, membership } of members) {
    if (membership === 'join' || membership === 'invite') byId.set(userId, { userId, name: cleanName(name), outsider });
  }
  let prepared: readonly Prepared[] | null = null;
  function all(): readonly Prepared[] {
    prepared ??= [...byId.values()]
      .filter(({ userId }) => userId !== me)
      .map((person) => prepare(person))
      .sort((a, b) => (a.whole < b.whole ? -1 : a.whole > b.whole ? 1 : 0));
    return prepared;
  }
  return {
    nameOf: (id) => byId.get(id)?.name ?? null,
    like(query, most) {
      const wanted = folded(query).trim();
      const first: Mentionable[] = [];
      const second: Mentionable[] = [];
      for (const { person, words, whole, address } of all()) {
        if (whole.startsWith(wanted) || words.some((word) => word.startsWith(wanted))) first.push(person);
        else if (address.startsWith(wanted)) second.push(person);
        if (first.length >= most) break;
      }
      return [...first, ...second].slice(0, most);
    },
  };
}

/** A name as it may stand in a sentence: nothing in it turns the text around, and it is no longer than a line. */
export function cleanName(name: string): string {
  const clean = name.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '').trim();
  return clean.length > 80 ? `${clean.slice(0, 79)}…` : clean;
}

/** `@anne.martin:interieur.test` is looked for by `anne.martin`, `martin` is in its words. */
function prepare(person: Mentionable): Prepared {
  const whole = folded(person.name);
  const local = folded(person.userId.slice(1, -serverOf(person.userId).length - 1));
  const words = [...whole.split(/[\s'’.-]+/), ...local.split(/[._-]+/)].filter((word) => word !== '');
  return { person, words, whole, address: local };
}
