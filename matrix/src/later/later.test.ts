import { parseUserId } from '@besace/protocol/core/ids';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { must, until } from '../outbox/testing.ts';
import { delayedIn, parseItem } from './item.ts';
import { createLaterWorld, HOUR, ME, ROOM, rest } from './testing.ts';

const BOB = must(parseUserId('@bob:culture.test'));
const say = (body: string) => ({ msgtype: 'm.text', body });

describe('sending later', () => {
  it('[LATER-1] [LATER-2] [LATER-6] is held by the server, listed on all devices, and leaves though all are off', async () => {
    const world = createLaterWorld();
    const a = world.device('A');
    a.online();
    const now = world.clock.now();
    must(await a.later.schedule(ROOM, say('demain'), now + 3 * HOUR));
    must(await a.later.schedule(ROOM, say('tantôt'), now + HOUR));
    await until(() => world.isHeld(2));
    const b = world.device('B');
    expect(b.list().map(({ text, due }) => [text, due - now])).toEqual([
      ['tantôt', HOUR],
      ['demain', 3 * HOUR],
    ]);
    a.kill();
    b.kill();
    world.move(HOUR);
    expect(world.sent()).toEqual(['tantôt']);
    const again = world.device('A');
    again.online();
    world.move(60_000);
    await until(() => again.list().length === 1);
    expect(world.queued.size).toBe(0);
  });

  it('[LATER-3] leaves from the device at its time, or when it is on again, where the server cannot hold it', async () => {
    const world = createLaterWorld(0);
    const a = world.device();
    a.online();
    must(await a.later.schedule(ROOM, say('un'), world.clock.now() + HOUR));
    await rest();
    expect(a.list()[0]?.heldBy).toBe('this-device');
    world.move(HOUR - 1);
    await rest();
    expect(world.sent()).toEqual([]);
    a.kill();
    world.move(5 * HOUR);
    const again = world.device();
    again.online();
    await until(() => world.sent().length === 1 && again.list().length === 0);
    expect(world.sent()).toEqual(['un']);
  });

  it('[LATER-3] hands over what is too far ahead once the server takes it', async () => {
    const world = createLaterWorld(24 * HOUR);
    const a = world.device();
    a.online();
    must(await a.later.schedule(ROOM, say('lundi'), world.clock.now() + 60 * HOUR));
    await rest();
    expect(world.held.size).toBe(0);
    world.move(37 * HOUR);
    await until(() => world.held.size === 1);
    world.move(24 * HOUR);
    await until(() => a.list().length === 0);
    expect(world.sent()).toEqual(['lundi']);
  });

  it('[LATER-3] leaves from the device where the list has no room for it sealed, and is sealed no more than once', async () => {
    const world = createLaterWorld();
    const a = world.device();
    a.online();
    world.keepAtMost(200);
    must(await a.later.schedule(ROOM, say('x'.repeat(50)), world.clock.now() + HOUR));
    await rest();
    expect([world.held.size, world.sealedCount()]).toEqual([0, 1]);
    for (let round = 0; round < 3; round++) {
      world.move(60_000);
      world.setMembers([ME, BOB]);
      await rest();
    }
    expect(world.sealedCount()).toBe(1);
    world.move(HOUR);
    await rest();
    expect([world.sent().length, a.list().length]).toEqual([1, 0]);
  });

  it('[LATER-4] [T10] is sealed anew for those who are in the room when somebody came or left', async () => {
    const world = createLaterWorld();
    const a = world.device();
    a.online();
    must(await a.later.schedule(ROOM, say('pour tous'), world.clock.now() + HOUR));
    await until(() => world.isHeld(1));
    world.setMembers([ME, BOB]);
    await until(() => [...world.held.values()].some(({ content }) => String(content.ciphertext).startsWith('2 2 ')));
    await until(() => world.isHeld(1));
    expect(world.held.size).toBe(1);
    world.move(HOUR);
    expect(world.sent()).toEqual(['pour tous']);
  });

  it('[LATER-4] is asked back once in a while, and not without a pause, from a server that does not let it go', async () => {
    const world = createLaterWorld();
    const a = world.device();
    a.online();
    must(await a.later.schedule(ROOM, say('retenu'), world.clock.now() + HOUR));
    await until(() => world.isHeld(1));
    world.keepAll();
    const before = world.writes();
    world.setMembers([ME, BOB]);
    await rest();
    for (let round = 0; round < 3; round++) {
      world.move(60_000);
      await rest();
    }
    expect(world.writes() - before).toBe(1);
    expect(world.held.size).toBe(1);
  });

  it('[LATER-8] stays with the server while nobody can say who is in the room', async () => {
    const world = createLaterWorld();
    const a = world.device();
    a.online();
    must(await a.later.schedule(ROOM, say('patience'), world.clock.now() + HOUR));
    await until(() => world.isHeld(1));
    const [id] = world.held.keys();
    world.hideMembers(true);
    await rest();
    world.move(10 * 60_000);
    await rest();
    expect([...world.held.keys()]).toEqual([id]);
    a.kill();
    world.move(HOUR);
    expect(world.sent()).toEqual(['patience']);
  });

  it('[LATER-8] [LATER-5] sends nothing that was cancelled on another device while this one was off', async () => {
    for (const longest of [0, 24 * HOUR]) {
      const world = createLaterWorld(longest);
      const a = world.device('A');
      a.online();
      const id = must(await a.later.schedule(ROOM, say('annulé'), world.clock.now() + HOUR));
      await rest();
      expect(world.held.size).toBe(longest === 0 ? 0 : 1);
      a.kill();
      const before = new Map(world.kept);
      const b = world.device('B');
      b.online();
      must(await b.later.cancelScheduled(id));
      world.move(2 * HOUR);
      const again = world.device('A', before);
      await rest();
      again.online();
      await rest();
      world.move(60_000);
      await rest();
      expect(world.sent()).toEqual([]);
      expect(again.list()).toEqual([]);
      expect(world.kept.size).toBe(0);
    }
  });

  it('[LATER-8] [LATER-6] keeps the time that another device gave it while this one was off', async () => {
    for (const longest of [0, 24 * HOUR]) {
      const world = createLaterWorld(longest);
      const a = world.device('A');
      a.online();
      const start = world.clock.now();
      const id = must(await a.later.schedule(ROOM, say('plus tard'), start + HOUR));
      await rest();
      a.kill();
      const before = new Map(world.kept);
      const b = world.device('B');
      b.online();
      must(await b.later.reschedule(id, start + 5 * HOUR));
      await rest();
      world.move(2 * HOUR);
      const again = world.device('A', before);
      again.online();
      await rest();
      expect(again.list()).toMatchObject([{ due: start + 5 * HOUR, problem: null }]);
      world.move(4 * HOUR);
      await rest();
      expect(world.sent()).toEqual(['plus tard']);
    }
  });

  it('[LATER-6] changes its time, sends it now, or cancels it, from any device', async () => {
    const world = createLaterWorld();
    const [a, b] = [world.device('A'), world.device('B')];
    a.online();
    b.online();
    const ids = await Promise.all(
      ['un', 'deux', 'trois'].map(async (text) =>
        must(await a.later.schedule(ROOM, say(text), world.clock.now() + HOUR)),
      ),
    );
    await until(() => world.isHeld(3));
    must(await b.later.sendNow(ids[0] ?? ''));
    must(await b.later.cancelScheduled(ids[1] ?? ''));
    must(await b.later.reschedule(ids[2] ?? '', world.clock.now() + 5 * HOUR));
    await until(() => a.list().length === 1 && world.held.size === 1);
    world.move(2 * HOUR);
    await rest();
    expect(world.sent()).toEqual(['un']);
    world.move(3 * HOUR);
    await until(() => a.list().length === 0);
    expect(world.sent()).toEqual(['trois', 'un']);
    expect(await b.later.cancelScheduled(ids[2] ?? '')).toMatchObject({ error: { code: 'not-found' } });
    const past = await a.later.schedule(ROOM, say('hier'), world.clock.now() - 1);
    expect(past).toMatchObject({ error: { code: 'invalid', detail: 'due' } });
  });

  it('[LATER-7] says what the server let go and nobody received, and sends it only when told to', async () => {
    const world = createLaterWorld();
    const a = world.device();
    a.online();
    const id = must(await a.later.schedule(ROOM, say('perdu'), world.clock.now() + HOUR));
    await until(() => world.isHeld(1));
    world.refuse();
    world.move(HOUR);
    world.move(60_000);
    await until(() => a.list()[0]?.problem !== null);
    expect(world.sent()).toEqual([]);
    must(await a.later.sendNow(id));
    await until(() => a.list().length === 0);
    expect(world.sent()).toEqual(['perdu']);
  });

  it('[LATER-5] arrives once, whatever is lost on the way and whenever the device is killed', async () => {
    const step = fc.constantFrom(
      'move',
      'kill',
      'off',
      'on',
      'join',
      'reschedule',
      'lose-request',
      'lose-answer',
      'heal',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), fc.boolean(), async (steps, serverHolds) => {
        const world = createLaterWorld(serverHolds ? 24 * HOUR : 0);
        let a = world.device();
        a.online();
        const id = must(await a.later.schedule(ROOM, say('une fois'), world.clock.now() + HOUR));
        for (const one of steps) {
          if (one === 'move') world.move(25 * 60_000);
          else if (one === 'kill') {
            a.kill();
            a = world.device();
            a.online();
          } else if (one === 'off') a.offline();
          else if (one === 'on') a.online();
          else if (one === 'join') world.setMembers(world.clock.now() % 2 === 0 ? [ME, BOB] : [ME]);
          else if (one === 'reschedule') void a.later.reschedule(id, world.clock.now() + HOUR);
          else
            world.setFault(() => (one === 'heal' ? 'none' : one === 'lose-request' ? 'request-lost' : 'answer-lost'));
          await rest();
        }
        world.setFault(() => 'none');
        a.online();
        for (let round = 0; round < 12; round++) {
          world.move(30 * 60_000);
          await rest();
        }
        expect(world.sent()).toEqual(['une fois']);
        expect(a.list()).toEqual([]);
        a.kill();
      }),
      { numRuns: 60 },
    );
  });

  it('[LATER-5] [T7] drops what it cannot read of a list, alone', () => {
    expect(parseItem('x', { room: '!r', due: 'soon' })).toBeNull();
    expect(parseItem('x', null)).toBeNull();
    expect(delayedIn({ delayed_events: 'none' })).toBeNull();
    const good = { delay_id: 'd', room_id: '!r', content: { ciphertext: 'c' } };
    expect(delayedIn({ delayed_events: [null, { delay_id: 1 }, { ...good, room_id: 'x' }, good] })).toEqual(
      new Map([['c', 'd']]),
    );
  });
});
