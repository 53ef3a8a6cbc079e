import { it } from 'vitest';
import { eventually } from '../harness/http.ts';
import { startLyingServer } from '../harness/lyingServer.ts';
import { sharedWorld } from '../harness/shared.ts';
import { freshDevice, must, person, sharedRoom, texts, watchTimeline } from '../hostile/person.ts';

it('[CRYPTO-5] what the backup opens is read also when the devices of its author become known later', async () => {
  const [alice, bob] = await Promise.all([person('interieur', 'alice'), person('culture', 'bob')]);
  const rooms = [await sharedRoom(alice, [bob]), await sharedRoom(alice, [bob])] as const;
  for (const room of rooms) {
    must(await alice.api.sendText(room, { text: 'before the new device' }));
    const seen = await watchTimeline(bob.api, room);
    await eventually(async () => texts(seen).includes('before the new device'));
  }

  // Her server cannot be reached by his, for the time being: nobody says which devices she has.
  const server = await startLyingServer(sharedWorld().org('culture').clientUrl);
  let reachable = false;
  let told = false;
  server.lie((answer, { path }) => {
    if (!path.endsWith('/keys/query')) return answer;
    const body = answer.body as { device_keys?: Record<string, unknown>; failures?: Record<string, unknown> };
    const keys = body.device_keys?.[alice.userId];
    if (reachable) told ||= keys !== undefined;
    if (reachable || keys === undefined) return answer;
    const { [alice.userId]: _unknown, ...known } = body.device_keys ?? {};
    const failures = { 'interieur.test': { status: 503, message: 'Not ready for retry' } };
    return { ...answer, body: { ...body, device_keys: known, failures } };
  });
  const device = await freshDevice(bob, server.url);
  const first = await watchTimeline(device.api, rooms[0]);
  // What the backup has is believed meanwhile. Not so a copy of the same key that another device or the dehydrated one gave, which names one that
  // nobody is known to have: then the message waits until that is known.
  await eventually(async () => first.items.some(({ body }) => body.kind === 'text' || body.kind === 'locked'));
  reachable = true;
  must(await device.api.sendText(rooms[0], { text: 'which asks for her devices' }));
  await eventually(async () => told);
  await eventually(async () => texts(first).includes('before the new device'));
  const second = await watchTimeline(device.api, rooms[1]);
  await eventually(async () => texts(second).includes('before the new device'));
  for (const who of [alice, bob, device]) who.kill();
  await server.stop();
});
