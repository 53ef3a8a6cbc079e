import { crossSign, plainClient, stopPlainClient } from '@besace/matrix/upstream/sdk';
import type { ObjectId, RoomId } from '@besace/protocol/core/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, eventually } from '../harness/http.ts';
import { type LyingServer, startLyingServer, type WireEvent } from '../harness/lyingServer.ts';
import { sharedWorld } from '../harness/shared.ts';
import {
  addCard,
  allSent,
  card,
  cardWhen,
  changeCard,
  freshDevice,
  must,
  newObjectId,
  type Person,
  person,
  restart,
  type Seen,
  sharedRoom,
  watchObjects,
} from './person.ts';

/** Objects against a homeserver that lies to Alice. The holes are those that trust.md measured in the SDK. */
let server: LyingServer;
let alice: Person;
let bob: Person;
let eve: Person;
let room: RoomId;
let seen: Seen;
let seenByBob: Seen;

beforeAll(async () => {
  server = await startLyingServer(sharedWorld().org('interieur').clientUrl);
  alice = await person('interieur', 'alice', server.url);
  bob = await person('culture', 'bob');
  eve = await person('interieur', 'eve');
  room = await sharedRoom(bob, [alice, eve]);
  seen = await watchObjects(alice.api, room);
  seenByBob = await watchObjects(bob.api, room);
  await eventually(async () => seen.last?.complete === true);
});
afterAll(() => server.stop());

describe('a lying server and objects', () => {
  it('[LIE-38][hole-1][T1] an object in clear is a hole, not an object', async () => {
    const id = newObjectId();
    const before = holes().invalid;
    await server.deliver(room, [
      { ...frame(bob.userId), type: 'fr.besace.task', state_key: id, content: { v: 1, title: stamped('forged') } },
    ]);
    await eventually(async () => holes().invalid === before + 1);
    expect(seen.objects.has(id)).toBe(false);
  });

  it('[LIE-39][hole-2][T1] a version made for one card is not shown as another', async () => {
    const one = await settledCard('one');
    const other = await settledCard('other');
    const before = holes().invalid;
    await server.deliver(room, [{ ...(await version(one)), event_id: fresh(), state_key: `fr.besace.task:${other}` }]);
    await eventually(async () => holes().invalid === before + 1);
    expect(title(other)).toBe('other');
  });

  it('[LIE-40][hole-2][T1] nor is a message shown as a card', async () => {
    const id = await settledCard('a card');
    const before = holes().invalid;
    must(await bob.api.sendText(room, { text: 'a message' }));
    const message = await carried((event) => event.type === 'm.room.encrypted' && event.state_key === undefined);
    await server.deliver(room, [{ ...message, event_id: fresh(), state_key: `fr.besace.task:${id}` }]);
    await eventually(async () => holes().invalid === before + 1);
    expect(title(id)).toBe('a card');
  });

  it('[LIE-41][hole-3][T5] an old version under a new event id changes nothing', async () => {
    const id = await settledCard('old');
    const old = await version(id);
    await changeCard(bob, room, seenByBob, id, { title: 'new' });
    await cardWhen(seen, id, (task) => task.title?.value === 'new');
    const before = holes().invalid;
    await server.deliver(room, [{ ...old, event_id: fresh() }]);
    await eventually(async () => holes().invalid === before + 1);
    expect(title(id)).toBe('new');
  });

  it('[LIE-42][hole-3][T1] a version from another room is not shown in this one', async () => {
    const elsewhere = await sharedRoom(bob, [alice]);
    const seenThere = await watchObjects(alice.api, elsewhere);
    const id = await addCard(bob, elsewhere, { title: 'elsewhere' });
    await cardWhen(seenThere, id, (task) => task.title?.value === 'elsewhere');
    const before = total();
    await server.deliver(room, [{ ...(await version(id, elsewhere)), event_id: fresh(), room_id: room }]);
    await eventually(async () => total() === before + 1);
    expect(seen.objects.has(id)).toBe(false);
  });

  it("[LIE-43][hole-4][T2] Bob's version sent again by Eve is refused", async () => {
    const id = await settledCard('by bob');
    const before = holes().forbidden;
    const { content } = await version(id);
    await call(eve.account, 'PUT', statePath(id), content as object);
    await eventually(async () => holes().forbidden > before);
    expect(seen.objects.get(id)?.lastSender).toBe(bob.userId);
    expect(title(id)).toBe('by bob');
    // T11: the next one with the right writes it again, and the hole is closed.
    await eventually(async () => holes().forbidden === before);
  });

  it('[LIE-44][hole-5][T5] a redaction by someone without the right takes nothing away, and a fresh device looks back', async () => {
    const id = await settledCard('first');
    await changeCard(bob, room, seenByBob, id, { title: 'second' });
    await cardWhen(seen, id, (task) => task.title?.value === 'second');
    await allSent(bob);
    const current = await version(id);
    const redaction = { ...frame(eve.userId), type: 'm.room.redaction', redacts: current.event_id, content: {} };
    const stop = server.lieAboutEvents(room, (event) =>
      event.event_id === current.event_id
        ? { ...event, content: {}, unsigned: { ...asRecord(event.unsigned), redacted_because: redaction } }
        : event,
    );
    await server.deliver(room, [redaction]);
    const device = await freshDevice(alice, server.url);
    const seenFresh = await watchObjects(device.api, room);
    await cardWhen(seenFresh, id, (task) => task.title?.value !== undefined);
    expect(title(id)).toBe('second');
    stop();
    seenFresh.stop();
  });

  it('[LIE-45][T5] a server that goes back to an older version, or hides a card, is refused, counted and mended', async () => {
    const id = await settledCard('older');
    const hidden = await settledCard('hidden');
    const older = await version(id);
    await changeCard(bob, room, seenByBob, id, { title: 'newer' });
    await cardWhen(seen, id, (task) => task.title?.value === 'newer');
    await allSent(bob);
    const newest = (await version(id)).event_id;
    expect(newest).not.toBe(older.event_id);
    const hiddenKey = `fr.besace.task:${hidden}`;
    const stop = server.lieAboutEvents(room, (event, { path }) => {
      if (!path.includes('/state')) return event;
      if (event.state_key === hiddenKey) return null;
      return event.event_id === newest ? older : event;
    });
    // The same device, after a restart, asks for the whole state again.
    const again = await restart(alice);
    const seenAgain = await watchObjects(again.api, room);
    await eventually(async () => (seenAgain.last?.holes.rollbacks ?? 0) >= 2);
    expect(card(seenAgain, id).title?.value).toBe('newer');
    expect(card(seenAgain, hidden).title?.value).toBe('hidden');
    for (const change of seenAgain.changes) {
      for (const object of change.objects) {
        if (object.objectId === id) expect(object.content.title).toMatchObject({ value: 'newer' });
      }
    }
    // Written again by the next one with the right, since the server does not hold it any more, as far as she is told.
    await eventually(async () => (await version(id)).event_id !== newest);
    stop();
  });
});

describe('[hole-6][T3] a reader whom the server lets write', () => {
  it('[LIE-53] writes no card, because everyone who reads judges her', async () => {
    const workspace = must(await bob.api.createWorkspace({ name: 'Espace' }));
    const board = must(
      await bob.api.createRoomIn({
        workspace,
        name: 'Tableau',
        kind: 'board',
        openToOutsiders: false,
        inviteMembers: false,
      }),
    );
    const reader = await sharedWorld().register('culture', 'reader');
    const client = await plainClient(reader);
    await client.startClient({});
    await crossSign(client, reader);
    must(await bob.api.setPower(board, reader.userId as never, 0));
    must(await bob.api.invite(board, reader.userId as never));
    await eventually(async () => client.getRoom(board)?.getMyMembership() === 'invite');
    await client.joinRoom(board);
    // trust.md, fact 6: whoever opens the wire type opens every encrypted state event, as far as the server goes.
    const path = `v3/rooms/${encodeURIComponent(board)}/state/m.room.power_levels/`;
    const levels = await call<{ events?: object }>(bob.account, 'GET', path);
    await call(bob.account, 'PUT', path, { ...levels, events: { ...levels.events, 'm.room.encrypted': 0 } });
    const seenBoard = await watchObjects(bob.api, board);
    const id = newObjectId();
    await eventually(async () => {
      await client.sendStateEvent(
        board,
        'fr.besace.task' as never,
        { v: 1, title: stamped('by a reader') } as never,
        id,
      );
      return true;
    });
    await eventually(async () => seenBoard.last?.holes.forbidden === 1);
    expect(seenBoard.objects.has(id)).toBe(false);
    stopPlainClient(client);
  });
});

async function settledCard(text: string): Promise<ObjectId> {
  const id = await addCard(bob, room, { title: text });
  await cardWhen(seen, id, (task) => task.title?.value === text);
  await allSent(bob);
  return id;
}

/** The current version of a card on the wire, as the server has it. */
async function version(id: ObjectId, from: RoomId = room): Promise<WireEvent> {
  const path = `v3/rooms/${encodeURIComponent(from)}/state/m.room.encrypted/${encodeURIComponent(`fr.besace.task:${id}`)}`;
  return call<WireEvent>(bob.account, 'GET', `${path}?format=event`);
}

async function carried(wanted: (event: WireEvent) => boolean): Promise<WireEvent> {
  return eventually(async () => [...server.carried(room).values()].reverse().find(wanted));
}

function statePath(id: ObjectId): string {
  return `v3/rooms/${encodeURIComponent(room)}/state/m.room.encrypted/${encodeURIComponent(`fr.besace.task:${id}`)}`;
}

function holes() {
  return seen.last?.holes ?? { locked: 0, invalid: 0, forbidden: 0, rollbacks: 0 };
}

function total(): number {
  return holes().invalid + holes().forbidden + holes().locked;
}

function title(id: ObjectId): string | undefined {
  return card(seen, id).title?.value;
}

function stamped(value: string) {
  return { value, at: [1, bob.userId] };
}

function frame(sender: string) {
  return { event_id: fresh(), sender, origin_server_ts: Date.now(), unsigned: {} };
}

function fresh(): string {
  return `$${newObjectId()}`;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
