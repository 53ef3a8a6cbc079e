/** A stretch of a text, in UTF-16 units: from `start` to before `end`. */
export type TextRange = readonly [start: number, end: number];

/** Longest beginning of a word that is told apart, UTF-16 units: a longer word is found by its beginning. */
const MAX_WORD = 40;
/** Different words of one message that are indexed; more is not talk, and one sender must not fill the index (T3). */
const MAX_WORDS = 1_500;
/** Longest text that is read for words, UTF-16 units. */
const MAX_TEXT = 64 * 1024;
/** Words of one question that count. */
const MAX_QUERY_WORDS = 8;

/** What is said without being seen: zero-width and bidi characters, soft hyphens (format characters), and marks that stand alone. */
const UNSEEN = /[\p{Cf}\p{Mn}\p{Me}]/gu;
/** A word as it is written: letters and digits, with the unseen in between. */
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}\p{Cf}]*/gu;
const PLAIN = /^[a-z0-9]+$/;

/**
 * A word as it is compared: without accents, case, ligatures and what is not seen, so that `oeuvre` finds `Œuvre` and `reunion`
 * finds `RÉU\u200bNION`. May be empty.
 */
export function foldWord(word: string): string {
  if (PLAIN.test(word)) return word;
  return word
    .normalize('NFKD')
    .replace(UNSEEN, '')
    .toLowerCase()
    .replace(/œ/g, 'oe')
    .replace(/æ/g, 'ae')
    .replace(/ß/g, 'ss')
    .replace(UNSEEN, '');
}

/** The different words of a text as the index keeps them. Bounded in number and length whatever the text is. */
export function indexWords(text: string): Set<string> {
  const words = new Set<string>();
  for (const [word] of text.slice(0, MAX_TEXT).matchAll(WORD)) {
    for (const part of partsOf(word.slice(0, 4 * MAX_WORD))) {
      words.add(part.slice(0, MAX_WORD));
      if (words.size >= MAX_WORDS) return words;
    }
  }
  return words;
}

/** The words that a question asks for: each must begin a word of the message. One that begins another one asks for nothing more. */
export function queryWords(query: string): readonly string[] {
  const all = [...indexWords(query)];
  const needed = all.filter((word) => !all.some((other) => other !== word && other.startsWith(word)));
  return needed.slice(0, MAX_QUERY_WORDS);
}

/** Where words of `text` begin with one of `words`: the stretches that a reader is shown, at most `limit`, in order. */
export function matchesIn(text: string, words: readonly string[], limit: number): TextRange[] {
  const found: TextRange[] = [];
  for (const match of text.slice(0, MAX_TEXT).matchAll(WORD)) {
    const written = match[0].slice(0, 4 * MAX_WORD);
    const parts = partsOf(written);
    const word = words.find((wanted) => parts.some((part) => part.startsWith(wanted)));
    if (word === undefined) continue;
    found.push([match.index, match.index + lengthOfMatch(written, word, parts)]);
    if (found.length >= limit) break;
  }
  return found;
}

/** Folding may bring separators (a compatibility character such as `½` or `℀`): what it gives is split again. */
function partsOf(word: string): string[] {
  const folded = foldWord(word);
  if (PLAIN.test(folded)) return [folded];
  return folded.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== '');
}

/** How much of the written word its folded beginning covers. */
function lengthOfMatch(written: string, word: string, parts: readonly string[]): number {
  if (!parts[0]?.startsWith(word)) return written.length;
  let length = 0;
  for (const character of written) {
    if (length > 0 && foldWord(written.slice(0, length)).length >= word.length) break;
    length += character.length;
  }
  // A mark or an unseen character that belongs to the last letter.
  const rest = /^[\p{M}\p{Cf}]+/u.exec(written.slice(length));
  return length + (rest?.[0].length ?? 0);
}
