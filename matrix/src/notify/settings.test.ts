import { parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import { describe, expect, it } from 'vitest';
import type { RoomLevel } from '../api/types.ts';
import { type PushRule, parseRules, usualRules } from './rules.ts';
import { planKeywords, planLevel, type RuleChange, settingsOf } from './settings.ts';

const me = must(parseUserId('@anne:interieur.test'));
const room = must(parseRoomId('!room'));
const LEVELS: readonly RoomLevel[] = ['all', 'mentions', 'none'];

/** The rules as a server would hold them after the requests: what is new comes before what there was of its kind. */
function after(rules: readonly PushRule[], changes: readonly RuleChange[]): readonly PushRule[] {
  return changes.reduce((held, change) => {
    const { kind, id } = 'put' in change ? change.put : 'remove' in change ? change.remove : change.enable;
    const is = (rule: PushRule) => rule.kind === kind && rule.id === id;
    if ('enable' in change) return held.map((rule) => (is(rule) ? { ...rule, enabled: true } : rule));
    const others = held.filter((rule) => !is(rule));
    if (!('put' in change)) return others;
    // A rule that was switched off stays so.
    const enabled = held.find(is)?.enabled ?? true;
    const [made] = parseRules({ global: { [kind]: [{ rule_id: id, enabled, ...change.body }] } }, me);
    if (made === undefined) throw new Error('not a rule');
    const order = ['override', 'content', 'room', 'sender', 'underride'];
    return [made, ...others].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  }, rules);
}

describe('what calls the person, in words', () => {
  it('[NOTIFY-2] from every level to every other, whatever the rules say otherwise', () => {
    const quiet = usualRules(me).filter(({ kind }) => kind !== 'underride');
    for (const usual of [usualRules(me), quiet]) {
      for (const from of LEVELS) {
        for (const to of LEVELS) {
          const before = after(usual, planLevel(usual, me, room, from));
          const rules = after(before, planLevel(before, me, room, to));
          const settings = settingsOf(rules, me);
          const level = settings.rooms.find(({ roomId }) => roomId === room)?.level ?? settings.usual;
          expect([from, level]).toEqual([from, to]);
        }
      }
    }
  });

  it('[NOTIFY-2] a room that is as usual has no rule', () => {
    const usual = usualRules(me);
    const muted = after(usual, planLevel(usual, me, room, 'none'));
    expect(after(muted, planLevel(muted, me, room, 'all'))).toEqual(usual);
    expect(settingsOf(usual, me)).toEqual({ usual: 'all', rooms: [], keywords: [] });
  });

  it('[NOTIFY-2] key words come and go, each once, and only those that the person may have', () => {
    const usual = usualRules(me);
    const some = after(usual, plan(usual, ['budget', ' a/b ', '.gouv', 'budget']));
    expect(settingsOf(some, me).keywords.toSorted()).toEqual(['.gouv', 'a/b', 'budget']);
    expect(some.every(({ id }) => !id.includes('/'))).toBe(true);
    expect(plan(some, ['budget', 'a/b', '.gouv'])).toEqual([]);
    expect(settingsOf(after(some, plan(some, ['été'])), me).keywords).toEqual(['été']);
    for (const wrong of [[''], ['x'.repeat(101)], Array.from({ length: 51 }, (_, at) => `mot ${at}`)]) {
      expect(planKeywords(usual, wrong)).toMatchObject({ ok: false, error: { code: 'invalid' } });
    }
  });
});

it('[NOTIFY-2] a rule that another application switched off is on again when one asks for what it says', () => {
  const usual = usualRules(me);
  const off = (rules: readonly PushRule[]) =>
    rules.map((rule) => (usual.includes(rule) ? rule : { ...rule, enabled: false }));
  const words = off(after(usual, plan(usual, ['budget'])));
  expect(settingsOf(after(words, plan(words, ['budget'])), me).keywords).toEqual(['budget']);
  for (const level of ['none', 'mentions'] as const) {
    const rules = off(after(usual, planLevel(usual, me, room, level)));
    expect(settingsOf(rules, me).rooms).toEqual([]);
    expect(settingsOf(after(rules, planLevel(rules, me, room, level)), me).rooms).toEqual([{ roomId: room, level }]);
  }
});

function plan(rules: readonly PushRule[], words: readonly string[]): readonly RuleChange[] {
  return must(planKeywords(rules, words));
}

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error('refused');
  return result.value;
}
