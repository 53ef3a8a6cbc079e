import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldWord, indexWords, matchesIn, queryWords } from './words.ts';

describe('words', () => {
  it('are compared without accents, case and ligatures [INDEX-1]', () => {
    expect([...indexWords("L'été, RÉUNION à Œuvre ﬁn Straße")]).toEqual([
      'l',
      'ete',
      'reunion',
      'a',
      'oeuvre',
      'fin',
      'strasse',
    ]);
    expect(foldWord('E\u0301TE\u0301')).toBe('ete');
  });

  it('are found through zero-width and bidi characters [INDEX-1]', () => {
    expect([...indexWords('r\u200bé\u200dun\u00adion \u202ebudget\u202c \u2066x\u2069')]).toEqual([
      'reunion',
      'budget',
      'x',
    ]);
    expect(queryWords('\u202eRé\u200bunion')).toEqual(['reunion']);
  });

  it('stay bounded, whatever one sender writes [INDEX-8]', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `mot${index}`).join(' ');
    expect(indexWords(many).size).toBe(1_500);
    const [huge] = indexWords('a'.repeat(65_536));
    expect(huge).toHaveLength(40);
    expect(indexWords('\u0301'.repeat(65_536)).size).toBe(0);
    expect(indexWords(`x${'\u0301\u200b'.repeat(32_000)}`).size).toBe(1);
  });

  it('of HTML are words like others, and nothing more [INDEX-8]', () => {
    expect([...indexWords('<img src=x onerror="alert(1)">')]).toEqual(['img', 'src', 'x', 'onerror', 'alert', '1']);
  });

  it('of a question: one that begins another asks for nothing more', () => {
    expect(queryWords('bud budget Préf')).toEqual(['budget', 'pref']);
    expect(queryWords('… !')).toEqual([]);
  });

  it('are shown where they were found, on whole characters [INDEX-7]', () => {
    const text = 'Réunion re\u0301uni du 12';
    expect(matchesIn(text, ['reun'], 9).map(([from, to]) => text.slice(from, to))).toEqual(['Réun', 're\u0301un']);
    expect(matchesIn('Œuvre', ['oe'], 9)).toEqual([[0, 1]]);
  });

  it('never throw, and give ranges inside of the text [INDEX-8]', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.string({ unit: 'binary', maxLength: 10 }),
        (text, query) => {
          for (const word of indexWords(text)) expect(word.length).toBeLessThanOrEqual(40);
          const words = queryWords(query);
          for (const [start, end] of matchesIn(text, words, 5)) {
            expect(start).toBeGreaterThanOrEqual(0);
            expect(end).toBeGreaterThan(start);
            expect(end).toBeLessThanOrEqual(text.length);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of a message are found by each of their beginnings', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const words = indexWords(text);
        for (const word of words) {
          const [wanted] = queryWords(word);
          expect(wanted).toBe(word);
          expect(matchesIn(text, [word], 1)).toHaveLength(1);
        }
      }),
      { numRuns: 500 },
    );
  });
});
