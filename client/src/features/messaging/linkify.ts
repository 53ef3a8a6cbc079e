/** A piece of a plain text: words, or an address that one can follow. */
export type Segment = { readonly text: string; readonly href: string | null };

const address = /\bhttps?:\/\/[^\s<>"'`]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/gi;

/** Cuts a text at its web and mail addresses. What closes the sentence, or a parenthesis not opened inside, stays outside. */
export function linkify(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const match of text.matchAll(address)) {
    const found = trimEnd(match[0]);
    const href = found.includes('://') ? webAddress(found) : `mailto:${found}`;
    if (href === null) {
      continue;
    }
    if (match.index > from) {
      segments.push({ text: text.slice(from, match.index), href: null });
    }
    segments.push({ text: found, href });
    from = match.index + found.length;
  }
  if (from < text.length) {
    segments.push({ text: text.slice(from), href: null });
  }
  return segments;
}

function webAddress(found: string): string | null {
  return URL.canParse(found) ? new URL(found).href : null;
}

function trimEnd(found: string): string {
  let end = found.length;
  while (end > 0) {
    const last = found.charAt(end - 1);
    const unopened = last === ')' && count(found, '(', end) < count(found, ')', end);
    if (!unopened && !'.,;:!?…»"\''.includes(last)) {
      break;
    }
    end -= 1;
  }
  return found.slice(0, end);
}

function count(text: string, character: string, end: number): number {
  return text.slice(0, end).split(character).length - 1;
}
