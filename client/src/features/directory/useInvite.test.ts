import type { BesaceError, RoomSummary } from '@besace/matrix/api/types';
import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { describe, expect, test } from 'vitest';
import { person, roomId, userId } from './testing.ts';
import { notPickable, useInvite } from './useInvite.ts';
import { useNewConversation } from './useNewConversation.ts';

const me = userId('@anne:interieur.test');
const room = roomId('!plan');

describe('who can be invited', () => {
  const target = {
    openToOutsiders: false,
    members: [
      { userId: userId('@bob:culture.test'), membership: 'join' as const },
      { userId: userId('@claire:culture.test'), membership: 'invite' as const },
      { userId: userId('@denis:culture.test'), membership: 'leave' as const },
    ],
  };

  test('[PEOPLE-6] not who is here, invited, picked, or myself', () => {
    const left = person('denis');
    expect(notPickable(person('bob'), target, [], me)).toBe('already-here');
    expect(notPickable(person('claire'), target, [], me)).toBe('already-invited');
    expect(notPickable(left, target, [left], me)).toBe('picked');
    expect(notPickable(person('anne', { userId: me }), target, [], me)).toBe('myself');
    expect(notPickable(left, target, [], me)).toBeNull();
  });

  test('[PEOPLE-8] no outsider where the room is not open to outsiders', () => {
    const outsider = person('paul', { outsider: true });
    expect(notPickable(outsider, target, [], me)).toBe('outsider');
    expect(notPickable(outsider, { ...target, openToOutsiders: true }, [], me)).toBeNull();
  });
});

test('[PEOPLE-9] each invitation stands by itself', async () => {
  const invited: UserId[] = [];
  const { progress, invite, busy } = useInvite(
    {
      invite: async (_, user) => {
        invited.push(user);
        return user.startsWith('@paul') ? err({ code: 'outsider-refused' }) : ok(undefined);
      },
    },
    room,
  );
  const [bob, paul, zoe] = [person('bob'), person('paul'), person('zoe')];
  expect(await invite([bob, paul, zoe])).toEqual([paul]);
  expect(invited).toEqual([bob.userId, paul.userId, zoe.userId]);
  expect(progress.value.get(paul.userId)).toEqual({ kind: 'refused', error: { code: 'outsider-refused' } });
  expect(progress.value.get(zoe.userId)).toEqual({ kind: 'done' });
  expect(busy.value).toBe(false);
});

describe('a new conversation', () => {
  function open(rooms: readonly Pick<RoomSummary, 'roomId' | 'directWith' | 'membership'>[], failure?: BesaceError) {
    const asked: unknown[] = [];
    const model = useNewConversation({
      api: {
        createConversation: async (input) => {
          asked.push(input);
          return failure ? err(failure) : ok<RoomId>(room);
        },
      },
      rooms: () => rooms as readonly RoomSummary[],
    });
    return { model, asked };
  }

  test('[PEOPLE-10] one person makes it direct, more do not, a name is kept', async () => {
    const { model, asked } = open([]);
    model.pick(person('bob'));
    model.pick(person('bob'));
    expect(await model.start()).toBe(room);
    model.pick(person('zoe'));
    model.name.value = ' Budget 2027 ';
    await model.start();
    expect(asked).toEqual([
      { name: null, invite: ['@bob:culture.test'], direct: true },
      { name: 'Budget 2027', invite: ['@bob:culture.test', '@zoe:culture.test'], direct: false },
    ]);
  });

  test('[PEOPLE-10] the direct conversation that exists is opened, not doubled', async () => {
    const there = roomId('!direct');
    const { model, asked } = open([{ roomId: there, directWith: person('bob').userId, membership: 'join' }]);
    model.pick(person('bob'));
    expect(model.existing.value).toBe(there);
    expect(await model.start()).toBe(there);
    expect(asked).toEqual([]);
  });

  test('what was refused keeps everything as it was', async () => {
    const { model } = open([], { code: 'offline' });
    model.pick(person('bob'));
    model.name.value = 'Budget';
    expect(await model.start()).toBeNull();
    expect(model.problem.value).toEqual({ code: 'offline' });
    expect(model.picked.value).toHaveLength(1);
    expect(model.busy.value).toBe(false);
    model.unpick(person('bob').userId);
    expect(model.picked.value).toHaveLength(0);
  });
});
