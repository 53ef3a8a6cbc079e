import type { EventId } from '@besace/protocol/core/ids';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimelineEvent } from '../timeline/event.ts';
import { ALICE, AUTHORITY, BOB, clear, edit, event, id, ROOM, redaction, text, view } from '../timeline/testing.ts';
import { createReader, type PlacedEvent } from './reading.ts';
import { idsOf, openDevice } from './testing.ts';

const room = { roomId: ROOM, encrypted: true, authority: AUTHORITY };

async function readAll(events: readonly PlacedEvent[], page: number) {
  const device = await openDevice();
  for (let at = 0; at < events.length; at += page) {
    // A new reader each time: nothing counts but what is on disk.
    const reader = await createReader(device.db, await device.restart());
    await device.index.commit(await reader.read(room, events.slice(at, at + page)));
  }
  return device;
}

const placed = (events: readonly TimelineEvent[]): PlacedEvent[] => events.map((one, place) => ({ event: one, place }));

describe('reading for the index', () => {
  it('takes only what the timeline accepts [INDEX-9] [T1]', async () => {
    const device = await readAll(
      placed([
        text('a', ALICE, 'vrai'),
        clear('b', ALICE, 'm.room.message', { msgtype: 'm.text', body: 'vrai en clair' }, { encrypted: false }),
        clear('c', ALICE, 'm.reaction', { body: 'vrai' }),
        clear('d', ALICE, 'm.room.message', { msgtype: 'm.text', body: 'vrai' }, { stateKey: '' }),
        clear('e', ALICE, 'm.room.message', { msgtype: 'm.file', body: 'vrai.pdf', url: 'mxc://clear/text' }),
        event('f', ALICE, { kind: 'removed' }),
        text('g', BOB, '> <@alice:x> vrai\n\nréponse', { 'm.relates_to': { 'm.in_reply_to': { event_id: id('a') } } }),
      ]),
      3,
    );
    expect(await idsOf(device.index, 'vrai')).toEqual(['$a']);
    expect(await idsOf(device.index, 'reponse')).toEqual(['$g']);
  });

  it('refuses an edit by another and a removal without the right [INDEX-9] [T1] [T3]', async () => {
    const device = await readAll(
      placed([text('a', ALICE, 'premier'), edit('b', BOB, 'a', 'faux'), redaction('c', BOB, 'a')]),
      1,
    );
    expect(await idsOf(device.index, 'premier')).toEqual(['$a']);
    expect(await idsOf(device.index, 'faux')).toEqual([]);
  });

  it('keeps no text of what was removed, nor of an edit that was [INDEX-3]', async () => {
    const device = await readAll(
      placed([
        text('a', ALICE, 'secret'),
        edit('b', ALICE, 'a', 'mystère'),
        redaction('c', ALICE, 'b'),
        redaction('d', ALICE, 'a'),
      ]),
      1,
    );
    const kept = JSON.stringify([await device.db.list('search', 'note/'), await device.db.list('search', 'log/')]);
    expect(kept).not.toMatch(/secret|mystère/);
  });

  it('is not pushed aside by a thousand edits of somebody else [INDEX-8]', async () => {
    const false_ = Array.from({ length: 200 }, (_, at) => edit(`f${at}`, BOB, 'a', `faux${at}`));
    const events = placed([text('a', ALICE, 'premier'), edit('b', ALICE, 'a', 'second'), ...false_]).reverse();
    const device = await readAll(events, 50);
    expect(await idsOf(device.index, 'second')).toEqual(['$a']);
    expect(await idsOf(device.index, 'faux')).toEqual([]);
  });

  it('agrees with the timeline over random lives, in any order and pages [INDEX-3] [INDEX-9] [T4]', async () => {
    const words = fc.constantFrom('un', 'deux', 'trois', 'quatre');
    const people = fc.constantFrom(ALICE, BOB);
    const target = fc.nat(4);
    const life = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ kind: fc.constant('say' as const), who: people, word: words, target }) },
        { weight: 3, arbitrary: fc.record({ kind: fc.constant('edit' as const), who: people, word: words, target }) },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), who: people, word: words, target }) },
      ),
      { maxLength: 12 },
    );
    const orders = fc.infiniteStream(fc.nat());
    await fc.assert(
      fc.asyncProperty(life, orders, fc.integer({ min: 1, max: 4 }), async (steps, order, page) => {
        const events = steps.map(({ kind, who, word, target: at }, index): TimelineEvent => {
          const name = `e${index}`;
          if (kind === 'say') return text(name, who, word);
          return kind === 'edit' ? edit(name, who, `e${at}`, word) : redaction(name, who, `e${at}`);
        });
        const keys = new Map(events.map(({ eventId }) => [eventId as string, order.next().value ?? 0]));
        const shuffled = placed(events).sort(
          (a, b) => (keys.get(a.event.eventId) ?? 0) - (keys.get(b.event.eventId) ?? 0),
        );
        const device = await readAll(shuffled, page);
        const shown = view(events);
        for (const word of ['un', 'deux', 'trois', 'quatre']) {
          const expected = shown
            .filter(({ body }) => body.kind === 'text' && body.text === word)
            .map(({ eventId }) => eventId as EventId)
            .sort();
          expect(await idsOf(device.index, word), word).toEqual(expected);
        }
      }),
      { numRuns: 150 },
    );
  });
});
