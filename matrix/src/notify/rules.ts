import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { isRecord } from '../sync/rawEvent.ts';

/** One push rule (Matrix spec, client-server, 13.13.1), whatever kind it came under: `content`, `room` and `sender` rules have their conditions made. */
export type PushRule = {
  readonly kind: RuleKind;
  readonly id: string;
  readonly enabled: boolean;
  readonly conditions: readonly Condition[];
  readonly notify: boolean;
  readonly highlight: boolean;
  /** Of a content rule: what it looks for. */
  readonly pattern: string | null;
};

export type RuleKind = (typeof KINDS)[number];

/** In the order in which they are asked: the first rule that fits decides. */
export const KINDS = ['override', 'content', 'room', 'sender', 'underride'] as const;

type Condition =
  | { readonly kind: 'event_match'; readonly key: string; readonly pattern: string }
  | { readonly kind: 'event_property_is' | 'event_property_contains'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'room_member_count'; readonly is: string }
  | { readonly kind: 'sender_notification_permission'; readonly key: string }
  | { readonly kind: 'contains_display_name' }
  /** A kind that is not known fits nothing (13.13.1.1). */
  | { readonly kind: 'unknown' };

/** What a message is judged by: what came out of decryption, and what is known of its room. */
export type Judged = {
  readonly roomId: RoomId;
  readonly sender: UserId;
  /** The clear type; `m.room.encrypted` of what is still locked. */
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly memberCount: number;
  readonly myName: string;
  /** Whether the sender has the right to call the whole room (`notifications.room` of the power levels). */
  readonly mayCallRoom: boolean;
};

/** `quiet`: somebody said something that does not call the person. */
export type Verdict = 'quiet' | 'notify' | 'highlight';

/** More rules, or longer patterns, than people have: what is past that is not read. */
const MAX_RULES = 2_000;
const MAX_CONDITIONS = 20;
const MAX_PATTERN = 255;
const MAX_VALUE = 5_000;

/** Reads `m.push_rules`. A rule whose shape is wrong costs that rule (T7). */
export function parseRules(content: Readonly<Record<string, unknown>>, me: UserId): readonly PushRule[] {
  const global = isRecord(content.global) ? content.global : {};
  return KINDS.flatMap((kind) => {
    const rules = global[kind];
    return Array.isArray(rules) ? rules.slice(0, MAX_RULES).flatMap((rule) => parseRule(kind, rule, me)) : [];
  });
}

/** What a server says that has no rules for this person, and what is taken until her rules have come (13.13.1.2, what concerns messages). */
export function usualRules(me: UserId): readonly PushRule[] {
  const override = [
    { rule_id: '.m.rule.suppress_notices', ...when('event_match', 'content.msgtype', { pattern: 'm.notice' }, []) },
    { rule_id: '.m.rule.is_user_mention', ...when('event_property_contains', USERS, { value: me }, HIGHLIGHT) },
    {
      rule_id: '.m.rule.is_room_mention',
      conditions: [
        { kind: 'event_property_is', key: ROOM, value: true },
        { kind: 'sender_notification_permission', key: 'room' },
      ],
      actions: HIGHLIGHT,
    },
  ];
  const underride = ['m.room.message', 'm.room.encrypted'].map((type) => ({
    rule_id: `.${type}`,
    ...when('event_match', 'type', { pattern: type }, ['notify']),
  }));
  return parseRules({ global: { override, underride } }, me);
}

/** What the first rule that fits says. Whoever asks has left out what is no message. */
export function judge(rules: readonly PushRule[], judged: Judged): Verdict {
  for (const rule of rules) {
    if (!rule.enabled || isSkipped(rule, judged)) continue;
    if (!rule.conditions.every((condition) => fits(condition, judged))) continue;
    if (!rule.notify) return 'quiet';
    return rule.highlight ? 'highlight' : 'notify';
  }
  return 'quiet';
}

/**
 * Every encrypted event is pushed for this one (MSC4028), so that the device can judge: it says nothing of what the person wants. Rules
 * that look for names in the text are not asked where the sender says whom she names (13.13.1.2.1).
 */
export const PUSH_ENCRYPTED = '.org.matrix.msc4028.encrypted_event';
const BY_WORDS = ['.m.rule.contains_display_name', '.m.rule.contains_user_name', '.m.rule.roomnotif'];

function isSkipped({ id }: PushRule, { content }: Judged): boolean {
  return id === PUSH_ENCRYPTED || (BY_WORDS.includes(id) && content['m.mentions'] !== undefined);
}

const USERS = 'content.m\\.mentions.user_ids';
const ROOM = 'content.m\\.mentions.room';
const HIGHLIGHT = ['notify', { set_tweak: 'highlight' }];

function when(kind: string, key: string, more: object, actions: readonly unknown[]) {
  return { conditions: [{ kind, key, ...more }], actions };
}

function parseRule(kind: RuleKind, input: unknown, me: UserId): PushRule[] {
  if (!isRecord(input) || typeof input.rule_id !== 'string') return [];
  const { rule_id: id, pattern, actions, enabled } = input;
  const conditions = conditionsOf(kind, id, input);
  if (conditions === null) return [];
  const all = Array.isArray(actions) ? actions : [];
  return [
    {
      kind,
      id,
      enabled: enabled !== false,
      conditions: conditions.map((condition) => withMe(condition, me)),
      notify: all.includes('notify') || all.includes('coalesce'),
      // `value` is true where it is not said (13.13.1).
      highlight: all.some((one) => isRecord(one) && one.set_tweak === 'highlight' && one.value !== false),
      pattern: kind === 'content' && typeof pattern === 'string' ? pattern : null,
    },
  ];
}

function conditionsOf(kind: RuleKind, id: string, rule: Readonly<Record<string, unknown>>): Condition[] | null {
  if (kind === 'room') return [{ kind: 'event_match', key: 'room_id', pattern: id }];
  if (kind === 'sender') return [{ kind: 'event_match', key: 'sender', pattern: id }];
  if (kind === 'content') {
    return typeof rule.pattern === 'string'
      ? [{ kind: 'event_match', key: 'content.body', pattern: rule.pattern.slice(0, MAX_PATTERN) }]
      : null;
  }
  const conditions = rule.conditions ?? [];
  if (!Array.isArray(conditions) || conditions.length > MAX_CONDITIONS) return null;
  return conditions.map(parseCondition);
}

function parseCondition(input: unknown): Condition {
  if (!isRecord(input)) return { kind: 'unknown' };
  const { kind, key, pattern, value, is } = input;
  if (kind === 'event_match' && typeof key === 'string' && typeof pattern === 'string') {
    return { kind, key, pattern: pattern.slice(0, MAX_PATTERN) };
  }
  if ((kind === 'event_property_is' || kind === 'event_property_contains') && typeof key === 'string') {
    return { kind, key, value };
  }
  if (kind === 'room_member_count' && typeof is === 'string') return { kind, is };
  if (kind === 'sender_notification_permission' && typeof key === 'string') return { kind, key };
  return { kind: kind === 'contains_display_name' ? kind : 'unknown' };
}

/** Synapse writes the person's own id where it makes the default rules; older servers left it out. */
function withMe(condition: Condition, me: UserId): Condition {
  return condition.kind === 'event_property_contains' && condition.value === undefined
    ? { ...condition, value: me }
    : condition;
}

function fits(condition: Condition, judged: Judged): boolean {
  switch (condition.kind) {
    case 'event_match': {
      const value = valueAt(judged, condition.key);
      if (typeof value !== 'string') return false;
      return condition.key === 'content.body'
        ? hasWords(value.slice(0, MAX_VALUE), condition.pattern)
        : isLike(value.slice(0, MAX_VALUE), condition.pattern);
    }
    case 'event_property_is':
      return valueAt(judged, condition.key) === condition.value;
    case 'event_property_contains': {
      const value = valueAt(judged, condition.key);
      return Array.isArray(value) && value.includes(condition.value);
    }
    case 'room_member_count':
      return countFits(condition.is, judged.memberCount);
    case 'sender_notification_permission':
      return condition.key === 'room' && judged.mayCallRoom;
    case 'contains_display_name': {
      const { body } = judged.content;
      return judged.myName !== '' && typeof body === 'string' && containsWord(body.slice(0, MAX_VALUE), judged.myName);
    }
    case 'unknown':
      return false;
  }
}

/** The value at a dotted path, in which `\.` is a dot and `\\` a backslash (13.13.1.1, "event_match"). */
function valueAt(judged: Judged, key: string): unknown {
  const path = [...key.matchAll(/((?:\\[\\.]|[^.])*)(?:\.|$)/g)].map(([, part = '']) =>
    part.replace(/\\([\\.])/g, '$1'),
  );
  // The last match is the empty one at the end of the text.
  if (path.length > 1) path.pop();
  const { roomId: room_id, sender, type, content } = judged;
  let value: unknown = { room_id, sender, type, content };
  for (const part of path) value = isRecord(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  return value;
}

function countFits(is: string, count: number): boolean {
  const [, how = '', digits] = /^(==|<=|>=|<|>|)(\d{1,9})$/.exec(is) ?? [];
  if (digits === undefined) return false;
  const number = Number(digits);
  switch (how) {
    case '<':
      return count < number;
    case '>':
      return count > number;
    case '<=':
      return count <= number;
    case '>=':
      return count >= number;
    default:
      return count === number;
  }
}

function isLike(value: string, pattern: string): boolean {
  return likeAt(value.toLowerCase(), 0, pattern.toLowerCase(), (end) => end === value.length);
}

/** Whether the pattern stands in the text as words of its own: letters and digits of every language make words, so that accents do not end them. */
function hasWords(text: string, pattern: string): boolean {
  const value = text.toLowerCase();
  const wanted = pattern.toLowerCase();
  if (wanted === '') return false;
  for (let from = 0; from < value.length; from += 1) {
    if (isInWord(value, from)) continue;
    if (likeAt(value, from, wanted, (end) => end > from && !isInWord(value, end))) return true;
  }
  return false;
}

function containsWord(text: string, name: string): boolean {
  return hasWords(text, name.slice(0, MAX_PATTERN).replace(/[*?]/g, '?'));
}

/** Whether what stands at this place goes on with the word before it. */
function isInWord(value: string, at: number): boolean {
  return at > 0 && at < value.length && isWord(value[at - 1]) && isWord(value[at]);
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{M}\p{N}_]/u.test(character);
}

/** A pattern with `*` and `?` from a place of the value: one way back, so that no pattern takes longer than value times pattern. */
function likeAt(value: string, from: number, pattern: string, mayEnd: (end: number) => boolean): boolean {
  let at = from;
  let place = 0;
  let star = -1;
  let retry = from;
  for (;;) {
    if (place === pattern.length && mayEnd(at)) return true;
    if (pattern[place] === '*') {
      star = place;
      place += 1;
      retry = at;
    } else if (
      at < value.length &&
      place < pattern.length &&
      (pattern[place] === '?' || pattern[place] === value[at])
    ) {
      place += 1;
      at += 1;
    } else if (star >= 0 && retry < value.length) {
      retry += 1;
      at = retry;
      place = star + 1;
    } else return false;
  }
}
