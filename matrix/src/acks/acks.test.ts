import { ACK_KEY, askContent } from '@besace/protocol/features/messaging';
import { afterEach, describe, expect, it } from 'vitest';
import type { Acknowledgements, ToAcknowledge } from '../api/types.ts';
import { createOutbox } from '../outbox/createOutbox.ts';
import { rawEvent, seal, startServer, type TestAnswer, testSession, until } from '../outbox/testing.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { ALICE, BOB, id, ROOM, reaction, text } from '../timeline/testing.ts';
import { createAcks } from './acks.ts';

const ends: (() => unknown)[] = [];
let storage = 0;
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const ask = askContent({ urgent: true, note: '' });
const asking = (name: string) => text(name, BOB, name, ask);

describe('what waits for me, against the server', () => {
  it('[ACK-12] [T1] a ✅ in clear in my name takes nothing off the list nor the button away, and mine is sent all the same', async () => {
    const forged = rawEvent(ROOM, '$forged', ALICE, 'm.reaction', {
      'm.relates_to': { rel_type: 'm.annotation', event_id: '$m', key: ACK_KEY },
    });
    const world = await open({ reactions: [forged] });
    world.acks.take([asking('m'), reaction('f', ALICE, 'm', ACK_KEY)].map(inClear));
    await until(() => world.waiting().length === 1);
    let seen: Acknowledgements | undefined;
    await world.acks.api.watchAcknowledgements(ROOM, id('m'), (now) => {
      seen = now;
    });
    await until(() => seen?.loading === false);
    expect(seen?.mine).toBe('asked');
    await Promise.all([world.acks.api.acknowledge(ROOM, id('m')), world.acks.api.acknowledge(ROOM, id('m'))]);
    await until(() => seen?.mine === 'acknowledged');
    expect(world.outbox.items().length).toBe(1);
    expect(world.waiting()).toEqual([]);
  });

  it('[ACK-12] [T7] one that the server cannot speak about holds up no other', async () => {
    const world = await open({ failing: '$bad' });
    world.acks.take([asking('bad'), asking('good')]);
    await until(() => world.waiting().length === 1);
    expect(world.waiting()).toMatchObject(['good']);
  });

  it('[ACK-12] [T4] what was acknowledged while the server was asked does not wait again', async () => {
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const world = await open({ held });
    world.acks.take([asking('m')]);
    await until(() => world.asked() >= 3);
    world.acks.take([reaction('mine', ALICE, 'm', ACK_KEY)]);
    world.acks.take([asking('n')]);
    answer();
    await until(() => world.waiting().length > 0);
    expect(world.waiting()).toEqual(['n']);
  });
});

/** A reaction as a server makes one. */
function inClear(event: ReturnType<typeof text>) {
  const { reading } = event;
  if (reading.kind !== 'clear' || reading.type !== 'm.reaction') return event;
  return { ...event, reading: { ...reading, encrypted: false } };
}

function sealed(name: string): RawEvent {
  const inner = { type: 'm.room.message', content: { msgtype: 'm.text', body: name, ...ask } };
  return rawEvent(ROOM, name, BOB, 'm.room.encrypted', seal(inner));
}

type Options = { readonly reactions?: readonly RawEvent[]; readonly failing?: string; readonly held?: Promise<void> };

async function open({ reactions = [], failing, held }: Options) {
  const server = await startServer(async ({ path }): Promise<TestAnswer> => {
    const url = new URL(path, 'http://server');
    const parts = url.pathname.split('/').map(decodeURIComponent);
    await held;
    if (failing !== undefined && parts.includes(failing)) return { status: 500, json: { errcode: 'M_UNKNOWN' } };
    if (parts.includes('relations')) return { status: 200, json: { chunk: reactions } };
    const member = (user: typeof BOB) => ({
      ...rawEvent(ROOM, `$${user}`, user, 'm.room.member', { membership: 'join' }, user),
    });
    if (parts.includes('context')) return { status: 200, json: { state: [member(ALICE), member(BOB)] } };
    return { status: 200, json: sealed(parts.at(-1) ?? '') };
  });
  ends.push(() => server.stop());
  const session = await testSession(server.url, { storagePrefix: `acks-${++storage}`, me: ALICE });
  ends.push(() => session.end());
  session.know(ROOM, ALICE, [ALICE, BOB]);
  const outbox = createOutbox(session.context);
  const acks = createAcks(session.context, outbox);
  let now: readonly ToAcknowledge[] = [];
  await acks.api.watchToAcknowledge((next) => {
    now = next;
  });
  return {
    acks,
    outbox,
    waiting: () => now.map(({ text: line }) => line),
    asked: () => server.requests.length,
  };
}
