import { expect, test } from 'vitest';
import { describeRoom, opennessOf } from './listState.ts';
import { summary } from './testing.ts';

const t = (key: string, named?: Record<string, unknown>) => `${key.split('.').at(-1)}${named ? ` ${named.count}` : ''}`;

test('[WSP-5] unread and mentions are said', () => {
  expect(describeRoom(summary('Plan', { unread: 3, highlights: 1 }), t)).toBe('Plan, mentions 1, unread 3');
});

test('[WSP-3] [T6] a locked name says so', () => {
  expect(describeRoom(summary('!abc', { nameLocked: true }), t)).toBe('locked');
});

test('[WSP-4] [T9] outsiders inside are said before that they may come in', () => {
  expect(opennessOf(summary('a', { openToOutsiders: true }), t)).toBe('open');
  expect(opennessOf(summary('a', { openToOutsiders: true, outsiderCount: 2 }), t)).toBe('outsiders');
  expect(opennessOf(summary('a'), t)).toBeNull();
  expect(describeRoom(summary('a', { encrypted: false, outsiderCount: 1 }), t)).toBe('a, outsiders, notEncrypted');
});
