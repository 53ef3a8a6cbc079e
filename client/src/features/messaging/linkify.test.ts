import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkify } from './linkify.ts';

test('addresses become links and the sentence keeps its end', () => {
  expect(linkify('Voir https://besace.test/a?b=1. Merci')).toEqual([
    { text: 'Voir ', href: null },
    { text: 'https://besace.test/a?b=1', href: 'https://besace.test/a?b=1' },
    { text: '. Merci', href: null },
  ]);
  expect(linkify('(https://fr.test/wiki/Sac_(objet))').map((segment) => segment.text)).toEqual([
    '(',
    'https://fr.test/wiki/Sac_(objet)',
    ')',
  ]);
  expect(linkify('à anne@interieur.gouv.fr !')[1]).toEqual({
    text: 'anne@interieur.gouv.fr',
    href: 'mailto:anne@interieur.gouv.fr',
  });
});

test('[MSG-12] only web and mail addresses become links', () => {
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'vbscript:x']) {
    expect(linkify(text).every((segment) => segment.href === null)).toBe(true);
  }
});

test('[T7] whatever the text, it is all there and in order', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.webUrl(), fc.emailAddress()), (text) => {
      expect(
        linkify(text)
          .map((segment) => segment.text)
          .join(''),
      ).toBe(text);
    }),
  );
});
