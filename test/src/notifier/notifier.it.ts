import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@besace/homeserver-config/ports';
import type { RoomList, Timeline } from '@besace/matrix/api/types';
import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';
import { must, type Person, person } from '../hostile/person.ts';
import { type BotProcess, botProcess } from './botProcess.ts';

let folder: string;
let bot: BotProcess;
let botId: UserId;
let claire: Person;
let karim: Person;
let room: RoomId;
let rooms: RoomList = { rooms: [], total: 0, complete: false };
/** Every text that Claire was ever shown in the room, by event. */
const shown = new Map<string, string>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'besace-bot-'));
  const account = await sharedWorld().register('interieur', 'notifier');
  botId = account.userId as UserId;
  bot = botProcess(folder, {
    port: (await freePorts(['bot'])).notifier,
    homeserver: account.clientUrl,
    userId: account.userId,
    password: account.password,
    outsiderServers: ['externes.test'],
  });
  bot.start();
  claire = await person('interieur', 'claire');
  karim = await person('culture', 'karim');
  await claire.api.watchRooms((list) => {
    rooms = list;
  });
  room = must(await claire.api.createConversation({ name: 'Astreinte', invite: [karim.userId], direct: false }));
  await watch(room);
  await eventually(async () => (await karim.api.join(room)).ok);
  await eventually(async () => (await fetch(`${bot.url}/health`)).ok);
  must(await claire.api.invite(room, botId));
  await claire.api.watchRoom(room, (details) => {
    botJoined = details.members.some((member) => member.userId === botId && member.membership === 'join');
  });
  await eventually(async () => botJoined);
});
let botJoined = false;

afterAll(async () => {
  await bot.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function watch(roomId: RoomId): Promise<void> {
  await claire.api.watchTimeline(roomId, (timeline: Timeline) => {
    for (const { eventId, body } of timeline.items) {
      if (eventId !== null && body.kind === 'text') shown.set(eventId, body.text);
    }
  });
}

const count = (text: string) => [...shown.values()].filter((one) => one === text).length;
const heard = (part: string) => eventually(async () => [...shown.values()].find((text) => text.includes(part)));
/** The address of a hook, from the private conversation that the bot opened. */
async function addressOf(name: string): Promise<string> {
  const invitation = await eventually(async () =>
    rooms.rooms.find(({ membership, inviter }) => membership === 'invite' && inviter?.userId === botId),
  );
  must(await claire.api.join(invitation.roomId));
  await watch(invitation.roomId);
  const text = await heard(`« ${name} » :`);
  return /http:\S+/.exec(text)?.[0] ?? '';
}
const post = (address: string, body: string) =>
  fetch(address, { method: 'POST', body, headers: { 'content-type': 'text/plain' } });

describe('the notifier', () => {
  let address: string;

  test('[NOTIFIER-1] makes no hook for a member without the right, and says so', async () => {
    must(await karim.api.sendText(room, { text: '!besace hook pirate' }));
    await heard('Seuls les gestionnaires');
  });

  test('[NOTIFIER-2] [NOTIFIER-9] joined on invitation, makes a hook for a manager and tells her its address in private', async () => {
    must(await claire.api.sendText(room, { text: '!besace hook ci' }));
    await heard('Le crochet « ci » est créé');
    address = await addressOf('ci');
    expect((await post(address, 'Premier message')).status).toBe(202);
    await heard('Premier message');
  });

  test('[NOTIFIER-5] delivers every accepted hook once, killed at 50 random points', { timeout: 400_000 }, async () => {
    const accepted: string[] = [];
    for (let life = 0; life < 50; life++) {
      let alive = true;
      const { promise: first, resolve: hear } = Promise.withResolvers<void>();
      const poster = (async () => {
        for (let n = 0; alive; n++) {
          const text = `vie ${life} message ${n}`;
          // What was not answered with 202 was not accepted: it may be delivered, but once at the most.
          const status = await post(address, text).then(
            (response) => response.status,
            () => null,
          );
          if (status === 202) {
            accepted.push(text);
            hear();
          }
          await new Promise((resolve) => setTimeout(resolve, status === 202 ? 40 : 15));
        }
      })();
      // Most lives are ended somewhere between the first accepted hook and their delivery, some while the bot still starts.
      if (life % 5 !== 0) await first;
      await new Promise((resolve) => setTimeout(resolve, randomInt(0, 700)));
      await bot.kill();
      alive = false;
      await poster;
      bot.start();
    }
    expect(accepted.length).toBeGreaterThan(50);
    await eventually(async () => {
      const missing = accepted.filter((text) => count(text) === 0);
      return missing.length === 0;
    }, 120_000);
    expect([...shown.values()].filter((text) => text.startsWith('vie ') && count(text) !== 1)).toEqual([]);
  });

  test('[NOTIFIER-8] carries out a command once, over all those lives', () => {
    expect(count('Le crochet « ci » est créé. Son adresse vous est envoyée en message privé.')).toBe(1);
  });

  test('[NOTIFIER-3] ends a hook', async () => {
    must(await claire.api.sendText(room, { text: '!besace unhook ci' }));
    await heard('Le crochet « ci » est arrêté');
    expect((await post(address, 'trop tard')).status).toBe(410);
  });
});
