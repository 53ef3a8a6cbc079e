import { parseEventId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { err } from '@besace/protocol/core/result';
import { afterEach, describe, expect, it } from 'vitest';
import { EMPTY_TIMELINE } from '../api/emptyTimeline.ts';
import type { Timeline } from '../api/types.ts';
import { createOutbox } from '../outbox/createOutbox.ts';
import {
  must,
  rawEvent,
  seal,
  startServer,
  type TestAnswer,
  type TestRequest,
  testSession,
  until,
} from '../outbox/testing.ts';
import type { TimelineBatch } from '../session/context.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { lines } from './testing.ts';
import { createTimeline } from './timeline.ts';

const ROOM = must(parseRoomId('!room'));
const ALICE = must(parseUserId('@alice:interieur.test'));
const BOB = must(parseUserId('@bob:culture.test'));
const ends: (() => unknown)[] = [];
let storage = 0;

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('the timeline of an open room', () => {
  it('[TIME-5] shows what comes live, and pages back to the beginning', async () => {
    const story = Array.from({ length: 130 }, (_, at) => sealed(`e${at}`, `m${at}`));
    const world = await open({ history: story });
    world.live({ events: story.slice(-20), limited: true, prevBatch: '110', initial: true });
    await until(() => world.shown().length === 20);
    expect(world.last().canLoadOlder).toBe(true);
    await until(() => {
      void world.api.loadOlder(ROOM);
      return !world.last().canLoadOlder;
    });
    await until(() => world.shown().length === 130);
    expect(world.shown()).toEqual(story.map((_, at) => `bob: m${at}`));
  });

  it('[TIME-23] holds a bounded part of a long room: reads back to its beginning, and on to its newest end', async () => {
    const story = Array.from({ length: 2_600 }, (_, at) => sealed(`e${at}`, `m${at}`));
    const world = await open({ history: story });
    world.live({ events: story.slice(-20), limited: true, prevBatch: '2580', initial: true });
    await until(() => world.shown().length === 20);
    let most = 0;
    const seen = new Set<string>();
    const look = () => {
      most = Math.max(most, world.last().items.length);
      for (const line of world.shown()) seen.add(line);
    };
    while (world.last().canLoadOlder) {
      must(await world.api.loadOlder(ROOM));
      await settled();
      look();
    }
    expect([world.shown()[0], world.last().canLoadNewer]).toEqual(['bob: m0', true]);
    // What comes meanwhile is there on the way back, once, in its place.
    story.push(sealed('e2600', 'm2600'));
    world.live({ events: story.slice(-1), limited: false, prevBatch: null, initial: false });
    while (world.last().canLoadNewer) {
      must(await world.api.loadNewer(ROOM));
      await settled();
      look();
    }
    expect(world.shown().at(-1)).toBe('bob: m2600');
    expect(world.shown()).toEqual(
      story.slice(-world.shown().length).map((_, at, all) => `bob: m${2_601 - all.length + at}`),
    );
    expect([seen.size, most <= 1_060]).toEqual([2_601, true]);
  }, 60_000);

  it('[TIME-12] reads from the history what a hole in the sync left out', async () => {
    const story = Array.from({ length: 100 }, (_, at) => sealed(`e${at}`, `m${at}`));
    const world = await open({ history: story });
    world.live({ events: story.slice(0, 5), limited: false, prevBatch: '0', initial: true });
    await until(() => world.shown().length === 5);
    world.live({ events: story.slice(95), limited: true, prevBatch: '95', initial: false });
    await until(() => world.shown().length === 100);
    expect(world.shown()).toEqual(story.map((_, at) => `bob: m${at}`));
  });

  it('[TIME-12] lets go what is further back than a few pages', async () => {
    const story = Array.from({ length: 500 }, (_, at) => sealed(`e${at}`, `m${at}`));
    const world = await open({ history: story });
    world.live({ events: story.slice(0, 5), limited: false, prevBatch: '0', initial: true });
    await until(() => world.shown().length === 5);
    world.live({ events: story.slice(495), limited: true, prevBatch: '495', initial: false });
    await until(() => world.shown().length === 305);
    expect(world.shown()[0]).toBe('bob: m195');
  });

  it('[TIME-6] [T6] opens what was locked when its key comes', async () => {
    const world = await open();
    world.session.withheld.add('late');
    world.live(batch([sealed('a', 'early'), sealed('b', 'late news', 'late')]));
    await until(() => world.shown().length === 2);
    expect(world.shown()).toEqual(['bob: early', 'bob: (waiting-for-key)']);
    world.session.withheld.delete('late');
    world.session.keys.emit([{ roomId: ROOM, sessionId: 'late' }]);
    await until(() => world.shown()[1] === 'bob: late news');
  });

  it("[TIME-17] [T2] marks what only the backup says is hers, and shows it no more once it is known to be another's", async () => {
    const first = await open();
    first.session.restored.set('backup', 'trusted');
    first.live(batch([sealed('a', 'forged', 'backup'), sealed('b', 'signed')]));
    await until(() => first.shown().length === 2);
    expect(first.last().items.map(({ unproven }) => unproven)).toEqual([['sender'], []]);
    first.stop();
    await kept(first);
    first.session.end();
    // The mark and the doubt survive in the copy.
    const second = await open({ storagePrefix: first.storagePrefix, known: false });
    await until(() => second.shown().length === 2);
    expect(second.last().items[0]?.unproven).toEqual(['sender']);
    second.session.restored.set('backup', 'disproved');
    second.session.keys.emit([{ roomId: ROOM, sessionId: 'backup' }]);
    await until(() => second.shown()[0] === 'bob: (refused-sender)');
    expect(second.shown()[1]).toBe('bob: signed');
  });

  it('[TIME-13] shows a known room at once, before and without any answer', async () => {
    const first = await open();
    first.live(batch([sealed('a', 'one'), sealed('b', 'two'), sealed('l', 'locked', 'late')]));
    first.session.withheld.add('late');
    await until(() => first.shown().length === 3);
    first.stop();
    await kept(first);
    first.session.end();
    const second = await open({ storagePrefix: first.storagePrefix, known: false });
    await until(() => second.shown().length === 3);
    expect(second.shown().slice(0, 2)).toEqual(['bob: one', 'bob: two']);
    second.live(batch([sealed('b', 'two'), sealed('c', 'three')]));
    await until(() => second.shown().length === 4);
  });

  it('[TIME-18] keeps nothing on this device of a message that was removed, nor of its edits', async () => {
    const first = await open();
    const edit = {
      msgtype: 'm.text',
      body: '* changed words',
      'm.new_content': { msgtype: 'm.text', body: 'changed words' },
      'm.relates_to': { rel_type: 'm.replace', event_id: '$b' },
    };
    const edited = rawEvent(ROOM, '$e', BOB, 'm.room.encrypted', seal({ type: 'm.room.message', content: edit }, 's'));
    first.live(batch([sealed('a', 'stays'), sealed('b', 'first words'), edited]));
    await until(() => first.shown()[1] === 'bob: changed words *');
    await until(async () => (await copyOf(first)).includes('changed words'));
    const redaction = rawEvent(ROOM, '$r', ALICE, 'm.room.redaction', { redacts: '$b' });
    first.live({ events: [redaction], limited: false, prevBatch: null, initial: false });
    await until(async () => !(await copyOf(first)).includes(' words'));
    expect(await copyOf(first)).toContain('stays');
    first.stop();
    first.session.end();
    const second = await open({ storagePrefix: first.storagePrefix, known: false });
    await until(() => second.shown().length === 2);
    expect(second.shown()).toEqual(['bob: stays', 'bob: (removed)']);
  });

  it('[TIME-18] [T5] takes what was removed from the disk before it leaves the screen: killed then, it does not come back', async () => {
    const first = await open();
    first.live(batch([sealed('a', 'stays'), sealed('b', 'old words')]));
    await until(async () => (await copyOf(first)).includes('old words'));
    // From here on the copy is not kept any more: the device is killed before.
    const { localDb } = first.session.context;
    const redaction = rawEvent(ROOM, '$r', ALICE, 'm.room.redaction', { redacts: '$b' });
    let atRemoval = '';
    const stop = await first.api.watchTimeline(ROOM, (timeline) => {
      if (atRemoval === '' && lines(timeline.items).includes('bob: (removed)'))
        void localDb.get('timeline', ROOM).then((copy) => {
          atRemoval = JSON.stringify(copy);
        });
    });
    first.live({ events: [redaction], limited: false, prevBatch: null, initial: false });
    await until(() => atRemoval !== '');
    expect([atRemoval.includes('old words'), atRemoval.includes('stays')]).toEqual([false, true]);
    stop();
  });

  it('[TIME-18] [T3] keeps what somebody without the right to it removes', async () => {
    const first = await open();
    first.live(batch([sealed('a', 'from Alice', 's', ALICE), sealed('b', 'from Bob')]));
    await until(async () => (await copyOf(first)).includes('from Bob'));
    const forged = rawEvent(ROOM, '$r', BOB, 'm.room.redaction', { redacts: '$a' });
    first.live({ events: [forged, sealed('c', 'last')], limited: false, prevBatch: null, initial: false });
    await until(async () => (await copyOf(first)).includes('last'));
    expect(await copyOf(first)).toContain('from Alice');
  });

  it('[TIME-8] [TIME-9] shows what I send, through the queue, until the stream has it', async () => {
    const world = await open();
    world.live(batch([sealed('a', 'hello')]));
    await until(() => world.shown().length === 1);
    const txn = must(await world.api.sendText(ROOM, { text: 'mine' }));
    must(await world.api.react(ROOM, must(parseEventId('$a')), '👍'));
    await until(() => world.shown()[0] === 'bob: hello 👍1');
    expect(world.last().items[1]).toMatchObject({ id: txn, sending: { kind: 'waiting' }, mine: true });
    must(await world.api.react(ROOM, must(parseEventId('$a')), '👍'));
    await until(() => world.shown()[0] === 'bob: hello');
    await world.queue.start();
    await until(() => world.last().items[1]?.sending === null);
    const mine = { ...sealed('sent', 'mine', 's', ALICE), unsigned: { transaction_id: txn } };
    world.live({ events: [mine], limited: false, prevBatch: null, initial: false });
    await until(() => world.last().items[1]?.id === '$sent');
    expect(world.shown()).toEqual(['bob: hello', 'alice: mine']);
  });

  it('[TIME-11] marks what was unread when the room was opened, and who has read what', async () => {
    const world = await open({ fullyRead: '$b' });
    world.live(
      batch([
        sealed('a', '1'),
        sealed('b', '2'),
        sealed('m', 'my own', 's', ALICE),
        sealed('c', '3'),
        sealed('d', '4'),
      ]),
    );
    await until(() => world.last().unreadFrom !== null);
    expect(world.last().unreadFrom).toBe('$c');
    world.session.receipts.emit(ROOM, [{ user: BOB, eventId: must(parseEventId('$d')), at: 1, thread: null }]);
    await until(() => world.last().items.at(-1)?.readBy.length === 1);
    must(await world.api.markRead(ROOM, must(parseEventId('$d'))));
    const said = (end: string) => {
      const request = world.server.requests.find(({ path }) => decodeURIComponent(path).endsWith(end));
      return JSON.parse(request?.body.toString() ?? '');
    };
    expect(said('/receipt/m.read/$d')).toEqual({ thread_id: 'main' });
    expect(said('/read_markers')).toEqual({ 'm.fully_read': '$d' });
    expect(world.last().unreadFrom).toBe('$c');
  });

  it('[TIME-16] [T9] shows a device that appears for a member', async () => {
    const world = await open();
    world.live(batch([sealed('a', 'hello')]));
    world.session.devices.emit([{ user: BOB, deviceId: 'PHONE', at: 5 }]);
    await until(() => world.shown().length === 2);
    expect(world.last().items[1]?.body).toEqual({ kind: 'device', user: BOB, name: 'bob' });
  });

  it('[TIME-16] [T9] shows one of somebody whom I ignore too, and nothing that he says', async () => {
    const world = await open();
    world.session.ignored.add(BOB);
    world.live(batch([sealed('a', 'hello')]));
    world.session.devices.emit([{ user: BOB, deviceId: 'PHONE', at: 5 }]);
    await until(() => world.shown().length > 0);
    expect(world.last().items.map(({ body }) => body.kind)).toEqual(['device']);
  });
});

type OpenOptions = {
  readonly history?: readonly RawEvent[];
  readonly storagePrefix?: string;
  readonly known?: boolean;
  readonly fullyRead?: string;
};

async function open(options: OpenOptions = {}) {
  const server = await startServer((request) => answer(request, options));
  ends.push(() => server.stop());
  const storagePrefix = options.storagePrefix ?? `room-${++storage}`;
  const session = await testSession(server.url, { storagePrefix, me: ALICE });
  ends.push(() => session.end());
  if (options.known ?? true) session.know(ROOM, ALICE, [ALICE, BOB]);
  const queue = createOutbox(session.context);
  const api = createTimeline(session.context, queue, { schedule: async () => err({ code: 'invalid' }) });
  let last: Timeline = EMPTY_TIMELINE;
  const stop = await api.watchTimeline(ROOM, (timeline) => {
    last = timeline;
  });
  return {
    server,
    session,
    storagePrefix,
    queue,
    api,
    stop,
    last: () => last,
    shown: () => lines(last.items),
    live: (one: TimelineBatch) => session.timeline.emit(ROOM, one),
  };
}

/** A homeserver's answers for one room; a pagination token is a place in `history`. */
function answer({ path, method }: TestRequest, { history = [], fullyRead }: OpenOptions): TestAnswer {
  const url = new URL(path, 'http://server');
  if (url.pathname.endsWith('/messages')) {
    const from = Number(url.searchParams.get('from'));
    if (url.searchParams.get('dir') === 'f') {
      const next = Math.min(history.length, from + Number(url.searchParams.get('limit')));
      const newer = history.slice(from, next);
      return { status: 200, json: { chunk: newer, ...(next === history.length ? {} : { end: String(next) }) } };
    }
    const end = Math.max(0, from - Number(url.searchParams.get('limit')));
    const chunk = history.slice(end, from).reverse();
    return { status: 200, json: { chunk, ...(end === 0 ? {} : { end: String(end) }) } };
  }
  const around = /\/context\/(.+)$/.exec(url.pathname)?.[1];
  if (around !== undefined) {
    const place = history.findIndex((event) => event.event_id === decodeURIComponent(around));
    const json = { event: history[place], events_before: [], events_after: [] };
    return { status: 200, json: { ...json, start: String(place), end: String(place + 1) } };
  }
  if (url.pathname.endsWith('/m.fully_read') && method === 'GET') {
    return fullyRead === undefined
      ? { status: 404, json: { errcode: 'M_NOT_FOUND' } }
      : { status: 200, json: { event_id: fullyRead } };
  }
  return { status: 200, json: { event_id: '$sent' } };
}

function sealed(name: string, body: string, sessionId = 's', sender = BOB): RawEvent {
  const inner = { type: 'm.room.message', content: { msgtype: 'm.text', body } };
  return rawEvent(ROOM, `$${name}`, sender, 'm.room.encrypted', seal(inner, sessionId));
}

function batch(events: readonly RawEvent[]): TimelineBatch {
  return { events, limited: false, prevBatch: null, initial: true };
}

/** What IndexedDB holds of the room, unsealed. */
async function copyOf(world: Awaited<ReturnType<typeof open>>): Promise<string> {
  return JSON.stringify((await world.session.context.localDb.get('timeline', ROOM)) ?? '');
}

/** Until the copy of the room is on disk. */
async function kept(world: Awaited<ReturnType<typeof open>>): Promise<void> {
  let there = false;
  await until(() => {
    void world.session.context.localDb.get('timeline', ROOM).then((copy) => {
      there = copy !== undefined;
    });
    return there;
  });
}

/** Until what was asked for is shown: a frame at most. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 40));
}
