import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('..', import.meta.url));
const folders = globSync('**/strings', { cwd: source }).map((path) => path.replaceAll('\\', '/'));

type Tree = { readonly [key: string]: string | Tree };

function read(folder: string, locale: 'fr' | 'en'): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (tree: Tree, before: string): void => {
    for (const [key, value] of Object.entries(tree)) {
      if (typeof value === 'string') found.set(`${before}${key}`, value);
      else walk(value, `${before}${key}.`);
    }
  };
  walk(JSON.parse(readFileSync(`${source}/${folder}/${locale}.json`, 'utf8')) as Tree, '');
  return found;
}

/** `app`, or the name of the feature. */
function namespaceOf(folder: string): string {
  return folder.split('/').at(-2) ?? '';
}

describe.each(folders)('strings of %s', (folder) => {
  const fr = read(folder, 'fr');
  const en = read(folder, 'en');

  it('has the same keys in French and English', () => {
    expect([...en.keys()].sort()).toEqual([...fr.keys()].sort());
  });

  it('names the same values and has the same forms in both', () => {
    const names = (text: string): readonly string[] => [...new Set(text.match(/\{\w+\}/g))].sort();
    const forms = (text: string): number => text.split(' | ').length;
    for (const [key, text] of fr) {
      expect([key, names(en.get(key) ?? ''), forms(en.get(key) ?? '')]).toEqual([key, names(text), forms(text)]);
    }
  });

  it('writes French with its typography: apostrophes, guillemets and no-break spaces', () => {
    for (const [key, text] of fr) {
      const plain = text.replace(/\{'.'\}/g, '');
      expect([key, /'|"/.test(plain)], text).toEqual([key, false]);
      // A breaking space, or none, before ; : ? ! » or after « (numbers like 14:02 and addresses excepted).
      expect([key, / [;:?!»]|« |[^\s\u00a0\u202f][;?!»]/.test(plain.replace(/https?:\S+/g, ''))], text).toEqual([
        key,
        false,
      ]);
    }
  });
});

describe('use of strings', () => {
  const known = new Set(
    folders.flatMap((folder) => [...read(folder, 'fr').keys()].map((key) => `${namespaceOf(folder)}.${key}`)),
  );
  const namespaces = new Set(folders.map(namespaceOf));

  it('has every key that the sources name', () => {
    const missing: string[] = [];
    for (const file of globSync('**/*.{vue,ts}', { cwd: source })) {
      if (file.endsWith('.test.ts')) continue;
      const text = readFileSync(`${source}/${file}`, 'utf8').replace(/\bid: '[^']*'/g, '');
      for (const [, key = ''] of text.matchAll(/['"`]([a-z]+(?:\.[A-Za-z0-9-]+)+)['"`]/g)) {
        const namespace = key.split('.')[0] ?? '';
        // A name that begins keys (`t(`${prefix}.${kind}`)`) counts, and so do ids of commands, which are no arguments of t().
        const begins = [...known].some((one) => one.startsWith(`${key}.`));
        if (namespaces.has(namespace) && !known.has(key) && !begins) missing.push(`${file}: ${key}`);
      }
    }
    expect(missing).toEqual([]);
  });
});
