import { type Address, domainOf } from '../../runtime/address.ts';
import type { Organisation } from '../../runtime/config.ts';
import { domainFit } from '../../runtime/domain-pattern.ts';

/** The organisation that the address's domain belongs to; the outsiders' one when nobody declares it (ACC-2). */
export function organisationOf(organisations: readonly Organisation[], address: Address): Organisation {
  const domain = domainOf(address);
  let best: { organisation: Organisation; fit: number } | undefined;
  for (const organisation of organisations) {
    const fit = Math.max(0, ...organisation.domains.map((declared) => domainFit(declared, domain)));
    if (fit > (best?.fit ?? 0)) best = { organisation, fit };
  }
  if (best !== undefined) return best.organisation;
  const outsiders = organisations.find((organisation) => organisation.outsiders);
  if (outsiders === undefined) throw new Error('no organisation for outsiders: the configuration was not parsed');
  return outsiders;
}
