import { parseRoomId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import type { BesaceError, NotifySettings, RoomLevel } from '../api/types.ts';
import { judge, type PushRule } from './rules.ts';

/** A change of the rules, as one request each (Matrix spec, 13.13.1.6). */
export type RuleChange =
  | { readonly put: RulePath; readonly body: Readonly<Record<string, unknown>> }
  /** A rule that was switched off stays so when it is put anew. */
  | { readonly enable: RulePath }
  | { readonly remove: RulePath };
export type RulePath = { readonly kind: 'override' | 'content' | 'room'; readonly id: string };

const MOST_KEYWORDS = 50;
const LONGEST_KEYWORD = 100;
const LOUD = ['notify', { set_tweak: 'sound', value: 'default' }, { set_tweak: 'highlight' }];
/** More than two, so that what is said of conversations between two does not apply. */
const SEVERAL = 3;

/** What the rules come down to, asked as a message would ask them: so whatever other application wrote them, they are told as they act. */
export function settingsOf(rules: readonly PushRule[], me: UserId): NotifySettings {
  const usual = levelIn(rules, me, NOWHERE);
  const named = new Set<RoomId>();
  for (const rule of rules) for (const roomId of roomsOf(rule)) named.add(roomId);
  return {
    usual,
    rooms: [...named]
      .map((roomId) => ({ roomId, level: levelIn(rules, me, roomId) }))
      .filter(({ level }) => level !== usual),
    keywords: rules.flatMap(({ id, enabled, notify, pattern }) =>
      pattern !== null && enabled && notify && !id.startsWith('.') ? [pattern] : [],
    ),
  };
}

/**
 * The requests after which a room has this level, as Element makes them: a rule of the room that does not notify leaves mentions and key words,
 * an override silences everything. What must hold is put before what stood in its way is removed.
 */
export function planLevel(
  rules: readonly PushRule[],
  me: UserId,
  roomId: RoomId,
  level: RoomLevel,
): readonly RuleChange[] {
  const has = (kind: RulePath['kind']) => rules.some((rule) => rule.kind === kind && rule.id === roomId);
  const remove = (kind: 'override' | 'room'): RuleChange[] => (has(kind) ? [{ remove: { kind, id: roomId } }] : []);
  const room = (actions: readonly unknown[]) => putOn(rules, { kind: 'room', id: roomId }, { actions });
  if (level === 'none') {
    const conditions = [{ kind: 'event_match', key: 'room_id', pattern: roomId }];
    const override = putOn(rules, { kind: 'override', id: roomId }, { conditions, actions: [] });
    return [...override, ...remove('room')];
  }
  const without = rules.filter((rule) => rule.id !== roomId);
  const already = levelIn(without, me, roomId) === level;
  return [already ? remove('room') : room(level === 'all' ? ['notify'] : []), remove('override')].flat();
}

/** The requests after which these are the key words: `invalid` where one is empty, too long, or there are too many. */
export function planKeywords(
  rules: readonly PushRule[],
  wanted: readonly string[],
): Result<readonly RuleChange[], BesaceError> {
  const words = [...new Set(wanted.map((word) => word.trim()))];
  if (words.length > MOST_KEYWORDS) return err({ code: 'invalid', detail: 'keywords' });
  if (words.some((word) => word === '' || word.length > LONGEST_KEYWORD))
    return err({ code: 'invalid', detail: 'keyword' });
  const own = rules.filter(({ pattern, id }) => pattern !== null && !id.startsWith('.'));
  const kept = new Set(own.filter(({ enabled, notify }) => enabled && notify).map(({ pattern }) => pattern));
  const gone = own.filter(({ pattern }) => pattern !== null && !words.includes(pattern));
  const taken = new Set(own.map(({ id }) => id));
  return ok([
    ...words.flatMap((word): RuleChange[] => {
      if (kept.has(word)) return [];
      const id = own.find(({ pattern }) => pattern === word)?.id ?? freeId(word, taken);
      return putOn(rules, { kind: 'content', id }, { pattern: word, actions: LOUD });
    }),
    ...gone.map(({ id }): RuleChange => ({ remove: { kind: 'content', id } })),
  ]);
}

function putOn(rules: readonly PushRule[], path: RulePath, body: Readonly<Record<string, unknown>>): RuleChange[] {
  const off = rules.some(({ kind, id, enabled }) => kind === path.kind && id === path.id && !enabled);
  return [{ put: path, body }, ...(off ? [{ enable: path }] : [])];
}

/** Rule ids may not begin with a dot nor hold slashes (13.13.1.6); the pattern itself is what other applications use. */
function freeId(word: string, taken: Set<string>): string {
  const plain = word.replace(/[/\\]/g, '_').replace(/^\./, '_');
  let id = plain;
  for (let count = 2; taken.has(id); count += 1) id = `${plain}_${count}`;
  taken.add(id);
  return id;
}

const NOWHERE = '!nowhere' as RoomId;

function levelIn(rules: readonly PushRule[], me: UserId, roomId: RoomId): RoomLevel {
  const said = (content: Readonly<Record<string, unknown>>) =>
    judge(rules, {
      roomId,
      sender: SOMEBODY,
      type: 'm.room.message',
      content: { msgtype: 'm.text', body: '', 'm.mentions': {}, ...content },
      memberCount: SEVERAL,
      myName: '',
      mayCallRoom: true,
    });
  if (said({}) !== 'quiet') return 'all';
  return said({ 'm.mentions': { user_ids: [me] } }) === 'quiet' ? 'none' : 'mentions';
}

const SOMEBODY = '@somebody:nowhere' as UserId;

function roomsOf(rule: PushRule): RoomId[] {
  return rule.conditions.flatMap((condition) => {
    if (condition.kind !== 'event_match' || condition.key !== 'room_id') return [];
    const roomId = parseRoomId(condition.pattern);
    return roomId.ok ? [roomId.value] : [];
  });
}
