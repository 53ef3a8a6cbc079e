import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { describe, expect, test } from 'vitest';
import { type Asked, type Known, plan } from './plan.ts';
import { wordsIn } from './words.ts';

const asked = (over: Partial<Asked> = {}): Asked => ({
  command: { kind: 'hook', name: 'ci' },
  eventId: '$event' as EventId,
  roomId: '!room' as RoomId,
  sender: '@claire:interieur.test' as UserId,
  power: 50,
  outsider: false,
  ...over,
});
const known = (over: Partial<Known> = {}): Known => ({
  hooks: [],
  secret: 's'.repeat(43),
  publicUrl: 'http://localhost/hook',
  words: wordsIn('fr'),
  ...over,
});
const ci = { id: 1, roomId: '!room' as RoomId, name: 'ci', endedAt: null };

describe('the plan of a command', () => {
  test('[NOTIFIER-1] makes a hook for a manager of the room', () => {
    expect(plan(asked(), known()).make).toEqual({ name: 'ci', secret: 's'.repeat(43), by: '@claire:interieur.test' });
    expect(plan(asked({ power: Number.POSITIVE_INFINITY }), known()).make).not.toBeNull();
  });

  test.each([
    ['a contributor', { power: 10 }],
    ['a reader', { power: 0 }],
    ['an outsider, whatever power she was given', { power: 100, outsider: true }],
    ['power that is not a number', { power: Number.NaN }],
  ])('[NOTIFIER-1] makes nothing for %s, and says so', (_who, over) => {
    const effects = plan(asked(over), known());
    expect(effects).toMatchObject({ make: null, end: null });
    expect(effects.say.map(({ text }) => text)).toEqual([wordsIn('fr').notAllowed]);
  });

  test('[NOTIFIER-2] tells the address to its author alone', () => {
    const { say } = plan(asked(), known());
    const toRoom = say.filter(({ target }) => target.kind === 'room');
    expect(toRoom.some(({ text }) => text.includes('s'.repeat(43)))).toBe(false);
    expect(say.find(({ target }) => target.kind === 'person')).toMatchObject({
      target: { userId: '@claire:interieur.test' },
      text: expect.stringContaining(`http://localhost/hook/${'s'.repeat(43)}`),
    });
  });

  test('[NOTIFIER-3] ends what exists, with the same right', () => {
    const command = { kind: 'unhook', name: 'ci' } as const;
    expect(plan(asked({ command }), known({ hooks: [ci] })).end).toBe('ci');
    expect(plan(asked({ command }), known()).end).toBeNull();
    expect(plan(asked({ command, power: 10 }), known({ hooks: [ci] })).end).toBeNull();
  });

  test('refuses a second hook of one name, and names the answers by the command', () => {
    const { make, say } = plan(asked(), known({ hooks: [ci] }));
    expect(make).toBeNull();
    expect(say[0]?.id).toBe('answer-room-event');
  });
});
