import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from '../../runtime/address.ts';
import { localpartFor } from './localpart.ts';

const localpart = (text: string) => {
  const address = parseAddress(text);
  if (!address.ok) throw new Error(`not an address: ${text}`);
  const made = localpartFor(address.value, 'interieur.test');
  return made.ok ? made.value : made.error.code;
};

const local = fc
  .array(fc.constantFrom(..."ab9.-_+='&~".split('')), { minLength: 1, maxLength: 12 })
  .map((all) => all.join(''));
const domain = fc.constantFrom('a.fr', 'b-a.fr', 'a.b.fr', 'gouv.fr', 'a-gouv.fr');
const address = fc
  .tuple(local, domain)
  .map(([name, host]) => parseAddress(`${name}@${host}`))
  .filter((parsed) => parsed.ok)
  .map((parsed) => (parsed.ok ? parsed.value : ('' as Address)));

describe('a local part', () => {
  it.each([
    ['jean-pierre.martin@interieur.gouv.fr', 'jean-pierre.martin_interieur.gouv.fr'],
    ['Jean.Dupont+essai@gouv.fr', 'jean.dupont+essai_gouv.fr'],
    ["anne.d'arc@gouv.fr", 'anne.d=27arc_gouv.fr'],
    ['_besace@gouv.fr', '=5fbesace_gouv.fr'],
    ['a=27b@gouv.fr', 'a=3d27b_gouv.fr'],
  ])('[ACC-3] of %s is %s', (text, expected) => {
    expect(localpart(text)).toBe(expected);
  });

  it('[ACC-3] is of one address only', () => {
    fc.assert(
      fc.property(address, address, (one, other) => {
        expect(localpart(one) === localpart(other)).toBe(one === other);
      }),
      { numRuns: 5000 },
    );
  });

  it('[ACC-3] is one that a homeserver takes for people: its characters, not a number, not the services’ own', () => {
    fc.assert(
      fc.property(address, (one) => {
        // synapse/types/__init__.py, contains_invalid_mxid_characters, and handlers/register.py, check_username.
        expect(localpart(one)).toMatch(/^[a-z0-9.=+-][a-z0-9._=+-]*$/);
        expect(localpart(one)).not.toMatch(/^\d+$/);
      }),
    );
  });

  it('[ACC-3] that does not fit into a user id is refused', () => {
    expect(localpart(`${"'".repeat(64)}@gouv.fr`)).toHaveLength(64 * 3 + 8);
    const host = `${'b'.repeat(60)}.${'c'.repeat(60)}.fr`;
    expect(localpart(`${"'".repeat(64)}@${host}`)).toBe('bad-address');
  });
});
