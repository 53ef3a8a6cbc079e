import { expect, test } from 'vitest';
import { ref } from 'vue';
import { createWords } from './words.ts';

test('[BRD-14] a sentence is asked for once a language, whatever its value', () => {
  const locale = ref('fr');
  const asked: string[] = [];
  const words = createWords((key, named) => {
    asked.push(`${locale.value} ${key}`);
    return `${locale.value} ${key} ${named?.title ?? ''}`;
  }, locale);
  expect(words.with('open', 'title', 'un')).toBe('fr open un');
  // What a person wrote is no pattern.
  expect(words.with('open', 'title', '$& deux $1')).toBe('fr open $& deux $1');
  expect(words.of('none')).toBe(words.of('none'));
  locale.value = 'en';
  expect(words.with('open', 'title', 'trois')).toBe('en open trois');
  expect(asked).toEqual(['fr open', 'fr none', 'en open']);
});
