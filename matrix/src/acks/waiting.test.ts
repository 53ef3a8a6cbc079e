import { ACK_KEY, askContent } from '@besace/protocol/features/messaging';
import { describe, expect, it } from 'vitest';
import { ALICE, BOB, clear, edit, event, id, reaction, redaction, text } from '../timeline/testing.ts';
import { type AskingMap, parseAskings, withEvent, withState } from './waiting.ts';

const none: AskingMap = new Map();
const asking = text('m', BOB, 'Lisez ceci\nDétails\n\n✅ ?', askContent({ urgent: true, note: '✅ ?' }));

function after(...events: readonly Parameters<typeof withEvent>[1][]): AskingMap {
  return events.reduce((known, one) => withEvent(known, one, ALICE, true), none);
}

const states = (known: AskingMap) => [...known.values()].map(({ eventId, state }) => `${eventId} ${state}`);

describe('what waits for an acknowledgement', () => {
  it('[ACK-12] is what others ask, by its first line; my own, edits and other words are not', () => {
    const known = after(
      asking,
      text('n', BOB, 'rien'),
      { ...asking, eventId: id('mine'), sender: ALICE },
      edit('e', BOB, 'm', 'x'),
    );
    expect([...known.values()]).toMatchObject([{ eventId: id('m'), urgent: true, text: 'Lisez ceci', state: 'new' }]);
  });

  it('[ACK-12] [T1] nothing that came in clear or is locked in an encrypted room asks', () => {
    const content = { body: 'x', ...askContent({ urgent: true, note: '' }) };
    const forged = clear('f', BOB, 'm.room.message', content, { encrypted: false });
    const locked = event('l', BOB, { kind: 'locked', why: 'waiting-for-key', sessionId: null, raw: {} as never });
    expect(after(forged, locked).size).toBe(0);
    expect(withEvent(none, forged, ALICE, false).size).toBe(1);
  });

  it('[ACK-12] is done by my ✅, and asked about again when that or the message was removed', () => {
    const known = after(asking);
    expect(states(withEvent(known, reaction('r', BOB, 'm', ACK_KEY), ALICE, true))).toEqual(['$m new']);
    expect(states(withEvent(known, reaction('r', ALICE, 'm', '👍'), ALICE, true))).toEqual(['$m new']);
    const done = withEvent(known, reaction('r', ALICE, 'm', ACK_KEY), ALICE, true);
    expect(states(done)).toEqual(['$m done']);
    expect(states(withEvent(done, redaction('x', ALICE, 'r'), ALICE, true))).toEqual(['$m new']);
    const waits = withState(known, id('m'), 'waits', null);
    expect(states(withEvent(waits, redaction('x', BOB, 'm'), ALICE, true))).toEqual(['$m new']);
    expect(withEvent(waits, event('m', BOB, { kind: 'removed' }), ALICE, true).size).toBe(0);
  });

  it('[ACK-12] twice the same event changes nothing, and as many as one likes are bounded', () => {
    const known = after(asking);
    expect(withEvent(known, asking, ALICE, true)).toBe(known);
    const many = Array.from({ length: 400 }, (_, at) => ({ ...asking, eventId: id(`m${at}`), at }));
    const kept = after(...many);
    expect(kept.size).toBe(300);
    expect(kept.has(id('m399'))).toBe(true);
  });

  it('[ACK-12] [T3] is kept and read again; what does not parse is nothing', () => {
    const known = after(asking);
    expect(parseAskings(JSON.parse(JSON.stringify([...known.values()])))).toEqual(known);
    for (const hostile of [null, {}, [{ eventId: 'x' }], [['__proto__']]]) expect(parseAskings(hostile).size).toBe(0);
  });
});
