/** The longest word kept and looked for; characters. */
const MAX_WORD = 40;
/** Most words of one person, or of one search. */
const MAX_WORDS = 12;

const ligatures: Readonly<Record<string, string>> = { œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', đ: 'd', ł: 'l' };

/** The words of a text as they are compared: lower case, without accents, letters and digits only (DIR-4). */
export function wordsOf(text: string): string[] {
  const plain = text
    .slice(0, 1000)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[œæßøđł]/g, (character) => ligatures[character] ?? character);
  const words = plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  return [...new Set(words.map((word) => word.slice(0, MAX_WORD)))].slice(0, MAX_WORDS);
}

/** What comes after every word that begins with `prefix`, in the order of code points. */
export function afterPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}
