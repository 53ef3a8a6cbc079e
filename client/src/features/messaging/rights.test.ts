import { expect, test } from 'vitest';
import { canPin, canRemove, canSpeak } from './rights.ts';
import { textItem, userId } from './testing.ts';

const me = userId('@anne:interieur.test');
const room = { encrypted: true, myPower: 0, powerLevels: {}, creators: [] };

test('[T3] writing needs the level of what goes over the wire', () => {
  expect(canSpeak(room, me)).toBe(true);
  expect(canSpeak({ ...room, powerLevels: { events_default: 10 } }, me)).toBe(false);
  expect(canSpeak({ ...room, powerLevels: { events_default: 10, events: { 'm.room.encrypted': 0 } } }, me)).toBe(true);
  expect(canSpeak({ ...room, powerLevels: { events_default: 10 }, creators: [me] }, me)).toBe(true);
  expect(canSpeak({ ...room, powerLevels: JSON.parse('{"events":{"__proto__":{"m.room.encrypted":50}}}') }, me)).toBe(
    true,
  );
});

test('[T3] one removes one’s own, and from the redact level on anyone’s', () => {
  const hers = textItem('a', 'x');
  expect(canRemove({ ...hers, mine: true }, room, me)).toBe(true);
  expect(canRemove(hers, room, me)).toBe(false);
  expect(canRemove(hers, { ...room, myPower: 50 }, me)).toBe(true);
  expect(canRemove(hers, null, me)).toBe(false);
  expect(canRemove({ ...hers, mine: true, eventId: null }, room, me)).toBe(false);
});

test('[MSG-64] [T3] one pins with a manager’s right, and never below that of the wire', () => {
  expect(canPin({ ...room, myPower: 49 }, me)).toBe(false);
  expect(canPin({ ...room, myPower: 50 }, me)).toBe(true);
  const lenient = { events: { 'm.room.pinned_events': 10 }, state_default: 10 };
  expect(canPin({ ...room, myPower: 10, powerLevels: lenient }, me)).toBe(true);
  expect(canPin({ ...room, myPower: 10, powerLevels: { ...lenient, state_default: 20 } }, me)).toBe(false);
});
