import { expect, test } from 'vitest';
import { marksOf, nameOf, opennessOf } from './listState.ts';
import { summary } from './testing.ts';

const t = (key: string, named?: Record<string, unknown>) => `${key.split('.').at(-1)}${named ? ` ${named.count}` : ''}`;

test('[WSP-5] unread and mentions are said', () => {
  expect(marksOf(summary('Plan', { unread: 3, highlights: 1 }), t)).toBe('mentions 1, unread 3');
});

test('[WSP-3] [T6] a locked name says so', () => {
  expect(nameOf(summary('!abc', { nameLocked: true }), t)).toBe('locked');
  expect(nameOf(summary('Plan'), t)).toBe('Plan');
});

test('[WSP-4] [T9] outsiders inside are said before that they may come in', () => {
  expect(opennessOf(summary('a', { openToOutsiders: true }), t)).toBe('open');
  expect(opennessOf(summary('a', { openToOutsiders: true, outsiderCount: 2 }), t)).toBe('outsiders');
  expect(opennessOf(summary('a'), t)).toBeNull();
  expect(marksOf(summary('a', { encrypted: false, outsiderCount: 1 }), t)).toBe('outsiders, notEncrypted');
});
