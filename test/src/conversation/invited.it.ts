import type { Timeline } from '@besace/matrix/api/types';
import { expect, test } from 'vitest';
import { eventually } from '../harness/http.ts';
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
