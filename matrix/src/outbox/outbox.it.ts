import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseRoomId } from '@besace/protocol/core/ids';
import { afterEach, describe, expect, it } from 'vitest';
import { converse, look, newPerson, type Sight } from '../timeline/person.ts';
import { eventually, register, type TestAccount } from '../upstream/world.ts';
import { startFaultProxy, type Weather } from './faultProxy.ts';
import { must } from './testing.ts';

const SENDER = fileURLToPath(new URL('./killedSender.ts', import.meta.url));
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

  it('[SEND-7] [T8] delivers 50 messages once and in order, killed again and again in the middle', async () => {
    const bob = await newPerson('culture', 'bob');
    const carol = await register('interieur', 'carol');
    const directory = mkdtempSync(join(tmpdir(), 'besace-killed-'));
    ends.push(() => rmSync(directory, { recursive: true, force: true }));
    const room = must(parseRoomId(await firstLine(directory, carol, 'invite', bob.account.userId)));
    await eventually(async () => (await bob.api.join(room)).ok);
    const atBob = await look(bob, room);
    let kills = 0;
    for (let from = 0, done = false; !done; ) {
      const ended = await life(directory, carol, room, from);
      ({ from, done } = ended);
      if (!done) kills += 1;
    }
    await atBob.find('message 49');
    expect(texts(atBob)).toEqual(Array.from({ length: 50 }, (_, n) => `message ${n}`));
    expect(atBob.lines().filter((line) => line.includes('('))).toEqual([]);
    expect(kills).toBeGreaterThan(0);
    process.stdout.write(`${JSON.stringify({ figure: 'kills while sending 50 messages', value: kills })}\n`);
  }, 240_000);
});

/**
 * One life of the sender: killed at a random moment after a few messages left, unless it is done before. `from` is the first message that it had
 * not yet said to be accepted.
 */
async function life(
  directory: string,
  account: TestAccount,
  room: string,
  from: number,
): Promise<{ readonly from: number; readonly done: boolean }> {
  const child = start(directory, account, ['send', room, String(from)]);
  const enough = 1 + Math.floor(Math.random() * 12);
  let next = from;
  let waiting = 0;
  let left = 0;
  let done = false;
  let kill: ReturnType<typeof setTimeout> | null = null;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, word, number = ''] = /^@ (\w+) ?(\d*)$/.exec(line) ?? [];
    if (word === 'accepted') next = Number(number) + 1;
    if (word === 'done') done = true;
    if (word !== 'waiting') return;
    if (Number(number) < waiting) left += 1;
    waiting = Number(number);
    if (left >= enough) kill ??= setTimeout(() => child.kill('SIGKILL'), Math.random() * 150);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (kill !== null) clearTimeout(kill);
  if (!done && code !== null) throw new Error(`the sender ended by itself with ${code}`);
  return { from: next, done };
}

async function firstLine(directory: string, account: TestAccount, ...args: string[]): Promise<string> {
  const child = start(directory, account, args);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await new Promise((resolve) => child.on('close', resolve));
  const said = lines.find((line) => line.startsWith('@ '));
  if (said === undefined) throw new Error(`the sender said nothing: ${lines.join('\n')}`);
  return said.slice(2);
}

function start(directory: string, { clientUrl, localpart, password }: TestAccount, args: readonly string[]) {
  const child = spawn(process.execPath, [SENDER, directory, clientUrl, localpart, password, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ends.push(() => child.kill('SIGKILL'));
  return child;
}

function texts(sight: Sight): string[] {
  return sight.last().items.flatMap(({ body }) => (body.kind === 'text' ? body.text : []));
}

async function waits(sight: Sight, text: string): Promise<void> {
  await eventually(() =>
    sight.last().items.some(({ body, sending }) => body.kind === 'text' && body.text === text && sending !== null),
  );
}
