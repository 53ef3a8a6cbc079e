import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorldAccount } from './connect.ts';
import { call } from './http.ts';
import { type LyingServer, startLyingServer, type WireEvent } from './lyingServer.ts';
import { sharedWorld } from './shared.ts';

let alice: WorldAccount;
let server: LyingServer;
let room: string;
let honest: WorldAccount;

beforeAll(async () => {
  honest = await sharedWorld().register('interieur', 'alice');
  server = await startLyingServer(honest.clientUrl);
  alice = { ...honest, clientUrl: server.url };
  room = (await call<{ room_id: string }>(alice, 'POST', 'v3/createRoom', { preset: 'private_chat' })).room_id;
});
afterAll(() => server.stop());

describe('a lying server', () => {
  it('carries what it does not lie about', async () => {
    const path = `v3/rooms/${encodeURIComponent(room)}/state`;
    const ids = async (who: WorldAccount) => (await call<WireEvent[]>(who, 'GET', path)).map((event) => event.event_id);
    expect(await ids(alice)).toEqual(await ids(honest));
    expect([...server.carried(room).values()].map((event) => event.type)).toContain('m.room.create');
  });

  it('changes and withholds events wherever they are carried, until it stops', async () => {
    const path = `v3/rooms/${encodeURIComponent(room)}/state`;
    const stop = server.lieAboutEvents(room, (event) => {
      if (event.type === 'm.room.join_rules') return null;
      return event.type === 'm.room.create' ? { ...event, content: { forged: true } } : event;
    });
    const told = await call<WireEvent[]>(alice, 'GET', path);
    expect(told.find((event) => event.type === 'm.room.create')?.content).toEqual({ forged: true });
    expect(told.some((event) => event.type === 'm.room.join_rules')).toBe(false);
    stop();
    const after = await call<WireEvent[]>(alice, 'GET', path);
    expect(after.some((event) => event.type === 'm.room.join_rules')).toBe(true);
  });

  it('delivers a forged event by a sync that waits, and loses nothing of what comes after', async () => {
    const sync = (pos: string | null, timeout: number) =>
      call<{ pos: string; rooms: Record<string, { timeline?: WireEvent[] }> }>(
        alice,
        'POST',
        `unstable/org.matrix.simplified_msc3575/sync?timeout=${timeout}${pos === null ? '' : `&pos=${pos}`}`,
        { lists: {}, room_subscriptions: { [room]: { timeline_limit: 10, required_state: [] } } },
      );
    const message = { msgtype: 'm.text', body: 'after' };
    const first = await sync(null, 0);
    const waiting = sync(first.pos, 20_000);
    const forged = { type: 'm.room.message', event_id: '$forged', sender: '@eve:externes.test', content: {} };
    await server.deliver(room, [forged]);
    expect((await waiting).rooms[room]?.timeline).toEqual([forged]);
    await call(honest, 'PUT', `v3/rooms/${encodeURIComponent(room)}/send/m.room.message/t1`, message);
    const next = await sync((await waiting).pos, 20_000);
    expect(next.rooms[room]?.timeline?.map((event) => event.content)).toEqual([message]);
  });
});
