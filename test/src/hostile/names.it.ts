import type { RoomSummary } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { SINGLETON_ID } from '@besace/protocol/core/kind';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, eventually } from '../harness/http.ts';
import { type LyingServer, startLyingServer, type WireEvent } from '../harness/lyingServer.ts';
import { sharedWorld } from '../harness/shared.ts';
import { allSent, must, type Person, person, restart, sharedRoom } from './person.ts';

/** The name of a room against a homeserver that lies to Alice. */
let server: LyingServer;
let alice: Person;
let bob: Person;
let room: RoomId;

const SEALED_NAME = 'm.room.name:';
const ROOM_OBJECT = `fr.besace.room:${SINGLETON_ID}`;

beforeAll(async () => {
  server = await startLyingServer(sharedWorld().org('interieur').clientUrl);
  alice = await person('interieur', 'alice', server.url);
  bob = await person('culture', 'bob');
  room = await sharedRoom(bob, [alice]);
});
afterAll(() => server.stop());

describe('a lying server and the name of a room', () => {
  it('[LIE-48][ROOM-11][T5] cannot go back to an older name, stamped or not, live or after a restart', async () => {
    const names = await watchName(alice);
    await eventually(async () => names.at(-1) === 'Essai');
    const older = [await current(SEALED_NAME), await current(ROOM_OBJECT)];
    must(await bob.api.rename(room, 'Fusion'));
    await eventually(async () => names.at(-1) === 'Fusion');
    await allSent(bob);
    const since = names.length;

    await server.deliver(room, older);
    // What comes after the lie was taken, the lie was.
    const message = must(await bob.api.sendText(room, { text: 'after the lie' }));
    expect(message).not.toBe('');
    await eventually(async () => alicePreview(names) === 'after the lie');
    expect(new Set(names.slice(since))).toEqual(new Set(['Fusion']));

    const stop = server.lieAboutEvents(
      room,
      (event) => older.find((old) => old.state_key === event.state_key) ?? event,
    );
    const again = await restart(alice);
    const namesAgain = await watchName(again);
    must(await bob.api.sendText(room, { text: 'after the restart' }));
    await eventually(async () => alicePreview(namesAgain) === 'after the restart');
    expect(new Set(namesAgain)).toEqual(new Set(['Fusion']));
    stop();
    again.kill();
  });
});

const previews = new WeakMap<readonly string[], string | null>();

/** Every name under which the room was shown. */
async function watchName(who: Person): Promise<string[]> {
  const names: string[] = [];
  await who.api.watchRooms(({ rooms }) => {
    const shown: RoomSummary | undefined = rooms.find(({ roomId }) => roomId === room);
    if (shown?.membership !== 'join') return;
    names.push(shown.name);
    previews.set(names, shown.preview?.text ?? null);
  });
  return names;
}

function alicePreview(names: readonly string[]): string | null {
  return previews.get(names) ?? null;
}

async function current(stateKey: string): Promise<WireEvent> {
  const path = `v3/rooms/${encodeURIComponent(room)}/state/m.room.encrypted/${encodeURIComponent(stateKey)}?format=event`;
  return call<WireEvent>(bob.account, 'GET', path);
}
