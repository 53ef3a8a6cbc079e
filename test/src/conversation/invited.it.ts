import type { Timeline } from '@besace/matrix/api/types';
import { expect, test } from 'vitest';
import { eventually } from '../harness/http.ts';
import { startLyingServer } from '../harness/lyingServer.ts';
import { sharedWorld } from '../harness/shared.ts';
import { must, person } from '../hostile/person.ts';

test('a message written right after the invitation is read by the one who accepts it later', async () => {
  const claire = await person('interieur', 'claire');
  const karim = await person('culture', 'karim');
  const room = must(await claire.api.createConversation({ name: null, invite: [karim.userId], direct: true }));
  must(await claire.api.sendText(room, { text: 'Avant votre arrivée' }));
  await eventually(async () => (await karim.api.join(room)).ok);
  let timeline: Timeline | undefined;
  await karim.api.watchTimeline(room, (next) => {
    timeline = next;
  });
  // Her server has nothing from before she came until it is asked for.
  await eventually(async () => timeline?.canLoadOlder);
  must(await karim.api.loadOlder(room));
  await eventually(async () => timeline?.items.some(({ body }) => body.kind === 'text'));
  expect(timeline?.items.find(({ body }) => body.kind === 'text' || body.kind === 'locked')?.body).toMatchObject({
    kind: 'text',
    text: 'Avant votre arrivée',
  });
});

test('[ROOM-1] [T10] one who accepts before the sync told of the invitation reads what was said before', async () => {
  const server = await startLyingServer(sharedWorld().org('culture').clientUrl);
  server.lie((answer) => {
    const body = answer.body as { rooms?: Record<string, object> } | null;
    if (body?.rooms === undefined) return answer;
    const told = Object.entries(body.rooms).filter(([, room]) => !('invite_state' in room || 'stripped_state' in room));
    return { ...answer, body: { ...body, rooms: Object.fromEntries(told) } };
  });
  const claire = await person('interieur', 'claire');
  const karim = await person('culture', 'karim', server.url);
  const room = must(await claire.api.createConversation({ name: 'Essai', invite: [], direct: false }));
  must(await claire.api.sendText(room, { text: 'Avant votre arrivée' }));
  must(await claire.api.invite(room, karim.userId));
  await eventually(async () => (await karim.api.join(room)).ok);
  let timeline: Timeline | undefined;
  await karim.api.watchTimeline(room, (next) => {
    timeline = next;
  });
  await eventually(async () => timeline?.canLoadOlder);
  must(await karim.api.loadOlder(room));
  await eventually(async () =>
    timeline?.items.some(({ body }) => body.kind === 'text' && body.text === 'Avant votre arrivée'),
  );
  karim.kill();
  await server.stop();
});
