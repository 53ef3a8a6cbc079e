import type { RoomDetails } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { expect, test } from 'vitest';
import { call, eventually } from '../harness/http.ts';
import { must, type Person, person } from '../hostile/person.ts';

type Page = { chunk: readonly { sender: string; content: { session_id?: string } }[] };

/** The megolm session of the latest encrypted event of a person. */
async function sessionOf(who: Person, room: RoomId): Promise<string | undefined> {
  const path = `v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=50`;
  const { chunk } = await call<Page>(who.account, 'GET', path);
  return chunk.find(({ sender, content }) => sender === who.userId && content.session_id !== undefined)?.content
    .session_id;
}

test('[T10] who had the key by an invitation only, and left, does not hold the key of what is written next', async () => {
  const [alice, bob, eve] = [
    await person('interieur', 'alice'),
    await person('interieur', 'bob'),
    await person('interieur', 'eve'),
  ];
  const room = must(await alice.api.createConversation({ name: 'Avant', invite: [bob.userId], direct: false }));
  await eventually(async () => (await bob.api.join(room)).ok);
  must(await alice.api.sendText(room, { text: 'Avec Bob' }));
  const before = await eventually(() => sessionOf(alice, room));
  let details: RoomDetails | undefined;
  await alice.api.watchRoom(room, (next) => {
    details = next;
  });
  const eves = () => details?.members.find(({ userId }) => userId === eve.userId)?.membership;
  must(await alice.api.invite(room, eve.userId));
  await eventually(async () => (await eve.api.join(room)).ok);
  await eventually(async () => eves() === 'join');
  must(await eve.api.leave(room));
  await eventually(async () => eves() === 'leave' || eves() === undefined);
  must(await alice.api.sendText(room, { text: 'Sans Eve' }));
  const after = await eventually(async () => {
    const { chunk } = await call<Page>(
      alice.account,
      'GET',
      `v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=1`,
    );
    return chunk[0]?.content.session_id;
  });
  expect(after).not.toBe(before);
});
