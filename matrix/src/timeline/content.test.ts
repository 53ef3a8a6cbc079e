import { describe, expect, it } from 'vitest';
import { answeredIn, editContent, mentionsOf, refuseText, textContent } from './content.ts';
import { ALICE, BOB, EVE, id } from './testing.ts';

describe('the content of a message', () => {
  it('[TIME-30] names whom it mentions and whom it answers, once, and says when it names nobody', () => {
    expect(textContent({ text: 'Bonjour' }, null)['m.mentions']).toEqual({});
    const answer = { eventId: id('a'), sender: BOB };
    const both = textContent({ text: 'Oui', mentions: { users: [BOB, ALICE], room: true } }, answer);
    expect(both['m.mentions']).toEqual({ user_ids: [BOB, ALICE], room: true });
    expect(answeredIn(both)).toBe(id('a'));
    expect(textContent({ text: 'rit', emote: true }, null)).toMatchObject({ msgtype: 'm.emote', body: 'rit' });
  });

  it('[TIME-30] calls by an edit only those that the message did not name yet', () => {
    const before = textContent({ text: 'Bob ?', mentions: { users: [BOB], room: false } }, null);
    const input = { text: 'Bob et Eve ?', mentions: { users: [BOB, EVE], room: false } };
    const edit = editContent(id('a'), input, before, ALICE);
    expect(edit['m.mentions']).toEqual({ user_ids: [EVE] });
    expect(edit['m.new_content']).toMatchObject({ msgtype: 'm.text', 'm.mentions': { user_ids: [BOB, EVE, ALICE] } });
    expect(editContent(id('a'), { text: 'rit' }, { msgtype: 'm.emote' })).toMatchObject({ msgtype: 'm.emote' });
  });

  it('[T3] reads no more of the mentions of others than can be', () => {
    const users = ['@a:b', 'not a person', 7, null, { toString: () => '@x:y' }];
    expect(mentionsOf({ 'm.mentions': { user_ids: users, room: 'yes' } })).toEqual({ users: ['@a:b'], room: false });
    for (const mentions of [null, 'x', 7, [], { user_ids: 'x' }]) {
      expect(mentionsOf({ 'm.mentions': mentions })).toEqual({ users: [], room: false });
    }
    expect(mentionsOf({ 'm.mentions': { user_ids: new Array(100_000).fill('@a:b') } }).users).toHaveLength(100);
    expect(answeredIn({ 'm.relates_to': { 'm.in_reply_to': { event_id: 7 } } })).toBeNull();
  });

  it('refuses what no event can hold', () => {
    expect(refuseText({ text: 'é'.repeat(11_000) })).toEqual({ code: 'too-large', detail: 'text' });
    const users = new Array(101).fill(BOB);
    expect(refuseText({ text: 'a', mentions: { users, room: false } })).toEqual({
      code: 'too-large',
      detail: 'mentions',
    });
  });
});
