/** A text as it is looked for: without case and accents, and nothing that is not seen. */
export function folded(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}|\p{Cf}/gu, '')
    .toLowerCase()
    .replaceAll('œ', 'oe')
    .replaceAll('æ', 'ae');
}
