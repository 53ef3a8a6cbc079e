import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sentenceKey, sentenceValues } from './errors.ts';

const types = readFileSync(new URL('../../../matrix/src/api/common.ts', import.meta.url), 'utf8');
const own = readFileSync(new URL('./errors.ts', import.meta.url), 'utf8');

function codesAfter(text: string, start: string): readonly string[] {
  const union = text.slice(text.indexOf(start)).split(';')[0] ?? '';
  return [...union.replace(/\/\/.*$/gm, '').matchAll(/\| '([\w-]+)'/g)].map(([, code = '']) => code);
}

describe.each(['fr', 'en'])('sentences in %s', (locale) => {
  const { errors } = JSON.parse(readFileSync(new URL(`./strings/${locale}.json`, import.meta.url), 'utf8')) as {
    errors: Record<string, string>;
  };

  it('has one for every failure', () => {
    const codes = [...types_codes(), ...codesAfter(own, 'export type AccountsErrorCode')];
    expect(codes.length).toBeGreaterThan(25);
    for (const code of codes) expect([code, typeof errors[code]]).toEqual([code, 'string']);
  });

  it('says more than what happened: at least two sentences, or a way on', () => {
    for (const [code, text] of Object.entries(errors)) expect([code, text.length > 20]).toEqual([code, true]);
  });
});

function types_codes(): readonly string[] {
  const start = types.indexOf('export type BesaceError');
  const body = types.slice(start, types.indexOf('readonly retryAfterMs', start));
  return [...body.replace(/\/\/.*$/gm, '').matchAll(/'([\w-]+)'/g)].map(([, code = '']) => code);
}

describe('sentenceKey', () => {
  it('takes the sentence of its own that some details have, and no other', () => {
    expect(sentenceKey({ code: 'invalid', detail: 'waiting' })).toBe('app.errors.invalid-waiting');
    expect(sentenceKey({ code: 'invalid', detail: 'name' })).toBe('app.errors.invalid');
    expect(sentenceKey({ code: 'link-used' })).toBe('app.errors.link-used');
  });

  it('rounds the seconds to wait up, and never says zero', () => {
    expect(sentenceValues({ code: 'limited', retryAfterMs: 1200 }).seconds).toBe(2);
    expect(sentenceValues({ code: 'limited', retryAfterMs: 0 }).seconds).toBe(1);
  });
});
