import { parseEventId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import { expect, it } from 'vitest';
import { must, rawEvent, seal, startServer, testSession } from '../outbox/testing.ts';
import { createSaved } from './saved.ts';

it('[SAVED-4] shows without a network what was read here before, and nothing of it once it was let go', async () => {
  const [room, alice, bob] = [
    must(parseRoomId('!room')),
    must(parseUserId('@alice:interieur.test')),
    must(parseUserId('@bob:culture.test')),
  ];
  const inner = { type: 'm.room.message', content: { msgtype: 'm.text', body: 'À garder' } };
  const event = rawEvent(room, '$one', bob, 'm.room.encrypted', seal(inner));
  let down = false;
  const server = await startServer(() => (down ? 'break' : { status: 200, json: event }));
  const session = await testSession(server.url, { storagePrefix: 'saved-offline', me: alice });
  session.know(room, alice, [alice, bob]);
  const saved = createSaved(session.context, {
    values: () => new Map(),
    put: async () => ok(undefined),
    watch: () => () => {},
  });
  const id = must(parseEventId('$one'));
  expect(must(await saved.savedLine(room, id))).toMatchObject({ text: 'À garder', senderName: 'bob' });
  down = true;
  expect(must(await saved.savedLine(room, id))).toMatchObject({ text: 'À garder', senderName: 'bob' });
  must(await saved.unsave(room, id));
  expect(await saved.savedLine(room, id)).toMatchObject({ error: { code: 'offline' } });
  session.end();
  await server.stop();
});
