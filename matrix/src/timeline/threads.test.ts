import { describe, expect, it } from 'vitest';
import type { Receipt } from '../session/context.ts';
import { ALICE, BOB, clear, EVE, id, lines, redaction, text, view } from './testing.ts';
import { threadRootOf, withReceipts } from './threads.ts';

function answer(name: string, sender: typeof ALICE, root: string, body: string) {
  return text(name, sender, body, {
    'm.relates_to': {
      rel_type: 'm.thread',
      event_id: id(root),
      is_falling_back: true,
      'm.in_reply_to': { event_id: id(root) },
    },
  });
}

const receipt = (user: typeof ALICE, event: string, thread: Receipt['thread']): Receipt => ({
  user,
  eventId: id(event),
  at: 0,
  thread,
});

const events = [
  text('a', BOB, 'one'),
  text('b', EVE, 'two'),
  answer('c', BOB, 'a', 'in the thread'),
  answer('d', EVE, 'a', 'and more'),
  text('e', BOB, 'three'),
];

describe('threads', () => {
  it('[TIME-25] are shown apart; what they began with sums them up', () => {
    const main = view(events);
    expect(lines(main)).toEqual(['bob: one', 'eve: two', 'bob: three']);
    expect(main.map(({ thread }) => thread?.count ?? 0)).toEqual([2, 0, 0]);
    expect(main[0]?.thread?.latest).toMatchObject({ sender: { userId: EVE }, text: 'and more' });
    const thread = view(events, { thread: id('a') });
    expect(lines(thread)).toEqual(['bob: one', 'bob: in the thread', 'eve: and more']);
    expect(thread.map(({ replyTo, threadRoot }) => [replyTo, threadRoot])).toEqual([
      [null, null],
      [null, id('a')],
      [null, id('a')],
    ]);
  });

  it('[TIME-25] count neither what was removed nor what the server alone says less of', () => {
    const removed = [...events, redaction('r', EVE, 'd')];
    expect(view(removed)[0]?.thread).toMatchObject({ count: 1, latest: { text: 'in the thread' } });
    expect(view(events, { serverCounts: new Map([[id('a'), 7]]) })[0]?.thread?.count).toBe(7);
    expect(view(events, { serverCounts: new Map([[id('a'), 1]]) })[0]?.thread?.count).toBe(2);
  });

  it('[TIME-3] [TIME-25] [T1] the relation inside decides, whatever stands beside the ciphertext', () => {
    const moved = clear(
      'm',
      BOB,
      'm.room.message',
      { msgtype: 'm.text', body: 'here', 'm.relates_to': { rel_type: 'm.thread', event_id: id('a') } },
      { wireRelation: { rel_type: 'm.thread', event_id: id('b') } },
    );
    expect(threadRootOf(moved)).toBe(id('a'));
    const own = text('o', BOB, 'x', { 'm.relates_to': { rel_type: 'm.thread', event_id: id('o') } });
    expect(threadRootOf(own)).toBeNull();
  });

  it('[TIME-19] receipts of a thread, of the rest, and of everything', () => {
    const unread = (receipts: readonly Receipt[]) =>
      view(events, { threaded: withReceipts(new Map(), receipts) })[0]?.thread?.unread;
    expect(unread([])).toBe(2);
    expect(unread([receipt(ALICE, 'c', id('a'))])).toBe(1);
    expect(unread([receipt(ALICE, 'e', 'main')])).toBe(2);
    expect(unread([receipt(ALICE, 'e', null)])).toBe(0);
    const readers = (thread: boolean, receipts: readonly Receipt[]) =>
      view(events, { threaded: withReceipts(new Map(), receipts), ...(thread ? { thread: id('a') } : {}) }).flatMap(
        ({ id: item, readBy }) => readBy.map(({ userId }) => [item, userId]),
      );
    const both = [receipt(BOB, 'd', id('a')), receipt(BOB, 'b', 'main')];
    expect(readers(false, both)).toEqual([['$b', BOB]]);
    expect(readers(true, both)).toEqual([['$d', BOB]]);
    expect(readers(false, [receipt(BOB, 'e', null), receipt(BOB, 'b', 'main')])).toEqual([['$e', BOB]]);
  });

  it('[TIME-25] an answer of mine reads the thread until there', () => {
    const mine = [...events.slice(0, 4), answer('m', ALICE, 'a', 'mine'), answer('n', BOB, 'a', 'after')];
    expect(view(mine)[0]?.thread).toMatchObject({ count: 4, unread: 1 });
  });

  it('[TIME-24] of a place, shows the place alone, and reads what speaks about it elsewhere', () => {
    const only = new Set([id('a'), id('b')]);
    const place = view(events, { only, receipts: new Map([[EVE, id('e')]]) });
    expect(lines(place)).toEqual(['bob: one', 'eve: two']);
    expect(place.flatMap(({ readBy }) => readBy)).toEqual([]);
    expect(place[0]?.thread?.count).toBe(2);
  });
});
