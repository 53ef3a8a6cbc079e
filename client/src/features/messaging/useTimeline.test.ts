import { EMPTY_TIMELINE } from '@besace/matrix/api/emptyTimeline';
import type { BesaceError, Timeline, TimelineFocus, TimelineItem } from '@besace/matrix/api/types';
import { err, ok } from '@besace/protocol/core/result';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { effectScope } from 'vue';
import { eventId, roomId, textItem } from './testing.ts';
import { useTimeline } from './useTimeline.ts';

const room = roomId('!plan');

function open(focus?: TimelineFocus) {
  const calls: unknown[][] = [];
  const announced: string[] = [];
  const refusal: { error: BesaceError | null } = { error: null };
  let listen: (timeline: Timeline) => void = () => undefined;
  let stopped = 0;
  const answer = (...call: unknown[]) => {
    calls.push(call);
    return Promise.resolve(refusal.error === null ? ok(undefined) : err(refusal.error));
  };
  const scope = effectScope();
  const model = scope.run(() =>
    useTimeline({
      api: {
        watchTimeline: async (_, listener) => {
          listen = listener;
          return () => {
            stopped += 1;
          };
        },
        watchPlace: async (_, focus, listener) => {
          calls.push(['watchPlace', focus]);
          listen = listener;
          return () => {
            stopped += 1;
          };
        },
        loadOlder: () => answer('loadOlder'),
        loadNewer: () => answer('loadNewer'),
        markRead: (_, event, thread) => answer('markRead', event, ...(thread === undefined ? [] : [thread])),
        react: (_, event, key) => answer('react', event, key),
        remove: (_, event) => answer('remove', event),
        retry: (id) => answer('retry', id),
        discard: (id) => answer('discard', id),
      },
      roomId: room,
      ...(focus === undefined ? {} : { focus }),
      dayOf: (at) => new Date(at).toISOString().slice(0, 10),
      announce: (item) => announced.push(item.id),
    }),
  );
  if (model === undefined) throw new Error('no scope');
  const show = (items: readonly TimelineItem[], over: Partial<Timeline> = {}) =>
    listen({ ...EMPTY_TIMELINE, items, canLoadOlder: true, ...over });
  return { model, calls, announced, refusal, scope, show, stops: () => stopped };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const [a, b, c] = [textItem('a', '1'), textItem('b', '2'), textItem('c', '3')] as const;

describe('a conversation', () => {
  test('announces what others say once it is open, not what was there, nor history, nor oneself', () => {
    const { show, announced } = open();
    show([b]);
    show([a, b, c]);
    show([a, b, c, textItem('d', 'moi', { mine: true }), textItem('e', '5')]);
    expect(announced).toEqual(['c', 'e']);
  });

  test('[MSG-14] marks read what stayed on screen, forward only', () => {
    const { model, show, calls } = open();
    show([a, b, c]);
    model.seen(b);
    vi.advanceTimersByTime(100);
    model.seen(c);
    vi.advanceTimersByTime(400);
    model.seen(a);
    model.seen(c);
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual([['markRead', '$c']]);
  });

  test('[MSG-14] an unsent message of mine is no read mark', () => {
    const { model, show, calls } = open();
    const mine = textItem('m', 'moi', { eventId: null, mine: true });
    show([a, mine]);
    model.seen(mine);
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual([['markRead', '$a']]);
  });

  test('[MSG-14] nothing is marked once the room is left', () => {
    const { model, show, calls, scope } = open();
    show([a]);
    model.seen(a);
    scope.stop();
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual([]);
  });

  test('asks for history once at a time, and only while there is some', async () => {
    const { model, show, calls } = open();
    await model.loadOlder();
    show([a], { loadingOlder: true });
    await model.loadOlder();
    show([a], { canLoadOlder: false });
    await model.loadOlder();
    expect(calls).toEqual([]);
    show([a]);
    await model.loadOlder();
    expect(calls).toEqual([['loadOlder']]);
  });

  test('[MSG-13] what was refused says why, and can be sent again or thrown away', async () => {
    const { model, show, calls, refusal } = open();
    const stuck = textItem('m', 'moi', {
      eventId: null,
      mine: true,
      sending: { kind: 'refused', error: { code: 'forbidden' } },
    });
    show([stuck]);
    await model.retry(stuck);
    await model.discard(stuck);
    expect(calls).toEqual([
      ['retry', 'm'],
      ['discard', 'm'],
    ]);
    refusal.error = { code: 'offline' };
    await model.react(a, '👍');
    expect(model.problem.value).toEqual({ code: 'offline' });
  });

  test('[MSG-5] [T6] counts what waits for its key', () => {
    const { model, show } = open();
    show([
      a,
      textItem('l', '', { body: { kind: 'locked', why: 'waiting-for-key' } }),
      textItem('m', '', { body: { kind: 'locked', why: 'before-you-joined' } }),
    ]);
    expect(model.lockedCount.value).toBe(1);
  });

  test('nobody reacts to what cannot be read', async () => {
    const { model, calls } = open();
    await model.react(textItem('l', '', { body: { kind: 'locked', why: 'unreadable' } }), '👍');
    expect(calls).toEqual([]);
  });

  test('ends its subscription with its scope', async () => {
    const { scope, stops, show, model } = open();
    show([a]);
    scope.stop();
    await vi.runAllTimersAsync();
    expect(stops()).toBe(1);
    show([a, b]);
    expect(model.items.value).toHaveLength(1);
  });

  test('[MSG-18] goes to a place in the past, keeps the screen until it is there, and comes back', async () => {
    const { model, show, calls, stops } = open();
    show([b, c]);
    model.look({ kind: 'event', eventId: eventId('$a') });
    expect(stops()).toBe(0);
    await vi.advanceTimersByTimeAsync(0);
    expect([stops(), calls.at(-1)]).toEqual([1, ['watchPlace', { kind: 'event', eventId: '$a' }]]);
    show([]);
    expect([model.items.value, model.shownFocus.value]).toEqual([[b, c], null]);
    show([a], { canLoadNewer: true });
    expect(model.items.value).toEqual([a]);
    await model.loadNewer();
    expect(calls.at(-1)).toEqual(['loadNewer']);
    model.look(null);
    show([b, c]);
    expect([model.items.value, model.shownFocus.value]).toEqual([[b, c], null]);
  });

  test('[MSG-18] a place that cannot be read leaves the conversation, and says so', async () => {
    const { model, show } = open();
    show([b, c]);
    model.look({ kind: 'event', eventId: eventId('$gone') });
    await vi.advanceTimersByTimeAsync(0);
    show([], { problem: { code: 'not-found' } });
    await vi.advanceTimersByTimeAsync(0);
    show([b, c]);
    expect([model.items.value, model.lost.value, model.focus.value]).toEqual([[b, c], { code: 'not-found' }, null]);
  });

  test('[MSG-19] reading in the past marks nothing, coming to the newest end does, and nothing there is announced', async () => {
    const { model, show, calls, announced } = open();
    model.look({ kind: 'event', eventId: eventId('$a') });
    await vi.advanceTimersByTimeAsync(0);
    show([a], { canLoadNewer: true });
    model.seen(a);
    await vi.advanceTimersByTimeAsync(1_000);
    show([a, b], { canLoadNewer: true, loadingNewer: true });
    show([a, b, c], { loadingNewer: true });
    expect([calls.some(([method]) => method === 'markRead'), announced]).toEqual([false, []]);
    model.seen(c);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls.at(-1)).toEqual(['markRead', '$c']);
  });

  test('[MSG-63] what is read in a thread is marked in that thread', async () => {
    const { model, show, calls } = open({ kind: 'thread', root: eventId('$a') });
    show([a, b]);
    model.seen(b);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls.at(-1)).toEqual(['markRead', '$b', '$a']);
  });

  test('[MSG-60] tells when what I had read is further back than what is loaded', () => {
    const { model, show } = open();
    show([b, c], { readUpTo: eventId('$a'), readKnown: false });
    expect(model.unreadBefore.value).toBe('$a');
    show([a, b, c], { readUpTo: eventId('$a'), unreadFrom: 'b' });
    expect(model.unreadBefore.value).toBeNull();
  });
});
