import { parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { register } from '@besace/protocol/core/registers';
import { err, ok } from '@besace/protocol/core/result';
import { roomKind } from '@besace/protocol/features/workspaces';
import { expect, it } from 'vitest';
import type { OutboxDraft } from '../outbox/outbox.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import type { HttpPort } from '../session/context.ts';
import { createScope } from '../session/scope.ts';
import type { OwnWords } from './ownWords.ts';
import type { RoomRequests } from './requests.ts';
import { createRoomActions } from './roomActions.ts';
import { createRoomStore } from './roomStore.ts';

const [room, user, other] = [parseRoomId('!new'), parseUserId('@ada:interieur.test'), parseUserId('@eve:culture.test')];
if (!room.ok || !user.ok || !other.ok) throw new Error('ids');
const [roomId, me, eve] = [room.value, user.value, other.value];

function setUp(words: OwnWords = { object: null, last: null }) {
  const platform = createMemoryPlatform({ storagePrefix: 'room-actions' });
  const create = { event_id: '$c', type: 'm.room.create', state_key: '', sender: me, content: { room_version: '12' } };
  const http = { json: async () => ok([create]) } as unknown as HttpPort;
  const rooms = createRoomStore(platform, http, me);
  const queued: OutboxDraft[] = [];
  const put: unknown[] = [];
  const requests = {
    create: async () => ok(roomId),
    getState: async () => ok({ users: { [eve]: 50 }, users_default: 0 }),
    putState: async (...[, , , content]: Parameters<RoomRequests['putState']>) => {
      put.push(content);
      return ok(undefined);
    },
  };
  const actions = createRoomActions({
    me,
    platform,
    requests: requests as unknown as RoomRequests,
    rooms,
    outbox: {
      enqueue: async (draft: OutboxDraft) => {
        queued.push(draft);
        return ok({});
      },
      items: () => queued,
    } as never,
    scope: createScope(),
    backend: {} as never,
    ownWords: () => words,
    direct: () => new Map(),
    onKeys: () => {},
  });
  return { actions, queued, rooms, put };
}

it('[ROOM-8] [T1] queues the name of a room that we made sealed, even if the server hides that it is encrypted', async () => {
  const { actions, queued, rooms } = setUp();
  expect(await actions.createWorkspace({ name: 'Réforme' })).toEqual(ok(roomId));
  expect(queued.map(({ work }) => work)).toMatchObject([
    { kind: 'state', type: 'm.room.name', wire: 'encrypted', content: { name: 'Réforme' } },
    { kind: 'object', type: 'fr.besace.room', content: { name: { value: 'Réforme', at: [1, me] } } },
  ]);
  expect(rooms.get(roomId)?.encrypted).toBe(true);
});

it('[ROOM-11] [T5] names a room above every name that was seen, and above what waits to be sent', async () => {
  const object = {
    ...roomKind.empty,
    name: register('Avant', [7, me] as const),
    openToOutsiders: register(true, [1, me] as const),
  };
  const { actions, queued, rooms } = setUp({ object, last: '$seen' });
  await rooms.load(roomId);
  for (const name of ['Après', 'Encore après']) expect(await actions.rename(roomId, name)).toEqual(ok(undefined));
  const written = queued.flatMap(({ work }) => (work.kind === 'object' ? [work.content] : []));
  expect(written).toMatchObject([
    { name: { value: 'Après', at: [8, me] }, openToOutsiders: { value: true }, prev: ['$seen'] },
    { name: { value: 'Encore après', at: [9, me] }, openToOutsiders: { value: true }, prev: ['$seen'] },
  ]);
});

it('[ROOM-11] says what a room is for in its own words and in those of Matrix, and that it is for nothing any more', async () => {
  const object = { ...roomKind.empty, purpose: register('Avant', [3, me] as const) };
  const { actions, queued, rooms } = setUp({ object, last: '$seen' });
  await rooms.load(roomId);
  expect(await actions.setTopic(roomId, ' ')).toEqual(ok(undefined));
  expect(queued.map(({ work }) => work)).toMatchObject([
    { type: 'm.room.topic', content: { topic: '' } },
    { type: 'fr.besace.room', content: { purpose: { value: '', at: [4, me] } } },
  ]);
  expect(await actions.setTopic(roomId, 'x'.repeat(1_001))).toMatchObject(err({ code: 'too-large' }));
});

it('[ROOM-11] leaves a room alone that says what it is in words too new for us', async () => {
  const { actions, queued, rooms } = setUp({ object: null, last: '$newer' });
  await rooms.load(roomId);
  expect(await actions.rename(roomId, 'Autre')).toEqual(err({ code: 'update-needed' }));
  expect(queued).toEqual([]);
});

it('[ROOM-12] [T11] raises the epoch of the counters with the loss of a right, and not with its gain', async () => {
  const { actions, put } = setUp();
  expect(await actions.setPower(roomId, eve, 10)).toEqual(ok(undefined));
  expect(await actions.setPower(roomId, eve, 100)).toEqual(ok(undefined));
  expect(put).toEqual([
    { users: { [eve]: 10 }, users_default: 0, 'fr.besace.epoch': 1 },
    { users: { [eve]: 100 }, users_default: 0 },
  ]);
});
