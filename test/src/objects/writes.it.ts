import type { SendState } from '@besace/matrix/api/types';
import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { nextStamp } from '@besace/protocol/core/registers';
import { createTask, taskKind } from '@besace/protocol/features/tasks';
import { beforeAll, describe, expect, it } from 'vitest';
import { call, eventually } from '../harness/http.ts';
import { startLyingServer } from '../harness/lyingServer.ts';
import { sharedWorld } from '../harness/shared.ts';
import {
  addCard,
  allSent,
  COLUMN,
  card,
  cardWhen,
  changeCard,
  joinWhenInvited,
  must,
  newObjectId,
  type Person,
  person,
  restart,
  sharedRoom,
  watchObjects,
} from '../hostile/person.ts';

let alice: Person;
let bob: Person;
let room: RoomId;

beforeAll(async () => {
  [alice, bob] = await Promise.all([person('interieur', 'alice'), person('culture', 'bob')]);
  room = await sharedRoom(alice, [bob]);
});

describe('a write', () => {
  it('[OBJ-9][T8] is on the screen at once with its state, and on the other side soon after', async () => {
    const [mine, theirs] = await Promise.all([watchObjects(alice.api, room), watchObjects(bob.api, room)]);
    const id = await addCard(alice, room, { title: 'now' });
    expect(card(mine, id).title?.value).toBe('now');
    await cardWhen(theirs, id, (task) => task.title?.value === 'now');
    await allSent(alice);
    const states = mine.changes.flatMap(({ objects }) =>
      objects.filter((one) => one.objectId === id).map((one) => one.sending),
    );
    expect(kinds(states).at(0)).toBe('waiting');
    expect(states.at(-1)).toBe(null);
  });

  it('[OBJ-9][T8] that was accepted survives a kill, and is sent once', async () => {
    const theirs = await watchObjects(bob.api, room);
    // The network is gone, the person goes on working, the machine dies.
    alice.kill();
    const id = await addCard(alice, room, { title: 'kept' });
    alice = await restart(alice);
    const mine = await watchObjects(alice.api, room);
    await cardWhen(mine, id, (task) => task.title?.value === 'kept');
    await cardWhen(theirs, id, (task) => task.title?.value === 'kept');
    await allSent(alice);
    expect(theirs.last?.holes).toEqual({ locked: 0, invalid: 0, forbidden: 0, rollbacks: 0 });
  });

  it('[OBJ-9][T3] by someone without the right is refused at once', async () => {
    const workspace = must(await alice.api.createWorkspace({ name: 'Espace' }));
    const input = { workspace, name: 'Tableau', kind: 'board', openToOutsiders: false, inviteMembers: false } as const;
    const board = must(await alice.api.createRoomIn(input));
    must(await alice.api.setPower(board, bob.userId, 0));
    must(await alice.api.invite(board, bob.userId));
    await joinWhenInvited(bob, board);
    const seen = await watchObjects(bob.api, board);
    await eventually(async () => seen.last?.complete === true);
    const made = must(createTask({ title: 'no', column: COLUMN, order: 'a0' }, nextStamp(0, bob.userId)));
    const refused = await bob.api.writeObject(board, taskKind.type, newObjectId(), taskKind.encode(made));
    expect(refused).toMatchObject({ ok: false, error: { code: 'forbidden' } });
  });

  it('[OBJ-9] refuses what is no object, before anything else', async () => {
    const write = (type: string, content: Record<string, unknown>) =>
      alice.api.writeObject(room, type, newObjectId(), content);
    expect(await write('fr.besace.nothing', { v: 1 })).toMatchObject({ ok: false, error: { code: 'invalid' } });
    expect(await write(taskKind.type, { v: 1, title: 7 })).toMatchObject({
      ok: false,
      error: { code: 'invalid', detail: 'title' },
    });
  });

  it('[OBJ-9] that the server refuses falls off the card and says why', async () => {
    const server = await startLyingServer(sharedWorld().org('culture').clientUrl);
    const carol = await person('culture', 'carol', server.url);
    const shared = await sharedRoom(alice, [carol]);
    const id = await addCard(alice, shared, { title: 'before' });
    const seen = await watchObjects(carol.api, shared);
    await cardWhen(seen, id, (task) => task.title?.value === 'before');
    // Carol loses the right, and her server does not tell her.
    server.lieAboutEvents(shared, (event) => (event.type === 'm.room.power_levels' ? null : event));
    must(await alice.api.setPower(shared, carol.userId, 0));
    const levels = `v3/rooms/${encodeURIComponent(shared)}/state/m.room.power_levels/`;
    await eventually(async () => {
      const now = await call<{ users?: Record<UserId, number> }>(carol.account, 'GET', levels);
      return now.users?.[carol.userId] === 0;
    });
    await changeCard(carol, shared, seen, id, { title: 'after' });
    await eventually(async () => seen.objects.get(id)?.sending?.kind === 'refused');
    expect(seen.objects.get(id)?.sending).toMatchObject({ kind: 'refused', error: { code: 'forbidden' } });
    expect(card(seen, id).title?.value).toBe('before');
    carol.kill();
    await server.stop();
  });
});

function kinds(states: readonly (SendState | null)[]): (string | null)[] {
  return states.map((state) => state?.kind ?? null);
}
