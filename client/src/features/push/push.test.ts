import type { Notice } from '@besace/matrix/api/types';
import { parseEventId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import { describe, expect, it, vi } from 'vitest';
import { createApiDouble } from '../../testing/apiDouble.ts';
import { badgeOf, showAppBadge } from './badge.ts';
import { createChoices } from './choices.ts';
import { createDigest, sentenceOf } from './digest.ts';
import { hold, NOTHING_HELD } from './held.ts';
import { type Shown, shownOf, startNotifier } from './notifier.ts';
import { type Choices, isQuiet, parseChoices, USUAL } from './quiet.ts';
import { useNotifyRules } from './useNotifyRules.ts';

const room = must(parseRoomId('!room'));
const notice: Notice = {
  roomId: room,
  eventId: must(parseEventId('$event')),
  threadRoot: null,
  sender: must(parseUserId('@karim:culture.test')),
  senderName: 'Karim Haddad',
  outsider: false,
  roomName: 'Rentrée',
  direct: false,
  text: 'Le dossier est prêt',
  highlight: false,
  at: 0,
};
const t = (key: string, named: Record<string, unknown> = {}): string => [key, ...Object.values(named)].join('|');
const status = {
  account: null,
  identity: { kind: 'ready' },
  connection: { kind: 'online' },
  lockedEvents: 0,
  keyRestore: null,
} as const;
/** Thursday 19 November 2026, this hour. */
const thursday = (hour: number, minute = 0): Date => new Date(2026, 10, 19, hour, minute);

function storage() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

function keeper(over: Partial<Choices> = {}, now = thursday(10), looking = false) {
  const double = createApiDouble({ status });
  const shown: Shown[] = [];
  let choices: Choices = { ...USUAL, show: 'full', ...over };
  const digest = createDigest(storage(), () => choices);
  let time = now;
  const stop = startNotifier({
    api: double.api,
    choices: () => choices,
    t,
    now: () => time,
    looking: () => looking,
    show: (one) => shown.push(one),
    held: digest,
  });
  return {
    double,
    shown,
    digest,
    stop,
    at(next: Date) {
      time = next;
      digest.look(next);
    },
    choose(next: Partial<Choices>) {
      choices = { ...choices, ...next };
    },
  };
}

describe('notifications of the page', () => {
  it('[TELL-1] [TELL-3] nothing before one chose, nothing while one looks, nothing after the end', async () => {
    const unchosen = keeper({ show: 'off' });
    const looked = keeper({}, thursday(10), true);
    const away = keeper();
    for (const one of [unchosen, looked, away]) one.double.call(notice);
    expect([unchosen.shown, looked.shown].flat()).toEqual([]);
    expect(away.shown).toHaveLength(1);
    away.stop();
    away.double.call(notice);
    expect(away.shown).toHaveLength(1);
    expect(USUAL.show).toBe('off');
  });

  it('[TELL-2] shows what one chose, marks outsiders, and leads to the message or its thread', () => {
    expect(shownOf(notice, 'off', t)).toBeNull();
    expect(JSON.stringify(shownOf(notice, 'nothing', t))).not.toMatch(/Karim|Rentrée|dossier/);
    expect(shownOf(notice, 'sender', t)).toMatchObject({
      title: 'push.shown.inRoom|Karim Haddad|Rentrée',
      body: 'push.shown.something',
    });
    expect(shownOf({ ...notice, direct: true, outsider: true }, 'full', t)).toEqual({
      title: 'push.shown.outsider|Karim Haddad',
      body: 'Le dossier est prêt',
      tag: room,
      path: '/salon/!room/discussion?message=%24event',
    });
    const inThread = shownOf({ ...notice, threadRoot: must(parseEventId('$root')) }, 'full', t);
    expect(inThread?.path).toBe('/salon/!room/discussion/fil/%24root');
  });

  it('[TELL-4] quiet hours hold back, over midnight too, and one line tells afterwards, until it was seen', () => {
    const quiet = { on: true, from: '19:00', to: '08:00', days: [4] };
    const one = keeper({ quiet }, thursday(21));
    one.at(thursday(21));
    one.double.call(notice);
    one.double.call({ ...notice, highlight: true });
    one.double.call({ ...notice, senderName: 'Claire' });
    expect(one.shown).toEqual([]);
    expect(one.digest.due.value).toBeNull();
    one.at(new Date(2026, 10, 20, 8, 0));
    expect(one.digest.due.value).toEqual({ messages: 3, mentions: 1, people: ['Karim Haddad', 'Claire'] });
    expect(sentenceOf(one.digest.get(), t)).toContain('Karim Haddad, Claire');
    one.digest.seen();
    expect(one.digest.due.value).toBeNull();
    one.choose({ digest: false });
    one.at(thursday(22));
    one.double.call(notice);
    expect(one.digest.get()).toEqual(NOTHING_HELD);
  });

  it('[TELL-4] knows when it is quiet', () => {
    const night = { on: true, from: '19:00', to: '08:00', days: [4] };
    const friday = (hour: number, minute = 0) => new Date(2026, 10, 20, hour, minute);
    const cases: [Date, boolean][] = [
      [thursday(18, 59), false],
      [thursday(19), true],
      [thursday(7), false],
      [friday(7, 59), true],
      [friday(8), false],
      [friday(20), false],
    ];
    for (const [at, expected] of cases) expect([at.toString(), isQuiet(night, at)]).toEqual([at.toString(), expected]);
    const sunday = { on: true, from: '22:00', to: '06:00', days: [7] };
    expect(isQuiet(sunday, new Date(2026, 10, 23, 5))).toBe(true);
    const noon = { on: true, from: '12:00', to: '14:00', days: [4] };
    expect([
      isQuiet(noon, thursday(13)),
      isQuiet(noon, thursday(14)),
      isQuiet({ ...noon, on: false }, thursday(13)),
    ]).toEqual([true, false, false]);
  });

  it('[TELL-4] names at most so many people, and keeps no text', () => {
    let held = NOTHING_HELD;
    for (let count = 0; count < 30; count += 1) held = hold(held, { ...notice, senderName: `Agent ${count}` });
    expect(held).toMatchObject({ messages: 30, mentions: 0 });
    expect(held.people).toHaveLength(20);
    expect(JSON.stringify(held)).not.toContain('dossier');
  });

  it('[TELL-5] the badge counts mentions, else says that something is unread, of rooms that one is in', async () => {
    const of = (unread: number, highlights: number, membership = 'join' as const) => ({
      unread,
      highlights,
      membership,
    });
    expect(badgeOf([of(3, 1), of(2, 2)])).toEqual({ mentions: 3, unread: true });
    expect(badgeOf([of(3, 0)])).toEqual({ mentions: 0, unread: true });
    expect(badgeOf([of(0, 0), { ...of(4, 4), membership: 'invite' }])).toEqual({ mentions: 0, unread: false });
    const app = { setAppBadge: vi.fn(async () => undefined), clearAppBadge: vi.fn(async () => undefined) };
    showAppBadge({ mentions: 3, unread: true }, app);
    showAppBadge({ mentions: 0, unread: true }, app);
    showAppBadge({ mentions: 0, unread: false }, app);
    showAppBadge({ mentions: 1, unread: true }, {});
    expect(app.setAppBadge.mock.calls).toEqual([[3], []]);
    expect(app.clearAppBadge).toHaveBeenCalledOnce();
  });

  it('[TELL-6] what one changes shows at once, and goes back when it is refused', async () => {
    const double = createApiDouble({ status });
    const rules = useNotifyRules(double.api, () => undefined);
    await vi.waitFor(() => expect(rules.settings.value).not.toBeNull());
    const changing = rules.setLevel(room, 'none');
    expect(rules.levelOf(room)).toBe('none');
    expect(await changing).toBeNull();
    expect(rules.levelOf(room)).toBe('none');
    double.world.refuse.set('setKeywords', { code: 'offline' });
    expect(await rules.setKeywords(['budget'])).toEqual({ code: 'offline' });
    expect(rules.settings.value?.keywords).toEqual([]);
  });

  it('[TELL-7] choices stay here; what is kept and makes no sense counts as not chosen', async () => {
    const kept = storage();
    const told: unknown[] = [];
    const choices = createChoices(kept, async (change) => void told.push(change));
    choices.set({ show: 'sender' });
    expect(createChoices(kept).current.show).toBe('sender');
    expect(told).toHaveLength(1);
    expect(parseChoices('{"show":"everything","digest":false,"quiet":{"from":"25:00"}}')).toEqual({
      ...USUAL,
      digest: false,
    });
    for (const odd of [null, '', '{', 3, '[]', 'null']) expect(parseChoices(odd)).toEqual(USUAL);
    const refused = vi.fn(() => Promise.reject(new Error('no room')));
    createChoices(kept, refused).set({ show: 'full' });
    expect(refused).toHaveBeenCalledOnce();
    expect(createChoices(kept).current.show).toBe('full');
  });
});

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error('not an id');
  return result.value;
}
