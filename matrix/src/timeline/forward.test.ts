import { expect, it } from 'vitest';
import { forwardedContent } from './forward.ts';
import { ALICE, BOB, clear, text } from './testing.ts';

it('[TIME-22] [T1] keeps what is said and the keys of a file, and neither what it answered nor whom it called', () => {
  const message = text('a', BOB, 'Salut', {
    'm.mentions': { user_ids: [ALICE] },
    'm.relates_to': { 'm.in_reply_to': { event_id: '$b' } },
    unknown: 1,
  });
  expect(forwardedContent(message, null)).toEqual({ msgtype: 'm.text', body: 'Salut', 'm.mentions': {} });
  expect(forwardedContent(message, { msgtype: 'm.text', body: 'Corrigé' })).toMatchObject({ body: 'Corrigé' });
  const file = { url: 'mxc://a/b', key: { k: 'secret' } };
  const attached = clear('f', BOB, 'm.room.message', { msgtype: 'm.file', body: 'f', file });
  expect(forwardedContent(attached, null)).toMatchObject({ file });
});

it('[TIME-22] [T1] refuses what came in clear, wholly or in its file', () => {
  const inClear = clear('a', BOB, 'm.room.message', { msgtype: 'm.text', body: 'x' }, { encrypted: false });
  const file = clear('b', BOB, 'm.room.message', { msgtype: 'm.file', body: 'x', url: 'mxc://a/b' });
  const small = clear('c', BOB, 'm.room.message', {
    msgtype: 'm.image',
    body: 'x',
    info: { thumbnail_url: 'mxc://a/b' },
  });
  for (const event of [inClear, file, small]) expect(forwardedContent(event, null)).toBeNull();
});
