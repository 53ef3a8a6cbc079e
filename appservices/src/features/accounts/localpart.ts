import { err, ok, type Result } from '@besace/protocol/core/result';
import { type Address, type AddressError, domainOf, localPartOf } from '../../runtime/address.ts';

/** Matrix spec, appendices, 3.2.1: a user id with its sigil, colon and server name. */
const MAX_USER_ID_BYTES = 255;

/**
 * `jean-pierre.martin@interieur.gouv.fr` becomes `jean-pierre.martin_interieur.gouv.fr`. No domain has an underscore, so
 * the last one is always ours and two addresses never meet (ACC-3). What a user id cannot hold is written `=` and two
 * hexadecimal digits, `=` itself too, as the specification advises for mapping other identifiers; so is an underscore at
 * the start. Refused when it does not fit into a user id.
 */
export function localpartFor(address: Address, serverName: string): Result<string, AddressError> {
  const local = localPartOf(address).replace(/^_|[^a-z0-9._+-]/g, (character) => `=${hex(character)}`);
  const localpart = `${local}_${domainOf(address)}`;
  const fits = `@${localpart}:${serverName}`.length <= MAX_USER_ID_BYTES;
  return fits ? ok(localpart) : err({ code: 'bad-address' });
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0');
}
