import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { anyHostile, nested } from '../testing/arbitraries.ts';
import { canonical } from '../testing/canonical.ts';
import { LAW_TIMEOUT, runs } from '../testing/runs.ts';
import { isCalendarDate, isDoubtfulDate } from './calendar-date.ts';
import { compareJson, MAX_CONTENT_BYTES, measureJson, own } from './json.ts';
import { parseWith } from './parse.ts';
import { calendarDate } from './schemas.ts';

vi.setConfig({ testTimeout: LAW_TIMEOUT });

/** The bytes of UTF-8, by the encoding that every URL uses. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

describe('what comes in', () => {
  it('[CORE-1] is measured as the bytes of its JSON', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(text, fc.jsonValue({ stringUnit: 'grapheme' })), (value) => {
        expect(measureJson(value)).toEqual({ ok: true, value: bytesOf(JSON.stringify(value)) });
      }),
      { numRuns: runs() },
    );
  });

  it('[CORE-1] is refused past 48 KiB, past 12 levels, and where JSON or UTF-8 cannot carry it, with its path', () => {
    expect(measureJson('x'.repeat(MAX_CONTENT_BYTES - 2)).ok).toBe(true);
    expect(measureJson('x'.repeat(MAX_CONTENT_BYTES - 1))).toMatchObject({ error: { code: 'too-large' } });
    expect(measureJson({ a: nested(11) }).ok).toBe(true);
    expect(measureJson({ a: nested(12) })).toMatchObject({ error: { code: 'too-large' } });
    expect(measureJson(nested(100_000))).toMatchObject({ error: { code: 'too-large' } });
    expect(measureJson({ a: [{ b: Number.NaN }] })).toMatchObject({ error: { code: 'bad-shape', path: 'a.0.b' } });
    for (const bad of ['\ud800', '\udc00', 'a\ud800b', '\ud800\ud800', '\udc00\ud800']) {
      expect(measureJson([bad])).toMatchObject({ error: { code: 'bad-shape', path: '0' } });
      expect(measureJson({ [bad]: 1 }).ok).toBe(false);
    }
    for (const bad of [undefined, () => 1, 1n, Symbol('x'), [undefined], new Array(3)])
      expect(measureJson(bad).ok).toBe(false);
  });

  it('[CORE-1] costs no more than the limit, however large', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect(measureJson(cyclic).ok).toBe(false);
    expect(measureJson(Array.from({ length: 100_000 }, () => 'label'))).toMatchObject({ error: { code: 'too-large' } });
  });

  it('[CORE-1] is reported without the value itself', () => {
    const secret = 'le mot de passe';
    const outcome = parseWith(calendarDate(), secret, 'due.value');
    expect(outcome).toMatchObject({ ok: false, error: { path: 'due.value' } });
    expect(JSON.stringify(outcome)).not.toContain(secret);
  });

  it('[CORE-1] is looked up by own properties only', () => {
    expect(own({}, 'constructor')).toBeUndefined();
    expect(own({}, '__proto__')).toBeUndefined();
    expect(own(JSON.parse('{"__proto__": 1}'), '__proto__')).toBe(1);
  });

  it('[T4] has one order for everyone, equal only where it says the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (a, b, c) => {
        expect(Math.sign(compareJson(a, b))).toBe(0 - Math.sign(compareJson(b, a)));
        expect(compareJson(a, b) === 0).toBe(canonical(a) === canonical(b));
        if (compareJson(a, b) <= 0 && compareJson(b, c) <= 0) expect(compareJson(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: runs() },
    );
  });

  it('[T3] never makes the measure throw', () => {
    fc.assert(
      fc.property(anyHostile, (value) => {
        measureJson(value);
      }),
      { numRuns: runs() },
    );
  });
});

describe('dates', () => {
  it('[CORE-17] are days that exist, from 1970 to 9999', () => {
    for (const good of ['1970-01-01', '2000-02-29', '2028-02-29', '9999-12-31'])
      expect(isCalendarDate(good)).toBe(true);
    const bad = [
      '1969-12-31',
      '1900-02-29',
      '2027-02-29',
      '2027-13-01',
      '2027-00-10',
      '2027-04-31',
      '2027-1-1',
      '',
      '+275760-09-13',
    ];
    for (const text of [...bad, '275760-09-13', '2027-01-01T00:00:00Z', ' 2027-01-01', '２０２７-01-01']) {
      expect(isCalendarDate(text)).toBe(false);
    }
  });

  it('[CORE-17] of servers are doubtful when more than five minutes ahead', () => {
    const now = 1_795_000_000_000;
    expect(isDoubtfulDate(now + 300_000, now)).toBe(false);
    expect(isDoubtfulDate(now + 300_001, now)).toBe(true);
    expect(isDoubtfulDate(0, now)).toBe(false);
    for (const bad of [-1, Number.NaN, 1e300, 0.5]) expect(isDoubtfulDate(bad, now)).toBe(true);
  });
});
