import { parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Judged, judge, PUSH_ENCRYPTED, parseRules, usualRules } from './rules.ts';

const me = must(parseUserId('@anne:interieur.test'));
const message: Judged = {
  roomId: must(parseRoomId('!room')),
  sender: must(parseUserId('@bob:culture.test')),
  type: 'm.room.message',
  content: { msgtype: 'm.text', body: 'Bonjour' },
  memberCount: 3,
  myName: 'Anne',
  mayCallRoom: false,
};
const saying = (body: string, more: Record<string, unknown> = {}): Judged => ({
  ...message,
  content: { msgtype: 'm.text', body, ...more },
});
const one = (kind: string, rule: object) =>
  parseRules({ global: { [kind]: [{ rule_id: 'r', actions: ['notify'], ...rule }] } }, me);
const fits = (conditions: readonly object[], judged: Judged) =>
  judge(one('override', { conditions }), judged) === 'notify';
const keyword = (pattern: string, body: string) => judge(one('content', { pattern }), saying(body)) === 'notify';

describe('push rules', () => {
  it('[NOTIFY-1] without rules of her own: every message notifies, mentions stand out, the whole room is for who may call it', () => {
    const rules = usualRules(me);
    const room = saying('tous', { 'm.mentions': { room: true } });
    expect(judge(rules, message)).toBe('notify');
    expect(judge(rules, saying('Anne', { 'm.mentions': { user_ids: [me] } }))).toBe('highlight');
    expect(judge(rules, room)).toBe('notify');
    expect(judge(rules, { ...room, mayCallRoom: true })).toBe('highlight');
    expect(judge(rules, saying('robot', { msgtype: 'm.notice' }))).toBe('quiet');
    expect(judge(rules, { ...message, type: 'm.room.encrypted', content: {} })).toBe('notify');
  });

  it('[NOTIFY-1] the first that fits decides, in the order of the kinds; what is switched off is not asked', () => {
    const room = { rule_id: message.roomId, actions: [] };
    const word = { rule_id: 'budget', pattern: 'budget', actions: ['notify', { set_tweak: 'highlight' }] };
    const rules = parseRules({ global: { room: [room], content: [word] } }, me);
    expect(judge(rules, message)).toBe('quiet');
    expect(judge(rules, saying('le budget 2027'))).toBe('highlight');
    const off = parseRules({ global: { content: [{ ...word, enabled: false }] } }, me);
    expect(judge(off, saying('le budget'))).toBe('quiet');
  });

  it('[NOTIFY-1] conditions: properties by their path, counts, names where nobody is named otherwise', () => {
    expect(fits([{ kind: 'event_match', key: 'type', pattern: 'm.room.mess?ge' }], message)).toBe(true);
    expect(fits([{ kind: 'event_match', key: 'room_id', pattern: '!ro*' }], message)).toBe(true);
    expect(fits([{ kind: 'event_match', key: 'room_id', pattern: '!ro' }], message)).toBe(false);
    expect(fits([{ kind: 'room_member_count', is: '2' }], { ...message, memberCount: 2 })).toBe(true);
    expect(fits([{ kind: 'room_member_count', is: '>2' }], message)).toBe(true);
    expect(fits([{ kind: 'room_member_count', is: 'two' }], message)).toBe(false);
    expect(fits([{ kind: 'of.the.future' }], message)).toBe(false);
    expect(fits([], message)).toBe(true);
    const byName = parseRules(
      {
        global: {
          override: [
            {
              rule_id: '.m.rule.contains_display_name',
              conditions: [{ kind: 'contains_display_name' }],
              actions: ['notify'],
            },
          ],
        },
      },
      me,
    );
    expect(judge(byName, saying('merci Anne !'))).toBe('notify');
    expect(judge(byName, saying('Annecy'))).toBe('quiet');
    expect(judge(byName, saying('merci Anne', { 'm.mentions': {} }))).toBe('quiet');
    expect(fits([{ kind: 'event_match', key: 'content.__proto__.x', pattern: '*' }], message)).toBe(false);
  });

  it('[NOTIFY-1] key words stand alone, whatever their case, in the letters of every language', () => {
    expect(keyword('budget', 'Le BUDGET, enfin')).toBe(true);
    expect(keyword('budget', 'budgets')).toBe(false);
    expect(keyword('été', 'l’été arrive')).toBe(true);
    expect(keyword('t', 'été')).toBe(false);
    expect(keyword('bud*', 'un budget')).toBe(true);
    expect(keyword('appel d?offres', "l'appel d'offres")).toBe(true);
    expect(keyword('', 'rien')).toBe(false);
  });

  it('[NOTIFY-1] what the server is asked for so that it pushes everything says nothing of what the person wants', () => {
    const conditions = [{ kind: 'event_match', key: 'type', pattern: 'm.room.encrypted' }];
    const rules = parseRules(
      { global: { override: [{ rule_id: PUSH_ENCRYPTED, conditions, actions: ['notify'] }] } },
      me,
    );
    expect(judge(rules, { ...message, type: 'm.room.encrypted' })).toBe('quiet');
  });

  it('[T7] whatever a server sends as rules, they are read, and judge, in bounded time', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (rules, body) => {
        const parsed = parseRules({ global: rules }, me);
        expect(['quiet', 'notify', 'highlight']).toContain(judge(parsed, saying(body)));
      }),
    );
    const nasty = one('content', { pattern: `${'*a'.repeat(120)}!` });
    expect(judge(nasty, saying('a'.repeat(100_000)))).toBe('quiet');
    const broken = parseRules(
      { global: { override: [null, { rule_id: 1 }, { rule_id: 'x', conditions: 'no' }], content: 3 } },
      me,
    );
    expect(broken).toEqual([]);
  });
});

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error('not an id');
  return result.value;
}
