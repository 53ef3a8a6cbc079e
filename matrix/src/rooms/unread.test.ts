import { parseEventId, parseRoomId, parseUserId, type RoomId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import { describe, expect, it, vi } from 'vitest';
import { type PushRule, parseRules, usualRules } from '../notify/rules.ts';
import type { CryptoPort, HttpPort } from '../session/context.ts';
import { parseRawEvent, type RawEvent } from '../sync/rawEvent.ts';
import { type Call, createUnread } from './unread.ts';

const room = must(parseRoomId('!room'));
const me = must(parseUserId('@anne:interieur.test'));
const bob = must(parseUserId('@bob:culture.test'));
const root = must(parseEventId('$root'));

type Page = { readonly chunk: readonly object[]; readonly end?: string };

function world(pages: readonly Page[] = []) {
  /** What opens has its key; what is `locked` waits for it. */
  const keys = new Set<string>();
  const crypto: Pick<CryptoPort, 'decrypt'> = {
    async decrypt(event) {
      if (event.content.breaks === true && !keys.has(event.event_id)) throw new Error('the store is away');
      if (event.content.locked === true && !keys.has(event.event_id)) {
        return err({ why: 'waiting-for-key', sessionId: null, detail: '' });
      }
      const { type = 'm.room.message', ...content } = event.content;
      return ok({
        eventId: event.event_id,
        roomId: room,
        sender: event.sender,
        type,
        stateKey: null,
        content,
        wireRelation: null,
        at: 0,
        proof: 'signed',
      } as never);
    },
  };
  const left = [...pages];
  const asked: string[] = [];
  const http: Pick<HttpPort, 'json'> = {
    async json(request) {
      asked.push(request.query?.from ?? 'end');
      const page = left.shift();
      if (page?.end === 'broken') throw new Error('broken');
      return page === undefined ? err({ code: 'offline' }) : ok(page);
    },
  };
  let rules: readonly PushRule[] = usualRules(me);
  const calls: Call[] = [];
  const unread = createUnread({
    isIgnored: () => false,
    me,
    http: http as HttpPort,
    crypto,
    isEncrypted: () => true,
    circumstances: () => ({ memberCount: 3, myName: 'Anne', mayCallRoom: true }),
    rules: () => rules,
    onChange: () => undefined,
    onCall: (call) => calls.push(call),
  });
  const come = async (names: readonly object[], how = { gap: false, live: true }) => {
    unread.onEvents(room, names.map(raw), how);
    await settled();
  };
  return {
    unread,
    calls,
    asked,
    come,
    say: (name: string, content: Record<string, unknown> = {}, from = bob) => come([said(name, content, from)]),
    read: (name: string, thread: typeof root | 'main' | null) =>
      unread.onReceipts(room, [{ user: me, eventId: must(parseEventId(`$${name}`)), at: 0, thread }]),
    async unlock(name: string) {
      keys.add(`$${name}`);
      unread.retry([room]);
      await settled();
    },
    setRules(content: Record<string, unknown>) {
      rules = parseRules(content, me);
      unread.judgeAgain();
    },
  };
}

const inThread = { 'm.relates_to': { rel_type: 'm.thread', event_id: root } };
const named = { 'm.mentions': { user_ids: [me] } };

describe('how much of a room is unread', () => {
  it('[ROOM-13] a receipt of a thread leaves the rest unread, one outside of threads leaves threads unread, one of neither none', async () => {
    const { unread, say, read } = world();
    await say('a');
    await say('b', inThread);
    await say('c', { ...inThread, locked: true });
    await say('d', named);
    expect(unread.of(room)).toEqual({ unread: 4, highlights: 1 });
    read('b', root);
    expect(unread.of(room).unread).toBe(3);
    read('d', 'main');
    expect(unread.of(room)).toEqual({ unread: 1, highlights: 0 });
    read('c', null);
    expect(unread.of(room).unread).toBe(0);
  });

  it('[ROOM-13] a room that was marked by hand calls once', async () => {
    const { unread, say, read } = world();
    unread.flag(room, true);
    expect(unread.of(room)).toEqual({ unread: 1, highlights: 0 });
    await say('a');
    await say('b');
    expect(unread.of(room).unread).toBe(2);
    unread.flag(room, false);
    read('b', 'main');
    expect(unread.of(room).unread).toBe(0);
  });

  it('[ROOM-14] what was removed counts no more, nor do edits and reactions; what is read stays read', async () => {
    const { unread, come, say, read } = world();
    await say('a');
    await say('b');
    await say('e', { 'm.relates_to': { rel_type: 'm.replace', event_id: '$a' } });
    await say('r', { type: 'm.reaction' });
    expect(unread.of(room).unread).toBe(2);
    await come([{ ...said('x'), type: 'm.room.redaction', content: { redacts: '$a' } }]);
    expect(unread.of(room).unread).toBe(1);
    read('b', 'main');
    read('a', 'main');
    expect(unread.of(room).unread).toBe(0);
  });

  it('[ROOM-14] a receipt that comes before its event, or while it is being opened, counts', async () => {
    const { unread, come, read } = world();
    read('b', 'main');
    await come([said('a'), said('b'), said('c')]);
    expect(unread.of(room).unread).toBe(1);
    unread.onEvents(room, [raw(said('d'))], { gap: false, live: true });
    read('d', 'main');
    await settled();
    expect(unread.of(room).unread).toBe(0);
  });

  it('[ROOM-14] what I say has been read until there, in its thread or outside of threads', async () => {
    const { unread, say } = world();
    await say('a');
    await say('b', inThread);
    await say('c', {}, me);
    expect(unread.of(room).unread).toBe(1);
    await say('d', inThread, me);
    expect(unread.of(room).unread).toBe(0);
  });

  it('[ROOM-14] a key that comes late says whether it was for me', async () => {
    const { unread, calls, say, unlock } = world();
    await say('a', { locked: true, ...named });
    expect(unread.of(room)).toEqual({ unread: 1, highlights: 0 });
    expect(calls).toHaveLength(0);
    await unlock('a');
    expect(unread.of(room)).toEqual({ unread: 1, highlights: 1 });
    expect(calls.map(({ highlight }) => highlight)).toEqual([true]);
    await say('r', { locked: true, type: 'm.reaction' });
    expect(unread.of(room).unread).toBe(2);
    await unlock('r');
    expect(unread.of(room).unread).toBe(1);
  });

  it('[NOTIFY-3] two batches of keys at once tell once', async () => {
    const { unread, calls, say, unlock } = world();
    await say('a', { locked: true, ...named });
    const both = [unlock('a'), unlock('a')];
    await Promise.all(both);
    expect(calls).toHaveLength(1);
    expect(unread.of(room)).toEqual({ unread: 1, highlights: 1 });
  });

  it('[ROOM-14] one that cannot be weighed counts as locked, keeps nothing from the others, and is tried again', async () => {
    const { unread, calls, come, unlock } = world();
    await come([said('a', { breaks: true, ...named }), said('b')]);
    expect(unread.of(room)).toEqual({ unread: 2, highlights: 0 });
    await unlock('a');
    expect(unread.of(room)).toEqual({ unread: 2, highlights: 1 });
    expect(calls).toHaveLength(2);
  });

  it('[NOTIFY-1] [NOTIFY-2] counts by the rules, and anew when they change', async () => {
    const { unread, calls, say, setRules } = world();
    await say('a');
    await say('b', named);
    const mention = { rule_id: '.m', conditions: [mentionOf(me)], actions: ['notify', { set_tweak: 'highlight' }] };
    setRules({ global: { override: [mention], room: [{ rule_id: room, actions: [] }] } });
    expect(unread.of(room)).toEqual({ unread: 1, highlights: 1 });
    await say('c');
    expect(calls).toHaveLength(2);
    setRules({ global: {} });
    expect(unread.of(room)).toEqual({ unread: 0, highlights: 0 });
  });

  it('[ROOM-15] what was missed is read back to what I had read, once the list is there', async () => {
    const { unread, asked, come, read } = world([
      { chunk: [said('e'), said('d')], end: 'more' },
      { chunk: [said('c', inThread), said('b', named), said('a'), said('0')], end: 'even more' },
    ]);
    read('a', 'main');
    await come([said('e')], { gap: true, live: false });
    unread.preload(room, { unread: 9, highlights: 9 });
    expect(asked).toEqual([]);
    unread.catchUp();
    await vi.waitFor(() => expect(unread.of(room)).toEqual({ unread: 4, highlights: 1 }));
    expect(asked).toEqual(['end', 'more']);
  });

  it('[ROOM-15] [NOTIFY-3] what a gap left out is found and told, and what was there before stays', async () => {
    const { unread, asked, calls, come, say, read } = world([
      { chunk: [said('d'), said('c', named), said('b'), said('a')], end: 'x' },
    ]);
    read('0', 'main');
    await say('0');
    unread.catchUp();
    await say('a');
    await come([said('d')], { gap: true, live: true });
    await vi.waitFor(() => expect(unread.of(room)).toEqual({ unread: 4, highlights: 1 }));
    expect(calls.map(({ event }) => event.event_id).sort()).toEqual(['$a', '$b', '$c', '$d']);
    expect(asked).toEqual(['end']);
  });

  it('[ROOM-15] a reading that breaks gives its turn back', async () => {
    const broken = Array.from({ length: 3 }, () => ({ chunk: [], end: 'broken' }));
    const { unread, asked, come } = world(broken);
    await come([said('e')], { gap: true, live: false });
    for (let times = 1; times <= 4; times += 1) {
      unread.catchUp();
      await vi.waitFor(() => expect(asked).toHaveLength(times));
      await settled();
    }
    expect(unread.of(room).unread).toBe(1);
  });

  it('[ROOM-15] without network it is asked for again', async () => {
    const { unread, asked, come } = world();
    await come([said('e')], { gap: true, live: false });
    unread.catchUp();
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    await settled();
    unread.catchUp();
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect(unread.of(room).unread).toBe(1);
  });
});

function mentionOf(user: string) {
  return { kind: 'event_property_contains', key: 'content.m\\.mentions.user_ids', value: user };
}

function said(name: string, content: Record<string, unknown> = {}, sender = bob) {
  return { event_id: `$${name}`, sender, type: 'm.room.encrypted', content };
}

function raw(event: object): RawEvent {
  const parsed = parseRawEvent(event, room as RoomId);
  if (parsed === null) throw new Error('not an event');
  return parsed;
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
}

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error('not an id');
  return result.value;
}
