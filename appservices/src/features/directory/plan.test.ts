import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Address } from '../../runtime/address.ts';
import type { MatrixEvent } from '../../runtime/matrix-event.ts';
import { testConfig } from '../../testing/config.ts';
import { type Asker, personWords, planEvent, planSearch } from './plan.ts';
import { wordsOf } from './words.ts';

const agent: Asker = { userId: '@a:interieur.test', organisation: 'interieur', outsider: false };
const outsider: Asker = { userId: '@o:externes.test', organisation: 'externes', outsider: true };

describe('words', () => {
  it('[DIR-4] are compared without accents, case, ligatures and marks', () => {
    expect(wordsOf('  Œuvré-ÇA, l’Été 2024!  ')).toEqual(['oeuvre', 'ca', 'l', 'ete', '2024']);
    expect(wordsOf('E\u0301te\u0301')).toEqual(wordsOf('Été'));
    expect(wordsOf('ﬁn Ｆull')).toEqual(['fin', 'full']);
    expect(wordsOf('')).toEqual([]);
  });

  it('[DIR-4] are few and short, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (text) => {
        const words = wordsOf(text);
        expect(words.length).toBeLessThanOrEqual(12);
        for (const word of words) expect(word.length).toBeLessThanOrEqual(40);
      }),
    );
  });

  it('[DIR-4] of a person are those of the name and of the address’s local part', () => {
    expect(personWords('Zoé Dupont', 'z.dupont-x+tri@gouv.fr' as Address)).toEqual(['zoe', 'dupont', 'z', 'x']);
    expect(personWords('', null)).toEqual([]);
  });
});

describe('a search', () => {
  it('[DIR-4, DIR-5] is by words, by the beginning of an address, or by an address', () => {
    expect(planSearch('Zoé dup', undefined, agent)).toEqual({ by: 'words', words: ['zoe', 'dup'], limit: 10 });
    expect(planSearch('Z.Dupont@gou', '5', agent)).toEqual({ by: 'address-prefix', prefix: 'z.dupont@gou', limit: 5 });
    expect(planSearch('Z@gouv.fr', '5', agent)).toEqual({ by: 'address', address: 'z@gouv.fr' });
  });

  it.each(['', 'z', ' % ', '@', 'a@', '@gouv.fr', 'x'.repeat(255), '<a@b'])('[DIR-5] %j finds nobody', (query) => {
    expect(planSearch(query, undefined, agent).by).toBe('nothing');
  });

  it.each([
    ['1000', 20],
    ['0', 1],
    ['-1', 10],
    ['abc', 10],
    ['1e9', 10],
    ['99999', 10],
    [undefined, 10],
  ])('[DIR-5] with limit %j is limited to %d', (limit, expected) => {
    expect(planSearch('dupont', limit, agent)).toMatchObject({ limit: expected });
  });

  it('[DIR-6] of an outsider is an exact address or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.emailAddress()), fc.string(), (query, limit) => {
        expect(['address', 'nothing']).toContain(planSearch(query, limit, outsider).by);
      }),
    );
  });
});

describe('a pushed event', () => {
  const [interieur] = testConfig().organisations;
  const bot = '@_besace:interieur.test';
  const plan = (event: Partial<MatrixEvent>) => {
    if (interieur === undefined) throw new Error('no organisation');
    const whole = { type: 'm.room.member', event_id: '$1', room_id: '!r', sender: '@a:interieur.test', content: {} };
    return planEvent(interieur, bot, { ...whole, ...event });
  };

  it('[DIR-10] that invites the service makes it leave', () => {
    const jobs = plan({ state_key: bot, content: { membership: 'invite' } });
    expect(jobs).toEqual([{ kind: 'directory.leave', key: '!r', body: { organisation: 'interieur', roomId: '!r' } }]);
    expect(plan({ state_key: bot, content: { membership: 'leave' } })).toEqual([]);
  });

  it('[DIR-3] in which somebody joins or changes asks for that person’s name again, and believes no name in it', () => {
    const state_key = '@a:interieur.test';
    const jobs = plan({ state_key, content: { membership: 'join', displayname: 'Le Ministre' } });
    expect(jobs).toEqual([
      { kind: 'directory.refresh', key: state_key, body: { userId: state_key, organisation: 'interieur' } },
    ]);
    expect(plan({ state_key: '@b:interieur.test', content: { membership: 'join' } })).toEqual([]);
    expect(plan({ sender: '@a:culture.test', state_key: '@a:culture.test', content: { membership: 'join' } })).toEqual(
      [],
    );
    expect(plan({ content: { membership: 'join' } })).toEqual([]);
    expect(plan({ type: 'm.room.message', content: { body: 'x' } })).toEqual([]);
  });
});
