import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimelineEvent } from './event.ts';
import { BOB, EVE, edit, event, id, lines, ROOM, reaction, redaction, text, view } from './testing.ts';
import { append, EMPTY_WINDOW, join, prepend, replace, tailOf, type Window } from './window.ts';

const token = (name: string) => ({ kind: 'token', token: name }) as const;
const names = (window: Window | null) => window?.events.map(({ eventId }) => eventId.slice(1)).join('');
const stretch = (letters: string, before = 't'): Window => ({
  events: [...letters].map((letter) => text(letter, BOB, letter)),
  before: token(before),
});

describe('a stretch of the stream', () => {
  it('[TIME-5] holds each event once, at its first place', () => {
    const window = append(append(EMPTY_WINDOW, stretch('abc').events), stretch('bcd').events);
    expect(names(window)).toBe('abcd');
    expect(names(prepend(window, stretch('xya').events, token('older')))).toBe('xyabcd');
  });

  it('[TIME-12] joins what was held to what came after a hole, where they meet', () => {
    expect(names(join(stretch('abc', 'old'), stretch('cde', 'new')))).toBe('abcde');
    expect(join(stretch('abc', 'old'), stretch('cde', 'new'))?.before).toEqual(token('old'));
    expect(join(stretch('abc'), stretch('def'))).toBeNull();
    expect(names(join(stretch('abd'), stretch('bcde')))).toBe('abdce');
  });

  it('[TIME-14] [T5] keeps what was read when the server gives the event again without its content', () => {
    const pruned = event('a', BOB, { kind: 'removed' });
    const window = stretch('ab');
    expect(lines(view(append(window, [pruned]).events))).toEqual(['bob: a', 'bob: b']);
    expect(lines(view(join(window, { events: [pruned], before: token('t') })?.events ?? []))).toEqual([
      'bob: a',
      'bob: b',
    ]);
  });

  it('keeps the end of a long stretch, and then has to ask for what is before', () => {
    expect(names(tailOf(stretch('abcdef'), 3))).toBe('def');
    expect(tailOf(stretch('abcdef'), 3).before).toEqual({ kind: 'unknown' });
    expect(tailOf(stretch('abc'), 3).before).toEqual(token('t'));
  });

  it('[TIME-5] [TIME-6] [T4] is the same timeline however pages, repetitions and late keys came', () => {
    const story: readonly TimelineEvent[] = [
      text('a', BOB, 'one'),
      text('b', EVE, 'two'),
      edit('c', BOB, 'a', 'one, better'),
      reaction('d', EVE, 'a', '👍'),
      edit('e', EVE, 'a', 'forged'),
      text('f', BOB, 'three'),
      redaction('g', EVE, 'f'),
      redaction('h', EVE, 'b'),
      edit('i', BOB, 'f', 'three, better'),
      reaction('j', EVE, 'a', '👍'),
    ];
    const expected = lines(view(story));
    expect(expected).toEqual(['bob: one, better * 👍1', 'eve: (removed)', 'bob: three, better *']);
    const plan = fc.record({
      split: fc.integer({ min: 0, max: story.length }),
      late: fc.subarray(story.map((_, at) => at)),
      repeats: fc.array(fc.tuple(fc.nat(story.length), fc.nat(story.length))),
      keys: fc.infiniteStream(fc.nat(1_000)),
    });
    fc.assert(
      fc.property(plan, ({ split, late, repeats, keys }) => {
        const arriving = story.map((one, at) => (late.includes(at) ? locked(one) : one));
        // The live end first, then history before it, in pages and with repetitions.
        let window = append(EMPTY_WINDOW, arriving.slice(split));
        window = prepend(window, arriving.slice(Math.floor(split / 2), split), token('t'));
        window = prepend(window, arriving.slice(0, Math.floor(split / 2)), { kind: 'start' });
        for (const [from, to] of repeats)
          window = append(window, arriving.slice(Math.min(from, to), Math.max(from, to)));
        const order = late.map((at) => ({ at, rank: keys.next().value ?? 0 })).sort((a, b) => a.rank - b.rank);
        for (const { at } of order) {
          const opened = story[at];
          if (opened !== undefined) window = replace(window, [opened]);
        }
        expect(lines(view(window.events))).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});

function locked(from: TimelineEvent): TimelineEvent {
  const { eventId, sender } = from;
  const raw = {
    event_id: eventId,
    room_id: ROOM,
    type: 'm.room.encrypted',
    sender,
    origin_server_ts: 1,
    content: {},
    unsigned: {},
  };
  return { ...from, reading: { kind: 'locked', why: 'waiting-for-key', sessionId: id('s'), raw } };
}
