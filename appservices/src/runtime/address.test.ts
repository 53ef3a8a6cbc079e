import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, domainOf, localPartOf, parseAddress } from './address.ts';

const read = (input: unknown) => {
  const parsed = parseAddress(input);
  return parsed.ok ? parsed.value : parsed.error.code;
};

describe('an address', () => {
  it.each([
    ['jean.dupont@interieur.gouv.fr', 'jean.dupont@interieur.gouv.fr'],
    ['Jean-Pierre.MARTIN@Culture.Gouv.FR', 'jean-pierre.martin@culture.gouv.fr'],
    ["  anne.d'arc+besace@ville-metz.fr  ", "anne.d'arc+besace@ville-metz.fr"],
    ['x@a.b', 'x@a.b'],
  ])('[ACC-1] %j is read as %s', (input, address) => {
    expect(read(input)).toBe(address);
  });

  it.each([
    '<eve@evil.com>@gouv.fr',
    'eve@evil.com,agent@gouv.fr',
    'eve@evil.com;agent@gouv.fr',
    'eve@evil.com agent@gouv.fr',
    'group:eve@evil.com;@gouv.fr',
    '"agent@gouv.fr" <eve@evil.com>',
    'agent@gouv.fr <eve@evil.com>',
    '<agent@gouv.fr>',
    'agent@gouv.fr\r\nBcc: eve@evil.com',
    'agent@gouv.fr\nRCPT TO:<eve@evil.com>',
    'agent\r\n@gouv.fr',
    'agent@gouv.fr\r',
    'agent@gouv.fr\t',
    'agent@gouv.fr\0',
    'agent@gouv.fr\u0000.evil.com',
    'agent(comment)@gouv.fr',
    'agent@(comment)gouv.fr',
    'agent@gouv.fr(comment)',
    '"agent"@gouv.fr',
    '"eve@evil.com"@gouv.fr',
    '"a b"@gouv.fr',
    'agent\\@evil.com@gouv.fr',
    '@evil.com:agent@gouv.fr',
    '@gouv.fr',
    'agent@',
    'agent',
    '@',
    '',
    '   ',
    'eve%evil.com@gouv.fr',
    'evil.com!eve@gouv.fr',
    'agent@@gouv.fr',
    'agent@evil.com@gouv.fr',
    '.agent@gouv.fr',
    'agent.@gouv.fr',
    'agent..a@gouv.fr',
    'agent@.gouv.fr',
    'agent@gouv..fr',
    'agent@gouv.fr.',
    'agent@-gouv.fr',
    'agent@gouv-.fr',
    'agent@gouv_x.fr',
    'agent@gouv',
    'agent@localhost',
    'agent@[127.0.0.1]',
    'agent@[IPv6:::1]',
    'agent@127.0.0.1',
    'agent@gouv.fr:25',
    'agent@gouv.fr/evil.com',
    'agent@gouv.fr#evil.com',
    'agent@gouv.fr?x=y',
    'agent@gоuv.fr',
    'agent@ｇouv.fr',
    'agent@gouv。fr',
    'agent@gouv\u200b.fr',
    'agent@xn--guv-pbd.fr',
    'agent@minist%C3%A8re.fr',
    'ministère@gouv.fr',
    'agent\u202e@gouv.fr',
    'agent@\u212aouv.fr',
    'mailto:agent@gouv.fr',
    'agent@gouv.fr,',
    `${'a'.repeat(65)}@gouv.fr`,
    `a@${'b'.repeat(64)}.fr`,
    `a@${'b.'.repeat(130)}fr`,
    `${'a'.repeat(60)}@${`${'b'.repeat(60)}.`.repeat(5)}fr`,
    'a'.repeat(100_000),
  ])('[ACC-1] %j is refused', (input) => {
    expect(read(input)).toBe('bad-address');
  });

  it.each([undefined, null, 3, {}, [], ['agent@gouv.fr'], { toString: () => 'agent@gouv.fr' }])(
    '[ACC-1] %j is refused',
    (input) => {
      expect(read(input)).toBe('bad-address');
    },
  );

  it('[ACC-1] whatever is put in, what comes out is one plain address that reads as itself', () => {
    const pieces = fc.constantFrom(...'<>@,;:()[]"\\% \r\n\t\0.-_+=\'!aZ9éо'.split(''), 'gouv.fr', 'evil.com', 'xn--a');
    const text = fc.oneof(
      fc.string(),
      fc.emailAddress(),
      fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        const parsed = parseAddress(input);
        if (!parsed.ok) return;
        expect(parsed.value).toMatch(/^[a-z0-9.'+_&=~-]{1,64}@(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*$/);
        expect(parsed.value.length).toBeLessThanOrEqual(254);
        expect(parsed.value.split('@')).toEqual([localPartOf(parsed.value), domainOf(parsed.value)]);
        expect(parseAddress(parsed.value)).toEqual(parsed);
      }),
      { numRuns: 5000 },
    );
  });

  it('[ACC-1] an address within something else is never taken for the whole', () => {
    const around = fc.string({ minLength: 1, maxLength: 5 }).filter((text) => !/^[A-Za-z0-9.'+_&=~ -]*$/.test(text));
    fc.assert(
      fc.property(around, fc.boolean(), (junk, before) => {
        const inner = 'agent@gouv.fr' as Address;
        expect(parseAddress(before ? junk + inner : inner + junk).ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
