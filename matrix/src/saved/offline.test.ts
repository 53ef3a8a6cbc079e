import { parseEventId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import { expect, it } from 'vitest';
import { must, rawEvent, seal, startServer, testSession } from '../outbox/testing.ts';
import type { Vault } from '../vault/vault.ts';
import { createSaved } from './saved.ts';

const NO_VAULT: Vault = {
  values: () => new Map(),
  put: async () => ok(undefined),
  refresh: async () => ok(undefined),
  watch: () => () => {},
};

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
  const saved = createSaved(session.context, NO_VAULT);
  const id = must(parseEventId('$one'));
  expect(must(await saved.savedLine(room, id))).toMatchObject({ text: 'À garder', senderName: 'bob' });
  down = true;
  expect(must(await saved.savedLine(room, id))).toMatchObject({ text: 'À garder', senderName: 'bob' });
  must(await saved.unsave(room, id));
  expect(await saved.savedLine(room, id)).toMatchObject({ error: { code: 'offline' } });
  session.end();
  await server.stop();
});

it('[SAVED-3] reads a kept poll as its question, and a kept place as its name', async () => {
  const [room, alice] = [must(parseRoomId('!room')), must(parseUserId('@alice:interieur.test'))];
  const place = { msgtype: 'm.location', body: 'Rue de Valois', geo_uri: 'geo:48.864,2.337' };
  const poll = {
    'org.matrix.msc3381.poll.start': {
      kind: 'org.matrix.msc3381.poll.disclosed',
      max_selections: 1,
      question: { 'org.matrix.msc1767.text': 'Quel jour ?' },
      answers: ['lundi', 'mardi'].map((day) => ({ id: day, 'org.matrix.msc1767.text': day })),
    },
  };
  const inner = {
    $place: { type: 'm.room.message', content: place },
    $poll: { type: 'org.matrix.msc3381.poll.start', content: poll },
  };
  const server = await startServer(({ path }) => {
    const id = path.includes('poll') ? '$poll' : '$place';
    return { status: 200, json: rawEvent(room, id, alice, 'm.room.encrypted', seal(inner[id])) };
  });
  const session = await testSession(server.url, { storagePrefix: 'saved-kinds', me: alice });
  session.know(room, alice, [alice]);
  const saved = createSaved(session.context, NO_VAULT);
  const line = async (id: string) => must(await saved.savedLine(room, must(parseEventId(id))));
  expect(await line('$place')).toMatchObject({ kind: 'text', text: 'Rue de Valois' });
  expect(await line('$poll')).toMatchObject({ kind: 'text', text: 'Quel jour ?' });
  session.end();
  await server.stop();
});
