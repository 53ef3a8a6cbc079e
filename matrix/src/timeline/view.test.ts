import type { UserId } from '@besace/protocol/core/ids';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { Echo } from './echo.ts';
import type { Content, TimelineEvent } from './event.ts';
import { ALICE, BOB, clear, EVE, edit, event, id, lines, ROOM, reaction, redaction, text, view } from './testing.ts';

describe('what is shown of a stretch', () => {
  it('[TIME-1] [T1] shows a clear message in an encrypted room as not encrypted, and its text nowhere', () => {
    const forged = clear('f', BOB, 'm.room.message', { msgtype: 'm.text', body: 'forged' }, { encrypted: false });
    expect(lines(view([text('a', BOB, 'real'), forged]))).toEqual(['bob: real', 'bob: (not-encrypted)']);
    expect(lines(view([forged], { encrypted: false }))).toEqual(['bob: forged']);
  });

  it('[TIME-1] [T1] counts no clear edit, name or object in an encrypted room, and a clear reaction as not proven', () => {
    const relation = { rel_type: 'm.replace', event_id: id('a') };
    const forged = [
      clear(
        '1',
        BOB,
        'm.room.message',
        { body: '*', 'm.new_content': { body: 'forged' }, 'm.relates_to': relation },
        { encrypted: false },
      ),
      clear(
        '2',
        BOB,
        'm.reaction',
        { 'm.relates_to': { rel_type: 'm.annotation', event_id: id('a'), key: 'x' } },
        { encrypted: false },
      ),
      clear('3', BOB, 'm.room.name', { name: 'forged' }, { encrypted: false, stateKey: '' }),
      clear('4', BOB, 'fr.besace.task', { v: 1 }, { encrypted: false, stateKey: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    ];
    expect(lines(view([text('a', BOB, 'real'), ...forged]))).toEqual(['bob: real x1', 'bob: (not-encrypted)']);
    const [real] = view([text('a', BOB, 'real'), ...forged]);
    expect(real?.reactions).toEqual([{ key: 'x', count: 1, mine: false, people: [named(BOB)], unproven: 1 }]);
    // The same person's own sealed one proves it.
    const [proven] = view([text('a', BOB, 'real'), ...forged, reaction('5', BOB, 'a', 'x')]);
    expect(proven?.reactions).toMatchObject([{ count: 1, unproven: 0 }]);
  });

  it('[TIME-2] [T1] takes the last edit of the same sender, and no other', () => {
    const events = [
      text('a', BOB, 'one'),
      edit('b', BOB, 'a', 'two'),
      edit('c', EVE, 'a', 'evil'),
      edit('d', BOB, 'a', 'three'),
    ];
    expect(lines(view(events))).toEqual(['bob: three *']);
    expect(lines(view([...events, edit('e', BOB, 'd', 'edit of edit')]))).toEqual(['bob: three *']);
    expect(lines(view([...events, redaction('r', BOB, 'd')]))).toEqual(['bob: two *']);
  });

  it('[TIME-17] [T1] [T2] says what nothing in a message proves', () => {
    const relation = { rel_type: 'm.replace', event_id: id('a') };
    const foreign = (name: string, wireRelation: Content) =>
      clear(
        name,
        BOB,
        'm.room.message',
        { body: '*', 'm.new_content': { body: 'new', msgtype: 'm.text' } },
        { wireRelation },
      );
    const marks = (events: readonly TimelineEvent[]) => view(events).map(({ unproven }) => unproven);
    expect(marks([text('a', BOB, 'first'), foreign('e', relation)])).toEqual([['edit']]);
    expect(marks([text('a', BOB, 'first'), foreign('e', relation), edit('f', BOB, 'a', 'mine')])).toEqual([[]]);
    expect(marks([foreign('r', { 'm.in_reply_to': { event_id: id('a') } })])).toEqual([['reply']]);
    const restored = clear('k', BOB, 'm.room.message', { msgtype: 'm.text', body: 'old' }, { restored: RAW });
    expect(marks([restored])).toEqual([['sender']]);
    expect(marks([restored, redaction('x', BOB, 'k')])).toEqual([[]]);
    expect(marks([text('a', BOB, 'one'), edit('b', BOB, 'a', 'two')])).toEqual([[]]);
  });

  it('[TIME-3] [T1] follows the relation inside, not the one that the server writes beside it', () => {
    const moved = clear(
      'e',
      BOB,
      'm.room.message',
      edit('x', BOB, 'a', 'new').reading.kind === 'clear' ? contentOf(edit('x', BOB, 'a', 'new')) : {},
      {
        wireRelation: { rel_type: 'm.replace', event_id: id('b') },
      },
    );
    expect(lines(view([text('a', BOB, 'first'), text('b', BOB, 'second'), moved]))).toEqual([
      'bob: new *',
      'bob: second',
    ]);
    const old = clear(
      'o',
      BOB,
      'm.room.message',
      { msgtype: 'm.text', body: 'answer' },
      {
        wireRelation: { 'm.in_reply_to': { event_id: id('a') } },
      },
    );
    expect(view([text('a', ALICE, 'question'), old])[1]?.replyTo).toEqual({
      eventId: id('a'),
      senderName: 'alice',
      text: 'question',
    });
  });

  it('[TIME-4] [T3] removes for the author and for who has the power, and for nobody else', () => {
    const events = [text('a', BOB, 'one'), text('b', BOB, 'two'), text('c', BOB, 'three')];
    const removals = [redaction('1', EVE, 'a'), redaction('2', BOB, 'b'), redaction('3', ALICE, 'c')];
    expect(lines(view([...events, ...removals]))).toEqual(['bob: one', 'bob: (removed)', 'bob: (removed)']);
  });

  it('[TIME-7] [T4] keeps the order of the stream and doubts a date that cannot be', () => {
    const early = { ...text('a', BOB, 'first'), at: 10_000_000 };
    const late = { ...text('b', BOB, 'second'), at: 5 };
    const shown = view([early, late], { now: 10_000_000 - 5 * 60_000 - 1 });
    expect(lines(shown)).toEqual(['bob: first', 'bob: second']);
    expect(shown.map(({ doubtfulDate }) => doubtfulDate)).toEqual([true, false]);
  });

  it('[TIME-8] [T8] shows what I send once: as an echo, then as the event of the stream', () => {
    const waiting = echo('txn1', { kind: 'message', content: { msgtype: 'm.text', body: 'mine' } });
    const before = view([text('a', BOB, 'hello')], { echoes: [waiting] });
    expect(lines(before)).toEqual(['bob: hello', 'alice: mine']);
    expect(before[1]).toMatchObject({ id: 'txn1', eventId: null, sending: { kind: 'waiting' }, mine: true });
    const accepted = view([text('a', BOB, 'hello')], { echoes: [{ ...waiting, eventId: id('b') }] });
    expect(accepted[1]).toMatchObject({ id: 'txn1', eventId: id('b'), sending: null });
    const mine = text('b', ALICE, 'mine');
    expect(view([mine], { echoes: [{ ...waiting, eventId: id('b') }] })).toHaveLength(1);
    expect(view([{ ...mine, transactionId: 'txn1' }], { echoes: [waiting] })).toHaveLength(1);
    expect(view([{ ...text('c', EVE, 'theft'), transactionId: 'txn1' }], { echoes: [waiting] })).toHaveLength(2);
  });

  it('[TIME-9] shows my edit, reaction and removal at once, and takes a refused one back', () => {
    const events = [text('a', ALICE, 'one'), text('b', BOB, 'two'), text('c', ALICE, 'three')];
    const content = { 'm.new_content': { msgtype: 'm.text', body: 'changed' } };
    const echoes = [
      echo('t1', { kind: 'edit', target: id('a'), content }),
      echo('t2', { kind: 'reaction', target: id('b'), key: '👍', content: {} }),
      echo('t3', { kind: 'removal', target: id('c') }),
    ];
    expect(lines(view(events, { echoes }))).toEqual(['alice: changed *', 'bob: two 👍1', 'alice: (removed)']);
    const refused = echoes.map(({ item, eventId }) => ({
      item: { ...item, state: { kind: 'refused', error: { code: 'forbidden' } } as const },
      eventId,
    }));
    expect(lines(view(events, { echoes: refused }))).toEqual(['alice: one', 'bob: two', 'alice: three']);
    expect(view(events, { echoes: refused })[0]?.sending?.kind).toBe('refused');
  });

  it('[TIME-10] counts a reaction once a person and key, and bounds keys and texts', () => {
    const twice = [
      text('a', BOB, 'x'),
      reaction('1', EVE, 'a', '👍'),
      reaction('2', EVE, 'a', '👍'),
      reaction('3', ALICE, 'a', '👍'),
    ];
    expect(view(twice)[0]?.reactions).toEqual([
      { key: '👍', count: 2, mine: true, people: [named(EVE), named(ALICE)], unproven: 0 },
    ]);
    const flood = Array.from({ length: 200 }, (_, at) => reaction(`r${at}`, EVE, 'a', `k${at}`));
    expect(view([text('a', BOB, 'x'), ...flood])[0]?.reactions).toHaveLength(50);
    expect(view([text('a', BOB, 'x'), reaction('l', EVE, 'a', 'k'.repeat(65))])[0]?.reactions).toEqual([]);
    const big = text('b', BOB, 'y'.repeat(100_000), {
      format: 'org.matrix.custom.html',
      formatted_body: 'z'.repeat(100_000),
    });
    expect(view([big])[0]?.body).toMatchObject({ text: 'y'.repeat(65_536), html: null });
  });

  it('[TIME-11] puts a receipt on the nearest shown item', () => {
    const receipts = new Map([
      [BOB, id('r')],
      [ALICE, id('a')],
    ]);
    const shown = view([text('a', EVE, 'x'), reaction('r', EVE, 'a', '👍'), text('b', EVE, 'y')], { receipts });
    expect(shown.map(({ readBy }) => readBy.map(({ name }) => name))).toEqual([['bob'], []]);
  });

  it('[TIME-6] [T6] names what is locked by why', () => {
    const raw = {
      event_id: id('l'),
      room_id: ROOM,
      type: 'm.room.encrypted',
      sender: BOB,
      origin_server_ts: 1,
      content: {},
      unsigned: {},
    };
    const locked = event('l', BOB, { kind: 'locked', why: 'waiting-for-key', sessionId: 's', raw });
    expect(lines(view([locked]))).toEqual(['bob: (waiting-for-key)']);
  });

  it('[TIME-16] [T9] shows a new device, and people who come and go with the mark of outsiders', () => {
    const device = event('d', BOB, { kind: 'device', deviceId: 'PHONE' });
    const member = (name: string, membership: string, previous?: string) =>
      clear(
        name,
        EVE,
        'm.room.member',
        { membership, displayname: 'Ève' },
        {
          encrypted: false,
          stateKey: EVE,
          ...(previous === undefined ? {} : { previous: { membership: previous, displayname: 'Ève' } }),
        },
      );
    const shown = view([
      device,
      member('1', 'join', 'invite'),
      member('2', 'join', 'join'),
      member('3', 'leave', 'join'),
    ]);
    expect(shown.map(({ body }) => body)).toEqual([
      { kind: 'device', user: BOB, name: 'bob' },
      { kind: 'membership', user: EVE, name: 'Ève', change: 'joined', outsider: true },
      { kind: 'membership', user: EVE, name: 'Ève', change: 'left', outsider: true },
    ]);
  });

  it('[TIME-15] [T7] is total: whatever an event holds costs that event at most', () => {
    const relation = fc.oneof(
      fc.anything(),
      fc.record({
        rel_type: fc.constantFrom('m.replace', 'm.annotation', '__proto__'),
        event_id: fc.constantFrom(id('a'), id('x'), 3),
        key: fc.anything(),
        'm.in_reply_to': fc.anything(),
      }),
    );
    const content = fc.dictionary(
      fc.constantFrom(
        'msgtype',
        'body',
        'format',
        'formatted_body',
        'file',
        'url',
        'info',
        'm.new_content',
        '__proto__',
        'membership',
        'redacts',
        'constructor',
      ),
      fc.oneof(fc.anything(), fc.constantFrom('m.image', 'm.text', 'org.matrix.custom.html')),
    );
    const types = fc.constantFrom(
      'm.room.message',
      'm.reaction',
      'm.room.redaction',
      'm.room.member',
      'fr.besace.task',
      '__proto__',
    );
    fc.assert(
      fc.property(
        content,
        relation,
        types,
        fc.option(fc.string(), { nil: undefined }),
        fc.boolean(),
        (fields, related, type, stateKey, encrypted) => {
          const bad = clear(
            'x',
            EVE,
            type,
            { ...fields, 'm.relates_to': related },
            { encrypted, ...(stateKey === undefined ? {} : { stateKey }) },
          );
          const shown = lines(view([text('a', BOB, 'stays'), bad]));
          expect(shown[0]?.startsWith('bob: stays')).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

const RAW: RawEvent = {
  event_id: id('k'),
  room_id: ROOM,
  type: 'm.room.encrypted',
  sender: BOB,
  origin_server_ts: 1,
  content: {},
  unsigned: {},
};

function contentOf(from: TimelineEvent) {
  if (from.reading.kind !== 'clear') throw new Error('not clear');
  return from.reading.content;
}

function echo(txn: string, work: Echo['item']['work']): Echo {
  return { item: { id: txn, roomId: ROOM, seq: 1, since: 1, work, state: { kind: 'waiting' } }, eventId: null };
}

function named(userId: UserId) {
  return { userId, name: userId.slice(1, userId.indexOf(':')) };
}

it('[TIME-1] what a room says of itself is a setting of it, not a change of a board', () => {
  const said = clear('o', ALICE, 'fr.besace.room', { v: 1 }, { stateKey: 'AAAAAAAAAAAAAAAAAAAAAA' });
  const pins = clear('p', ALICE, 'm.room.pinned_events', { pinned: [] }, { stateKey: '' });
  expect(view([said, pins]).map(({ body }) => body)).toEqual([
    { kind: 'room', change: 'other' },
    { kind: 'room', change: 'other' },
  ]);
});
