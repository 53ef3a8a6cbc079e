import { expect, test } from 'vitest';
import { countsInOne, isMarked, noticeSentence } from './notices.ts';
import english from './strings/en.json' with { type: 'json' };
import { memberItem, textItem, userId } from './testing.ts';

test('[T9] who comes in is said, an outsider with her mark', () => {
  expect(noticeSentence([memberItem('a', 'Anne', 'joined')])?.key).toBe('joined');
  const outsider = memberItem('b', 'Paul', 'invited', { outsideMember: true });
  expect(noticeSentence([outsider])).toEqual({ key: 'invitedOutsider', named: { name: 'Paul', by: 'Paul' } });
  expect(isMarked(outsider)).toBe(true);
  expect(isMarked(memberItem('a', 'Anne', 'joined'))).toBe(false);
});

test('every kind of notice has its sentence', () => {
  const user = userId('@bob:culture.test');
  const bodies = [
    ...(['joined', 'left', 'invited', 'removed', 'banned', 'renamed'] as const).flatMap((change) =>
      [true, false].map((outsider) => ({ kind: 'membership' as const, user, name: 'Bob', change, outsider })),
    ),
    ...(['created', 'name', 'power', 'encryption', 'other'] as const).map((change) => ({
      kind: 'room' as const,
      change,
    })),
    { kind: 'device' as const, user, name: 'Bob' },
  ];
  for (const body of bodies) {
    const sentence = noticeSentence([textItem('a', '', { body })]);
    expect(Object.keys(english.notice)).toContain(sentence?.key);
  }
  expect(noticeSentence([textItem('a', 'said')])).toBeNull();
  expect(countsInOne([textItem('a', 'said')])).toBe(false);
});
