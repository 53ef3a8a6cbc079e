import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import { expect, it } from 'vitest';
import type { RawEvent } from '../sync/rawEvent.ts';
import { createCryptoRooms, type RoomStateSource } from './cryptoRooms.ts';
import { EncryptionTarget } from './encryptionTarget.ts';

const ROOM = '!salon' as RoomId;
const ME = '@claire:interieur.test' as UserId;

it('[T10] lets nobody encrypt before the room is set up and old keys are gone, though several ask at once', async () => {
  const done: string[] = [];
  const slowly = (what: string) => async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    done.push(what);
  };
  const backend = { onCryptoEvent: slowly('set up'), forceDiscardSession: slowly('discarded') };
  const encryption = { type: 'm.room.encryption', state_key: '', sender: ME, event_id: '$1', content: {} };
  const source = {
    ensureMembers: async () => ok(undefined),
    cryptoState: () => ({ version: 1, departures: 0, events: [encryption] }),
  } as unknown as RoomStateSource;
  const rooms = createCryptoRooms({ backend } as unknown as Parameters<typeof createCryptoRooms>[0], source);

  const seen = await Promise.all([rooms.ready(ROOM), rooms.ready(ROOM)].map((one) => one.then(() => [...done])));

  expect(seen).toEqual([
    ['set up', 'discarded'],
    ['set up', 'discarded'],
  ]);
});

it('[T10] encrypts for those who are in, and for the invited where what is said before they come is for them', async () => {
  const member = (name: string, membership: string) => ({
    type: 'm.room.member',
    state_key: `@${name}:interieur.test`,
    content: { membership },
  });
  const members = [member('ada', 'join'), member('ben', 'invite'), member('cleo', 'leave'), member('dan', 'ban')];
  const who = async (visibility?: unknown) => {
    const target = new EncryptionTarget(ROOM);
    const rule = { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: visibility } };
    target.take([...members, ...(visibility === undefined ? [] : [rule])] as unknown as RawEvent[]);
    return [target.getHistoryVisibility(), (await target.getEncryptionTargetMembers()).map(({ userId }) => userId[1])];
  };
  expect(await who()).toEqual(['shared', ['a', 'b']]);
  expect(await who('invited')).toEqual(['invited', ['a', 'b']]);
  expect(await who('joined')).toEqual(['joined', ['a']]);
  // What nobody knows is no reason to keep a message from those who are asked in.
  expect(await who('everybody')).toEqual(['shared', ['a', 'b']]);
});
