import { err, ok, type Result } from '@besace/protocol/core/result';
import { isEmailValid } from '@hapi/address';

declare const brand: unique symbol;
/** One mail address, in lower case: the only form in which an address is stored, compared or sent to. */
export type Address = string & { readonly [brand]: 'Address' };

export type AddressError = { readonly code: 'bad-address' };

/**
 * What is accepted of RFC 5321's local parts. Left out on purpose: `%` and `!`, with which relays of old are told of
 * another domain; and characters that no directory of agents gives out but that shells, paths and templates know.
 */
const LOCAL_PART = /^[a-z0-9'+_&=~-]+(?:\.[a-z0-9'+_&=~-]+)*$/;

/**
 * Reads exactly one bare address: no name, comment, group, list, quoted local part, source route or literal; an ASCII
 * domain of two labels or more. Its domain means something only after this (trust.md, fact 9). Spaces around it are
 * forgiven, for people paste. Internationalised domains are refused in both of their forms, because one that looks like
 * a ministry's is the older trick.
 */
export function parseAddress(input: unknown): Result<Address, AddressError> {
  if (typeof input !== 'string' || input.length > 1000) return err({ code: 'bad-address' });
  // Before the case is changed: the Kelvin sign becomes a plain k.
  if (/[^\x20-\x7e]/.test(input)) return err({ code: 'bad-address' });
  const text = input.replace(/^ +| +$/g, '').toLowerCase();
  // The grammar of RFC 5321 without its obsolete and quoted forms, lengths included; then what is ours.
  if (!isEmailValid(text, { allowUnicode: false, minDomainSegments: 2 })) return err({ code: 'bad-address' });
  const at = text.indexOf('@');
  const domain = text.slice(at + 1);
  const fits = LOCAL_PART.test(text.slice(0, at)) && /^[a-z0-9.-]+$/.test(domain) && !/(?:^|\.)xn--/.test(domain);
  return fits ? ok(text as Address) : err({ code: 'bad-address' });
}

export function localPartOf(address: Address): string {
  return address.slice(0, address.indexOf('@'));
}

export function domainOf(address: Address): string {
  return address.slice(address.indexOf('@') + 1);
}
