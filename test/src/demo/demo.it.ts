import type { ObjectsChange, Timeline } from '@besace/matrix/api/types';
import { taskKind } from '@besace/protocol/features/tasks';
import { expect, test } from 'vitest';
import { eventually } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';
import { board, rooms } from './content.ts';
import { fillDemo } from './fill.ts';
import { findFront } from './signUp.ts';

test('the demo is made through public paths, and an agent of the other ministry sees all of it', {
  timeout: 180_000,
}, async () => {
  const { frontUrl } = sharedWorld().description;
  const front = await findFront(frontUrl ?? '');
  const said: string[] = [];
  const demo = await fillDemo(front, ['externes.test'], (line) => said.push(line));
  const { sophie } = demo.agents;
  const cards = new Map<string, unknown>();
  let complete = false;
  await sophie.api.watchObjects(demo.board, (change: ObjectsChange) => {
    for (const object of change.objects) if (object.type === taskKind.type) cards.set(object.objectId, object.content);
    complete = change.complete;
  });
  await eventually(async () => complete && cards.size === board.cards.length);
  let list: readonly string[] = [];
  await sophie.api.watchRooms(({ rooms: all }) => {
    list = all.map(({ name }) => name);
  });
  await eventually(async () => rooms.every(({ name }) => list.includes(name)));
  const { julie } = demo.agents;
  let seen: Timeline | undefined;
  let hers: readonly string[] = [];
  await julie.api.watchRooms(({ rooms: all }) => {
    hers = all.map(({ roomId }) => roomId);
  });
  await eventually(async () => hers.length > 0);
  expect(hers).toHaveLength(1);
  await julie.api.watchTimeline(hers[0] as never, (timeline) => {
    seen = timeline;
  });
  const texts = () => seen?.items.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : [])) ?? [];
  await eventually(async () => texts().length === rooms[1]?.lines.length);
});
