import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import { createClient } from 'matrix-js-sdk';
import { expect, it } from 'vitest';
import { createCryptoRooms, type RoomStateSource } from './cryptoRooms.ts';

const ROOM = '!salon' as RoomId;
const ME = '@claire:interieur.test' as UserId;

it('[T10] lets nobody encrypt before the room is set up and old keys are gone, though several ask at once', async () => {
  const done: string[] = [];
  const slowly = (what: string) => async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    done.push(what);
  };
  const backend = { onCryptoEvent: slowly('set up'), forceDiscardSession: slowly('discarded') };
  const client = createClient({ baseUrl: 'http://localhost', userId: ME });
  const encryption = { type: 'm.room.encryption', state_key: '', sender: ME, event_id: '$1', content: {} };
  const source = {
    ensureMembers: async () => ok(undefined),
    cryptoState: () => ({ version: 1, departures: 0, events: [encryption] }),
  } as unknown as RoomStateSource;
  const rooms = createCryptoRooms(
    { client, backend } as unknown as Parameters<typeof createCryptoRooms>[0],
    source,
    ME,
  );

  const seen = await Promise.all([rooms.ready(ROOM), rooms.ready(ROOM)].map((one) => one.then(() => [...done])));

  expect(seen).toEqual([
    ['set up', 'discarded'],
    ['set up', 'discarded'],
  ]);
});
