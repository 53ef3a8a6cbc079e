import { parseUserId } from '@besace/protocol/core/ids';
import { expect, test } from 'vitest';
import { invitationOf, marksOf, nameOf, opennessOf } from './listState.ts';
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

test('[WSP-6] an invitation says to what kind of place; a name that cannot be read yet is not that of who invites', () => {
  const say = (key: string, named?: Record<string, unknown>) =>
    `${key.split('.').slice(2).join('.')} ${Object.values(named ?? {})}`;
  const user = parseUserId('@nora:culture.test');
  if (!user.ok) throw new Error('not an id');
  const inviter = { userId: user.value, name: 'Nora' };
  const board = invitationOf(summary('b', { kind: 'board', name: 'Nora', inviter }), say);
  expect(board.name).toBe('unnamed.board ');
  expect(board.whole).toBe('short.board by Nora');
  const chat = invitationOf(summary('c', { name: 'Plan', inviter }), say);
  expect(chat).toMatchObject({ name: 'Plan', by: 'short.room by Nora', whole: 'whole.room by Nora,Plan' });
  const direct = invitationOf(summary('d', { name: 'Nora', direct: true, inviter }), say);
  expect(direct).toMatchObject({ name: 'Nora', whole: 'whole.direct by Nora,Nora', avatar: user.value });
});
