import { afterEach, describe, expect, it } from 'vitest';
import { rawEvent, seal, startServer, type TestAnswer, testSession, until } from '../outbox/testing.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { intoHistory, openRelated } from './related.ts';
import { ALICE, BOB, EVE, id, ROOM, text } from './testing.ts';

const ends: (() => unknown)[] = [];
let storage = 0;
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('what speaks about an event', () => {
  const named = (...names: string[]) => names.map((name) => text(name, BOB, name));
  it('[POLL-10] [T4] what the history no longer gives stays at its place, behind what it stood behind', () => {
    const placed = intoHistory(named('b', 'c', 'd'), named('a', 'b', 'x', 'd', 'y'));
    expect(placed.map(({ eventId }) => eventId)).toEqual(['a', 'b', 'x', 'c', 'd', 'y'].map(id));
  });

  it('[POLL-10] [T4] a vote that was removed in a hole counts no more, and the one before it is not the last one', async () => {
    const world = await open([vote('a')]);
    await until(() => world.names().length === 1 && !world.related.loading);
    world.live([vote('b')]);
    await until(() => world.names().length === 2);
    // In a hole he removed the second: the server forgets its relation, and gives it pruned.
    world.removed.add('$b');
    world.live([], true);
    await until(() => world.names().length === 1);
    expect(world.names()).toEqual(['$a']);
    // What a server merely withholds was read, and stays (T5).
    world.history.length = 0;
    world.live([vote('c')], true);
    await until(() => world.names().length === 2 && !world.related.loading);
    expect(world.names()).toEqual(['$a', '$c']);
  });

  it('[POLL-10] is read once when it is opened, one reading at a time, and after a pause again where it is not shown', async () => {
    const world = await open([vote('a')], { kept: true, forbidden: true });
    await until(() => world.related.problem?.code === 'forbidden');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(world.asked()).toBe(1);
    expect(world.timers()).toBe(1);
  });

  it('[POLL-10] [T11] so many that not all are read: those before are counted, and the rest is said to be missing', async () => {
    const world = await open([vote('a')], { endless: true });
    await until(() => world.related.problem?.code === 'too-large');
    expect(world.names()).toEqual(['$a']);
  });

  it('[POLL-10] [T4] [T3] a removal without the right undoes none with it', async () => {
    const world = await open([vote('a')]);
    await until(() => world.names().length === 1);
    const gone = (by: typeof BOB) => rawEvent(ROOM, `$r${by}`, by, 'm.room.redaction', { redacts: '$a' });
    world.live([gone(EVE)]);
    world.live([gone(ALICE)]);
    world.live([{ ...gone(EVE), event_id: id('again') }]);
    await until(() => world.related.removed().size === 1);
    world.live([vote('b')]);
    await until(() => world.names().length === 2);
    expect([...world.related.removed()]).toEqual(['$a']);
  });
});

function vote(name: string): RawEvent {
  const relation = { rel_type: 'm.reference', event_id: '$poll' };
  const inner = { type: 'vote', content: { 'm.relates_to': relation } };
  return rawEvent(ROOM, `$${name}`, BOB, 'm.room.encrypted', { ...seal(inner), 'm.relates_to': relation });
}

type Options = { readonly kept?: boolean; readonly forbidden?: boolean; readonly endless?: boolean };

async function open(history: RawEvent[], { kept = false, forbidden = false, endless = false }: Options = {}) {
  const removed = new Set<string>();
  let page = 0;
  const server = await startServer(({ path }): TestAnswer => {
    const url = new URL(path, 'http://server');
    const last = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    if (forbidden && url.pathname.includes('/relations/')) return { status: 403, json: { errcode: 'M_FORBIDDEN' } };
    if (url.pathname.includes('/relations/')) {
      const chunk = history.filter(({ event_id: one }) => !removed.has(one));
      return { status: 200, json: { chunk, ...(endless ? { next_batch: `${++page}` } : {}) } };
    }
    if (url.pathname.includes('/context/')) return { status: 200, json: { state: [] } };
    const pruned = {
      ...vote(last.slice(1)),
      content: {},
      unsigned: { redacted_because: { type: 'm.room.redaction' } },
    };
    return { status: 200, json: removed.has(last) ? pruned : vote(last.slice(1)) };
  });
  ends.push(() => server.stop());
  const session = await testSession(server.url, { storagePrefix: `related-${++storage}`, me: ALICE });
  ends.push(() => session.end());
  session.know(ROOM, ALICE, [ALICE, BOB]);
  let timers = 0;
  const { context } = session;
  const clock = {
    ...context.platform.clock,
    after(ms: number, run: () => void) {
      if (ms === 10_000) timers += 1;
      return context.platform.clock.after(ms, run);
    },
  };
  const related = openRelated(
    {
      ...context,
      platform: { ...context.platform, clock },
      sync: {
        ...context.sync,
        onTimelineEvents(roomId, listener) {
          if (kept) listener({ events: [], limited: true, prevBatch: null, initial: true });
          return context.sync.onTimelineEvents(roomId, listener);
        },
      },
    },
    ROOM,
    id('poll'),
    { keeps: ({ reading }) => reading.kind === 'clear', onChange: () => undefined },
  );
  return {
    related,
    history,
    removed,
    names: () => related.events.map(({ eventId }) => eventId),
    live: (events: readonly RawEvent[], limited = false) =>
      session.timeline.emit(ROOM, { events, limited, prevBatch: null, initial: false }),
    asked: () => server.requests.filter(({ path }) => path.includes('/relations/')).length,
    timers: () => timers,
  };
}
