import { crossSign, plainClient, stopPlainClient } from '@besace/matrix/upstream/sdk';
import type { ObjectId, RoomId, UserId } from '@besace/protocol/core/ids';
import { SINGLETON_ID } from '@besace/protocol/core/kind';
import { nextStamp } from '@besace/protocol/core/registers';
import { columnKind, createColumn } from '@besace/protocol/features/tasks';
import { expect, it } from 'vitest';
import { call, eventually } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';
import {
  allSent,
  freshDevice,
  must,
  newObjectId,
  type Person,
  person,
  type Seen,
  sharedRoom,
  watchObjects,
} from './person.ts';

it('[LIE-46][OBJ-12][T3] a manager who became a contributor does no more of it, whatever her client is', async () => {
  const bob = await person('culture', 'bob');
  const workspace = must(await bob.api.createWorkspace({ name: 'Espace' }));
  const input = { workspace, name: 'Tableau', kind: 'board', openToOutsiders: false, inviteMembers: false } as const;
  const board = must(await bob.api.createRoomIn(input));
  // Somebody whose client asks nobody: the SDK as it is.
  const former = await sharedWorld().register('culture', 'former');
  const userId = former.userId as UserId;
  const client = await plainClient(former);
  await client.startClient({});
  await crossSign(client, former);
  must(await bob.api.setPower(board, userId, 50));
  must(await bob.api.invite(board, userId));
  await eventually(async () => client.getRoom(board)?.getMyMembership() === 'invite');
  await client.joinRoom(board);
  await eventually(async () => client.getCrypto()?.isStateEncryptionEnabledInRoom(board));

  const column = newObjectId();
  const write = (type: string, key: string, content: object) =>
    eventually(async () => (await client.sendStateEvent(board, type as never, content as never, key)).event_id);
  const writeColumn = (text: string, lamport: number) =>
    write(columnKind.type, column, { v: 1, title: stamped(text, lamport), order: stamped('a0', lamport) });
  const seen = await watchObjects(bob.api, board);
  const names = await watchNames(bob, board);
  await writeColumn('while manager', 1);
  await eventually(async () => title(seen, column) === 'while manager');

  must(await bob.api.setPower(board, userId, 10));
  await eventually(async () => {
    const levels = client.getRoom(board)?.currentState.getStateEvents('m.room.power_levels', '')?.getContent();
    return levels?.users?.[userId] === 10;
  });
  await write('m.room.name', '', { name: 'Mine' });
  await write('fr.besace.room', SINGLETON_ID, { v: 1, name: stamped('Mine', 9) });
  await writeColumn('since', 9);
  await eventually(async () => seen.changes.some(({ holes }) => holes.forbidden > 0));
  expect(title(seen, column)).toBe('while manager');
  // Written again by the one who has the right, so that newcomers are not led astray either.
  await eventually(async () => seen.last?.holes.forbidden === 0);
  expect(names).not.toContain('Mine');
  stopPlainClient(client);

  function stamped(value: string, lamport: number) {
    return { value, at: [lamport, userId] };
  }
});

it('[LIE-47][OBJ-12][T3] what she wrote while she was a manager stays, for a device too that comes after', async () => {
  const [bob, former] = await Promise.all([person('culture', 'bob'), person('culture', 'former')]);
  const room = await sharedRoom(bob, [former]);
  must(await bob.api.setPower(room, former.userId, 50));
  const column = newObjectId();
  const made = createColumn({ title: 'hers', order: 'a0' }, nextStamp(0, former.userId));
  if (!made.ok) throw new Error(made.error.field);
  await eventually(
    async () => (await former.api.writeObject(room, columnKind.type, column, columnKind.encode(made.value))).ok,
  );
  await eventually(async () => (await former.api.rename(room, 'Fusion')).ok);
  await allSent(former);
  const seen = await watchObjects(bob.api, room);
  await eventually(async () => title(seen, column) === 'hers');
  must(await bob.api.setPower(room, former.userId, 10));
  await eventually(async () => (await call<{ count: number }>(bob.account, 'GET', 'v3/room_keys/version')).count > 1);
  for (const who of [bob, former]) who.kill();

  const fresh = await freshDevice(bob);
  const names = await watchNames(fresh, room);
  const seenFresh = await watchObjects(fresh.api, room);
  await eventually(async () => title(seenFresh, column) === 'hers', 40_000);
  await eventually(async () => names.includes('Fusion'), 20_000);
});

function title(seen: Seen, id: ObjectId): string | undefined {
  const parsed = columnKind.parse(seen.objects.get(id)?.content);
  return parsed.ok ? parsed.value.title?.value : undefined;
}

async function watchNames(who: Person, room: RoomId): Promise<string[]> {
  const names: string[] = [];
  await who.api.watchRooms(({ rooms }) => {
    const name = rooms.find(({ roomId }) => roomId === room)?.name;
    if (name !== undefined) names.push(name);
  });
  return names;
}
