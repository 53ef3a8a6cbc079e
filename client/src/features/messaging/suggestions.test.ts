import type { Member } from '@besace/matrix/api/types';
import english from 'emojibase-data/en/compact.json' with { type: 'json' };
import french from 'emojibase-data/fr/compact.json' with { type: 'json' };
import { describe, expect, test } from 'vitest';
import { effectScope } from 'vue';
import type { Trigger } from '../../ui/editor/richEditorTypes.ts';
import { emojiNames } from './emojiNames.ts';
import { preparePeople } from './people.ts';
import { userId } from './testing.ts';
import { useSuggestions } from './useSuggestions.ts';

const members = [
  member('@anne.martin:interieur.test', 'Anne Martin'),
  member('@b.lefevre:culture.test', 'Bruno Lefèvre'),
  member('@claire.petit:culture.test', 'Claire Petit-Dubois'),
  member('@elodie:interieur.test', 'Élodie Fontaine'),
  member('@paul:externes.test', 'Paul Keller', { outsider: true }),
  member('@martine:interieur.test', 'Martine Roux', { membership: 'leave' }),
];

function member(id: string, name: string, over: Partial<Member> = {}): Member {
  return { userId: userId(id), name, membership: 'join', power: 0, outsider: false, ...over };
}

function open(mayCallRoom = true, known = () => members) {
  const people = () => preparePeople(known(), userId('@elodie:interieur.test'));
  const model = effectScope().run(() =>
    useSuggestions({
      people,
      mayCallRoom: () => mayCallRoom,
      roomWords: () => ['salon', 'room'],
      loadEmoji: async () => emojiNames(french),
      tools: () => [{ id: 'poll', label: 'polls.ask', names: ['sondage', 'poll'] }],
    }),
  );
  if (model === undefined) throw new Error('no scope');
  return model;
}

function trigger(sign: Trigger['sign'], query: string, from = 1): Trigger {
  return { sign, query, from, to: from + query.length + 1 };
}

describe('suggestions', () => {
  test('[MSG-41] people by the beginning of a name, a word or an address, without accents; neither me nor who left', () => {
    const people = preparePeople(members, userId('@elodie:interieur.test'));
    const like = (query: string) => people.like(query, 8).map(({ name }) => name);
    expect(like('mar')).toEqual(['Anne Martin']);
    expect(like('LEFE')).toEqual(['Bruno Lefèvre']);
    expect(like('dub')).toEqual(['Claire Petit-Dubois']);
    expect(like('claire pet')).toEqual(['Claire Petit-Dubois']);
    expect(like('b.lef')).toEqual(['Bruno Lefèvre']);
    expect(like('elodie')).toEqual([]);
    expect(like('')).toHaveLength(4);
    expect(people.nameOf('@elodie:interieur.test')).toBe('Élodie Fontaine');
    expect(people.nameOf('@martine:interieur.test')).toBeNull();
  });

  test('[MSG-41] [T3] a name that turns the text around, or is endless, is made harmless', () => {
    const people = preparePeople(
      [member('@eve:externes.test', '\u202eenimdA\u2066\n'), member('@x:externes.test', 'long '.repeat(1_000))],
      null,
    );
    expect(people.nameOf('@eve:externes.test')).toBe('enimdA');
    expect(people.nameOf('@x:externes.test')?.length).toBeLessThanOrEqual(80);
  });

  test('[MSG-41] the room can be called by who may, and an outsider is marked', () => {
    const model = open();
    model.setTrigger(trigger('@', 'sal'));
    expect(model.options.value).toEqual([{ kind: 'room', key: '@room' }]);
    model.setTrigger(trigger('@', 'paul'));
    expect(model.options.value[0]).toMatchObject({ kind: 'person', person: { outsider: true } });
    const silent = open(false);
    silent.setTrigger(trigger('@', 'sal'));
    expect(silent.open.value).toBe(false);
  });

  test('[MSG-41] arrows go around, Escape closes until another place, choosing gives what it replaces', () => {
    const model = open();
    model.setTrigger(trigger('@', ''));
    model.move(-1);
    expect(model.active.value).toBe(4);
    model.move(1);
    model.move(1);
    expect(model.choose()).toMatchObject({
      chosen: { person: { name: 'Bruno Lefèvre' } },
      trigger: { from: 1, to: 2 },
    });
    expect(model.open.value).toBe(false);
    model.setTrigger(trigger('@', 'a'));
    model.close();
    model.setTrigger(trigger('@', 'an'));
    expect(model.open.value).toBe(false);
    model.setTrigger(trigger('@', 'an', 9));
    expect(model.open.value).toBe(true);
    model.setTrigger(null);
    expect([model.open.value, model.choose()]).toEqual([false, null]);
  });

  test('[MSG-41] people who become known while one types are proposed', () => {
    let known: Member[] = [];
    const model = open(false, () => known);
    model.setTrigger(trigger('@', 'anne'));
    expect(model.open.value).toBe(false);
    known = members;
    model.refresh();
    expect(model.options.value).toHaveLength(1);
  });

  test('[MSG-42] commands by their names in both languages', () => {
    const model = open();
    model.setTrigger(trigger('/', 'in'));
    expect(model.options.value).toEqual([
      { kind: 'command', key: 'messaging.commands.invite', label: 'messaging.commands.invite', name: 'inviter' },
    ]);
    model.setTrigger(trigger('/', 'HELP'));
    expect(model.options.value).toEqual([
      { kind: 'command', key: 'messaging.commands.help', label: 'messaging.commands.help', name: 'help' },
    ]);
  });

  test('[MSG-46] dialogs of other features stand among the commands', () => {
    const model = open();
    model.setTrigger(trigger('/', 'son'));
    expect(model.options.value).toEqual([{ kind: 'command', key: 'polls.ask', label: 'polls.ask', name: 'sondage' }]);
  });

  test('emoji by their names in French and English', async () => {
    const [fr, en] = [emojiNames(french), emojiNames(english)];
    expect(fr.like('sour', 8).map(({ unicode }) => unicode)).toContain('😃');
    expect(fr.like('souris', 8)[0]?.unicode).toBe('🐁');
    expect(fr.like('thumb', 8)).toEqual([]);
    expect(en.like('thumbs_up', 8).map(({ unicode }) => unicode)).toContain('👍️');
    expect(fr.like('CŒUR', 8)).toEqual(fr.like('coeur', 8));
    const model = open();
    model.setTrigger(trigger(':', 'pouce'));
    await Promise.resolve();
    await Promise.resolve();
    expect(model.options.value.length).toBeGreaterThan(0);
    expect(() => emojiNames([{ label: 1 }])).toThrow();
  });

  test('1,000 members and 60 KB before the caret cost no key anything', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => member(`@p${n}:interieur.test`, `Personne ${n}`));
    const people = preparePeople(many, null);
    expect(people.like('personne 99', 8).map(({ name }) => name)[0]).toBe('Personne 99');
    expect(people.like('p', 8)).toHaveLength(8);
  });
});
