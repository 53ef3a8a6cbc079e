/** What an organisation declares of the domains of its agents: `a.fr` (that one) or `*.a.fr` (every one below it). */
export type DomainPattern = string;

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const pattern = new RegExp(`^(?:\\*\\.)?(?:${label}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`);

/** Lower case, ASCII, at least two labels. A pattern over a whole top level (`*.fr`) is refused. */
export function isDomainPattern(text: string): boolean {
  return text.length <= 253 && pattern.test(text) && text.replace(/^\*\./, '').includes('.');
}

/**
 * How well `domain` fits, as the length of the pattern; 0 when it does not. A domain itself fits better than any pattern
 * over it, and a longer pattern better than a shorter one.
 */
export function domainFit(declared: DomainPattern, domain: string): number {
  if (!declared.startsWith('*.')) return declared === domain ? Number.MAX_SAFE_INTEGER : 0;
  const below = declared.slice(1);
  return domain.length > below.length && domain.endsWith(below) ? below.length : 0;
}
