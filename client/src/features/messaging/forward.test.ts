import type { RoomSummary } from '@besace/matrix/api/types';
import { expect, test } from 'vitest';
import { roomsToForwardTo } from './forward.ts';

test('[MSG-65] one forwards to rooms that one is in, encrypted, found by any part of their name', () => {
  const room = (name: string, over: Partial<RoomSummary> = {}) =>
    ({ name, membership: 'join', kind: 'chat', encrypted: true, ...over }) as RoomSummary;
  const rooms = [
    room('Préparation été'),
    room('Été 2027', { membership: 'invite' }),
    room('Espace été', { kind: 'workspace' }),
    room('Été en clair', { encrypted: false }),
    room('Hiver'),
  ];
  expect(roomsToForwardTo(rooms, 'ete prep').map(({ name }) => name)).toEqual(['Préparation été']);
  expect(roomsToForwardTo(rooms, '')).toHaveLength(2);
});
