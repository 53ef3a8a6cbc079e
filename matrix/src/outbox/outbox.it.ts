import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRoomId } from '@besace/protocol/core/ids';
import { afterEach, describe, expect, it } from 'vitest';
import { converse, look, newPerson, type Sight } from '../timeline/person.ts';
import { eventually, register } from '../upstream/world.ts';
import { startFaultProxy, type Weather } from './faultProxy.ts';
import { beginConversation, fileText, nameOf, sendKilled } from './killing.ts';
import { must } from './testing.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('sending on real servers', () => {
  it('[SEND-3] [SEND-4] [T8] keeps what is written while the network is away, and sends it once and in order', async () => {
    const bob = await newPerson('culture', 'bob');
    let proxy: Awaited<ReturnType<typeof startFaultProxy>> | null = null;
    const alice = await newPerson('interieur', 'alice', {
      homeserver: async (clientUrl) => {
        proxy = await startFaultProxy(clientUrl);
        ends.push(() => proxy?.stop());
        return proxy.url;
      },
    });
    const set = (weather: Weather) => proxy?.set(weather);
    const room = await converse(alice, bob);
    const [atAlice, atBob] = [await look(alice, room), await look(bob, room)];
    must(await alice.api.sendText(room, { text: 'before' }));
    await atBob.find('before');
    const expected = ['before'];
    for (const weather of ['down', 'lossy', 'failing', 'limited'] as const) {
      set(weather);
      for (let n = 0; n < 3; n++) {
        must(await alice.api.sendText(room, { text: `${weather} ${n}` }));
        expected.push(`${weather} ${n}`);
      }
      await atAlice.find(`${weather} 2`); // shown at once, though nothing leaves
      await waits(atAlice, `${weather} 2`);
      set('up');
      await atBob.find(`${weather} 2`);
    }
    await eventually(() => atAlice.last().items.every(({ sending }) => sending === null));
    expect(texts(atBob)).toEqual(expected);
    expect(texts(atAlice)).toEqual(expected);
  });

  it('[SEND-7] [T8] delivers 50 messages and files once and in order, killed again and again in the middle', async () => {
    const bob = await newPerson('culture', 'bob');
    const directory = mkdtempSync(join(tmpdir(), 'besace-killed-'));
    ends.push(() => rmSync(directory, { recursive: true, force: true }));
    const victim = { directory, ...(await register('interieur', 'carol')) };
    const room = must(parseRoomId(await beginConversation(victim, bob.account.userId)));
    await eventually(async () => (await bob.api.join(room)).ok);
    const atBob = await look(bob, room);
    const count = 50;
    const kills = await sendKilled(victim, room, { count, kills: 6, atMost: 12 });
    const names = Array.from({ length: count }, (_, n) => nameOf(n));
    await eventually(() => shown(atBob).length >= count);
    expect(shown(atBob)).toEqual(names);
    for (const { body } of atBob.last().items) {
      if (body.kind !== 'file') continue;
      const n = names.indexOf(body.media.name);
      expect(await must(await bob.api.download(body.media)).text()).toBe(fileText(n));
    }
    expect(kills).toBeGreaterThan(0);
    process.stdout.write(`${JSON.stringify({ figure: `kills while sending ${count} messages`, value: kills })}\n`);
  }, 240_000);
});

/** What was said, in order: texts, names of files, and why something cannot be read. */
function shown(sight: Sight): string[] {
  return sight.last().items.flatMap(({ body }) => {
    if (body.kind === 'text') return body.text;
    if (body.kind === 'file') return body.media.name;
    return body.kind === 'locked' ? `(${body.why})` : [];
  });
}

function texts(sight: Sight): string[] {
  return sight.last().items.flatMap(({ body }) => (body.kind === 'text' ? body.text : []));
}

async function waits(sight: Sight, text: string): Promise<void> {
  await eventually(() =>
    sight.last().items.some(({ body, sending }) => body.kind === 'text' && body.text === text && sending !== null),
  );
}
