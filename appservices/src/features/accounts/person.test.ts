import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Address } from '../../runtime/address.ts';
import { parseName, passwordWeakness, suggestedName } from './person.ts';

const address = 'jean-pierre.martin@interieur.gouv.fr' as Address;
const weakness = (password: string) => passwordWeakness(password, address, 'Jean-Pierre Martin');

describe('a password', () => {
  it.each([
    ['', 'too-short'],
    ['Tr0ub4dor&3', 'too-short'],
    ['🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑', 'too-short'],
    ['a'.repeat(257), 'too-long'],
    ['correct horse\0battery', 'too-long'],
    ['jean-pierre.martin', 'personal'],
    ['Martin.interieur1', 'personal'],
    ['motdepasse1234', 'guessable'],
    ['azertyuiop123', 'guessable'],
    ['aaaaaaaaaaaaaaaa', 'guessable'],
    ['123456789012345', 'guessable'],
    ['liberté égalité', undefined],
    ['cheval agrafe pile correct', undefined],
    ['x7!Qm2#vL9@z', undefined],
  ])('[ACC-10] %j is %s', (password, expected) => {
    expect(weakness(password)).toBe(expected);
  });

  it('[ACC-10] of any length is judged within a bounded time', () => {
    const before = process.cpuUsage();
    for (const unit of ['a', 'ab', 'azerty', '2024-12-31', 'пароль', '@4', '🔑'])
      weakness(unit.repeat(128).slice(0, 256));
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(5_000);
  });
});

describe('a name', () => {
  it.each([
    ['  Camille   Durand ', 'Camille Durand'],
    ['Anai\u0308s', 'Anaïs'],
    ['李', '李'],
    ['M. le préfet (59)', 'M. le préfet (59)'],
  ])('[ACC-11] %j is shown as %j', (input, name) => {
    expect(parseName(input)).toEqual({ ok: true, value: name });
  });

  it.each([
    '',
    '   ',
    '123',
    '👍',
    'a'.repeat(81),
    'Eve\u202e',
    'Eve\u200b',
    'Eve\nAdmin',
    'Eve\0',
    'E\u2028ve',
    '\ud800Eve',
    'Eve\ue000',
  ])('[ACC-11] %j is refused', (input) => {
    expect(parseName(input).ok).toBe(false);
  });

  it('[ACC-11] that is taken is taken again as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (input) => {
        const once = parseName(input);
        if (once.ok) expect(parseName(once.value)).toEqual(once);
      }),
    );
  });

  it.each([
    ['jean-pierre.martin@a.fr', 'Jean-Pierre Martin'],
    ["anne.d'arc+essai@a.fr", "Anne D'Arc"],
    ['cabinet_ministre@a.fr', 'Cabinet Ministre'],
    ['__@a.fr', ''],
  ])('is suggested from %s as %j', (text, name) => {
    expect(suggestedName(text as Address)).toBe(name);
  });
});
