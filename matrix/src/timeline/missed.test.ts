import { describe, expect, it } from 'vitest';
import type { TimelineEvent } from './event.ts';
import { unreadAfter } from './missed.ts';
import { ALICE, BOB, clear, EVE, id, reaction, text, view } from './testing.ts';

const DAY = 24 * 60 * 60_000;

const mention = (name: string, sender: typeof BOB) =>
  text(name, sender, 'Alice ?', { 'm.mentions': { user_ids: [ALICE] } });

function unread(events: readonly TimelineEvent[], read: string, now: number) {
  return unreadAfter(events, view(events), id(read), now);
}

describe('what is unread when a room opens', () => {
  const events = [
    text('a', BOB, '1'),
    reaction('r', BOB, 'a', '👍'),
    text('m', ALICE, 'mine'),
    text('b', EVE, '2'),
    mention('c', BOB),
    clear('s', EVE, 'm.room.member', { membership: 'join' }, { encrypted: false, stateKey: EVE }),
    text('d', BOB, '4'),
  ];

  it('[TIME-20] begins after what was read, wherever that stands in the stream, and not with my own words', () => {
    expect(unread(events, 'a', 1_000)).toEqual({ from: '$b', missed: null });
    expect(unread(events, 'r', 1_000)?.from).toBe('$b');
    expect(unread(events, 'd', 1_000)).toEqual({ from: null, missed: null });
    expect(unread(events, 'gone', 1_000)).toBeNull();
  });

  it('[TIME-20] is summed up after a day: how many, by whom, and where I am named first', () => {
    expect(unread(events, 'a', 1_000 + DAY)?.missed).toEqual({
      messages: 3,
      mentions: 1,
      people: [
        { userId: BOB, name: 'bob', count: 2 },
        { userId: EVE, name: 'eve', count: 1 },
      ],
      from: 1_000,
      to: 1_000,
      firstMention: '$c',
    });
  });
});
