import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../runtime/address.ts';
import { isDomainPattern } from '../../runtime/domain-pattern.ts';
import { testConfig } from '../../testing/config.ts';
import { organisationOf } from './organisation.ts';

const { organisations } = testConfig();
const place = (domain: string) => {
  const address = parseAddress(`agent@${domain}`);
  return address.ok && organisationOf(organisations, address.value).id;
};

describe('the organisation of a domain', () => {
  it.each([
    ['interieur.gouv.fr', 'interieur'],
    ['INTERIEUR.gouv.fr', 'interieur'],
    ['prefecture.interieur.gouv.fr', 'interieur'],
    ['a.b.interieur.gouv.fr', 'interieur'],
    // The ministry says culture.gouv.fr itself, and the other one every domain below gouv.fr.
    ['culture.gouv.fr', 'culture'],
    ['louvre.musee.culture.gouv.fr', 'culture'],
    ['musee.culture.gouv.fr', 'interieur'],
    ['gouv.fr', 'externes'],
    ['notgouv.fr', 'externes'],
    ['interieur-gouv.fr', 'externes'],
    ['interieur.gouv.fr.evil.com', 'externes'],
    ['evilinterieur.gouv.fr.com', 'externes'],
    ['association.example', 'externes'],
  ])('[ACC-2] %s is %s', (domain, organisation) => {
    expect(place(domain)).toBe(organisation);
  });

  it('[ACC-2] may not be declared over a whole top level, nor in capitals or another script', () => {
    expect(['gouv.fr', '*.gouv.fr', 'a-b.gouv.fr'].map(isDomainPattern)).toEqual([true, true, true]);
    const wrong = [
      '*.fr',
      '*',
      'fr',
      '',
      'Gouv.fr',
      'ministère.fr',
      '*.*.fr',
      'a.*.fr',
      'gouv.fr.',
      '.gouv.fr',
      '*gouv.fr',
    ];
    expect(wrong.filter(isDomainPattern)).toEqual([]);
  });
});
