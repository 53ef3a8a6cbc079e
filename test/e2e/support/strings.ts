import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@besace/homeserver-config/layout';
import type { Page } from 'playwright-core';

/** Sentences of the French interface that are not also English: none of them may be on an English page. */
export function onlyFrench(): ReadonlySet<string> {
  const french = sentences('fr');
  for (const sentence of sentences('en')) french.delete(sentence);
  return french;
}

/** What a page says, in view or read aloud, that stands in `sentences`. */
export async function saidOf(page: Page, sentences: ReadonlySet<string>): Promise<string[]> {
  const said = await page.evaluate(() => {
    const texts: string[] = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode.textContent ?? '');
    for (const element of document.querySelectorAll('*')) {
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) texts.push(element.getAttribute(name) ?? '');
    }
    return texts;
  });
  return [...new Set(said.map((text) => text.trim()))].filter((text) => sentences.has(text));
}

function sentences(locale: 'fr' | 'en'): Set<string> {
  const source = join(ROOT, 'client', 'src');
  const features = readdirSync(join(source, 'features')).map((name) => join(source, 'features', name));
  const found = new Set<string>();
  for (const folder of [join(source, 'app'), ...features]) {
    collect(JSON.parse(readFileSync(join(folder, 'strings', `${locale}.json`), 'utf8')), found);
  }
  return found;
}

/** Plural forms stand one beside the other, divided by a bar. */
function collect(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') for (const form of value.split('|')) into.add(form.trim());
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) collect(inner, into);
}
