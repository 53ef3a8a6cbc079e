import { parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import { expect, it } from 'vitest';
import type { OutboxDraft } from '../outbox/outbox.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import type { HttpPort } from '../session/context.ts';
import type { RoomRequests } from './requests.ts';
import { createRoomActions } from './roomActions.ts';
import { createRoomStore } from './roomStore.ts';

const [room, user] = [parseRoomId('!new'), parseUserId('@ada:interieur.test')];
if (!room.ok || !user.ok) throw new Error('ids');
const [roomId, me] = [room.value, user.value];

it('[ROOM-8] [T1] queues the name of a room that we made sealed, even if the server hides that it is encrypted', async () => {
  const platform = createMemoryPlatform({ storagePrefix: 'room-actions' });
  const create = { event_id: '$c', type: 'm.room.create', state_key: '', sender: me, content: { room_version: '12' } };
  const http = { json: async () => ok([create]) } as unknown as HttpPort;
  const rooms = createRoomStore(platform, http, me);
  const queued: OutboxDraft[] = [];
  const actions = createRoomActions({
    me,
    platform,
    requests: { create: async () => ok(roomId) } as unknown as RoomRequests,
    rooms,
    outbox: {
      enqueue: async (draft: OutboxDraft) => {
        queued.push(draft);
        return ok({});
      },
    } as never,
    backend: {} as never,
    isOpenToOutsiders: () => false,
    direct: () => new Map(),
    onKeys: () => {},
  });
  expect(await actions.createWorkspace({ name: 'Réforme' })).toEqual(ok(roomId));
  expect(queued.map(({ work }) => work)).toMatchObject([{ kind: 'state', type: 'm.room.name', wire: 'encrypted' }]);
  expect(rooms.get(roomId)?.encrypted).toBe(true);
});
