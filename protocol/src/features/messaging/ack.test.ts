import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { RoomId, UserId } from '../../core/ids.ts';
import type { ClearEvent } from '../../core/relations.ts';
import {
  anyHostile,
  anyUser,
  CONTRIBUTOR,
  eventId,
  MANAGER,
  OUTSIDER,
  OWNER,
  READER,
} from '../../testing/arbitraries.ts';
import { LAW_TIMEOUT, runs } from '../../testing/runs.ts';
import { acknowledgedBy, askContent, askIn, isAckKey, withNote, withoutNote } from './ack.ts';

vi.setConfig({ testTimeout: LAW_TIMEOUT });

const message: ClearEvent = {
  eventId: eventId('$message'),
  roomId: '!room' as RoomId,
  sender: OWNER,
  type: 'm.room.message',
  isState: false,
  encrypted: true,
  content: { body: 'Évacuation à 14 h', ...askContent({ urgent: true, note: '' }) },
  wireRelation: undefined,
};
const asked: ReadonlySet<UserId> = new Set([MANAGER, CONTRIBUTOR, READER]);
let made = 0;

function reaction(sender: UserId, key = '✅', encrypted = true): ClearEvent {
  made += 1;
  const content = { 'm.relates_to': { rel_type: 'm.annotation', event_id: message.eventId, key } };
  return { ...message, eventId: eventId(`$r${made}`), sender, type: 'm.reaction', encrypted, content };
}

const people = (events: readonly ClearEvent[], removed: readonly ClearEvent[] = []) =>
  acknowledgedBy({ message, events, removed: new Set(removed.map((one) => one.eventId)), asked });

describe('asking', () => {
  it('[ACK-1] reads what it writes, and a later version as far as it is known', () => {
    const ask = { urgent: true, note: 'Réagissez par ✅' };
    expect(askIn(askContent(ask))).toEqual(ask);
    expect(askIn({ 'fr.besace.ack': { v: 2, urgent: 'very', until: 1 } })).toEqual({ urgent: false, note: '' });
    for (const other of [{}, { 'fr.besace.ack': true }, { 'fr.besace.ack': {} }, { 'fr.besace.ack': { v: 0 } }])
      expect(askIn(other)).toBeNull();
  });

  it('[ACK-1] takes off the line that it put, and nothing else', () => {
    const words = { text: 'Bonjour', html: '<b>Bonjour</b>' };
    const note = 'Réagissez par <✅> & "merci"';
    expect(withNote(words, note).html).toBe(
      '<b>Bonjour</b><p><em>Réagissez par &lt;✅&gt; &amp; &quot;merci&quot;</em></p>',
    );
    expect(withoutNote(withNote(words, note), note)).toEqual(words);
    expect(withoutNote(words, note)).toEqual(words);
    expect(withoutNote(withNote({ text: 'x', html: null }, note), note)).toEqual({ text: 'x', html: null });
  });
});

describe('acknowledging', () => {
  it('[ACK-2] counts those who are asked, by ✅ alone', () => {
    const found = people([
      reaction(MANAGER),
      reaction(READER, '👍'),
      reaction(OUTSIDER),
      reaction(OWNER),
      reaction(CONTRIBUTOR, '✅\uFE0F'),
    ]);
    expect([...found.keys()]).toEqual([MANAGER, CONTRIBUTOR]);
    expect(isAckKey('✅x')).toBe(false);
  });

  it('[ACK-2] [T1] one in clear is not proven, until a sealed one of the same person', () => {
    expect(people([reaction(MANAGER, '✅', false)]).get(MANAGER)).toEqual({ proven: false });
    expect(people([reaction(MANAGER), reaction(MANAGER, '✅', false)]).get(MANAGER)).toEqual({ proven: true });
    expect(people([reaction(MANAGER, '✅', false), reaction(MANAGER)]).get(MANAGER)).toEqual({ proven: true });
    const { 'm.relates_to': wireRelation } = reaction(READER).content as { 'm.relates_to': object };
    expect(people([{ ...reaction(READER), content: {}, wireRelation }]).get(READER)).toEqual({ proven: false });
  });

  it('[ACK-3] a removed one does not count', () => {
    const one = reaction(MANAGER);
    expect(people([one], [one]).size).toBe(0);
    expect(people([one, reaction(MANAGER)], [one]).size).toBe(1);
  });

  it('[ACK-3] [T4] order and repetition change nothing', () => {
    const anyReaction = fc.tuple(anyUser, fc.constantFrom('✅', '👍'), fc.boolean()).map((parts) => reaction(...parts));
    fc.assert(
      fc.property(fc.array(anyReaction, { maxLength: 20 }), fc.nat(20), (events, at) => {
        const turned = [...events.slice(at), ...events.slice(0, at), ...events];
        const sorted = (found: ReadonlyMap<UserId, unknown>) => new Map([...found].sort());
        expect(sorted(people(turned))).toEqual(sorted(people(events)));
      }),
      { numRuns: runs() },
    );
  });

  it('[ACK-1] [T3] [T7] never throws, whatever comes', () => {
    fc.assert(
      fc.property(anyHostile, anyHostile, (content, relation) => {
        askIn(content);
        askIn({ 'fr.besace.ack': content });
        people([{ ...reaction(MANAGER), content, wireRelation: relation }]);
        people([{ ...reaction(MANAGER), content: { 'm.relates_to': relation } }]);
      }),
      { numRuns: runs() },
    );
  });
});
