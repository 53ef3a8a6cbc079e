import type { EventId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { describe, expect, it } from 'vitest';
import type { RawEvent } from '../sync/rawEvent.ts';
import { placeVersions } from './placing.ts';
import { ALICE, ROOM } from './testing.ts';

describe('the place of a version in the history', () => {
  it('[OBJ-12][T3] is under the power levels that stood before it', async () => {
    const server = history([version('c'), levels(2), version('b'), levels(1), version('a'), levels(0)]);
    expect(await place(server, ['a', 'b', 'c'])).toEqual({ $a: [{ n: 0 }], $b: [{ n: 1 }], $c: [{ n: 2 }] });
  });

  it('[OBJ-12] costs two questions for a version that just came, however far back the power levels are', async () => {
    const server = history([
      version('new'),
      ...Array.from({ length: 900 }, (_, n) => version(`x${n}`)),
      levels(1),
      levels(0),
    ]);
    expect(await place(server, ['new'])).toEqual({ $new: [{ n: 1 }] });
    expect(server.questions).toBe(2);
  });

  it('[OBJ-12] is bounded: what is further back than is read was written under those of then, or older ones', async () => {
    const chatter = Array.from({ length: 6_000 }, (_, n) => version(`x${n}`));
    const server = history([levels(2), ...chatter, levels(1), version('old'), levels(0)]);
    expect(await place(server, ['old', 'x0'])).toEqual({ $x0: [{ n: 1 }], $old: [{ n: 1 }, { n: 0 }] });
    expect(server.questions).toBeLessThan(30);
  });

  it('[OBJ-12] is nowhere for what the history does not hold, or while the server does not answer', async () => {
    const server = history([version('a'), levels(0)]);
    expect(await place(server, ['gone'])).toEqual({});
    expect(await place({ ...server, history: async () => err({ code: 'offline' }) as never }, ['a'])).toEqual({});
    expect(await place(history([version('first')]), ['first'])).toEqual({ $first: [] });
  });
});

type Server = ReturnType<typeof history>;

async function place(server: Pick<Server, 'history'>, names: readonly string[]): Promise<Record<string, unknown>> {
  return Object.fromEntries(await placeVersions(server as Server, new Set(names.map((name) => `$${name}` as EventId))));
}

/** A server with these events, newest first, 200 a page as ours asks for. */
function history(events: readonly RawEvent[]) {
  const server = {
    questions: 0,
    history: async (types: readonly string[], from: string | null) => {
      server.questions += 1;
      const found = events
        .slice(Number(from ?? 0))
        .flatMap((event, at) => (types.includes(event.type) ? [{ event, at }] : []));
      const page = found.slice(0, 200);
      const end = Number(from ?? 0) + (page.at(-1)?.at ?? 0) + 1;
      return ok({ events: page.map(({ event }) => event), next: found.length > 200 ? String(end) : null });
    },
  };
  return server;
}

function version(name: string): RawEvent {
  return raw(`$${name}`, 'm.room.encrypted', {}, 'fr.besace.column:cccccccccccccccccccccc');
}

function levels(n: number): RawEvent {
  return raw(`$levels${n}`, 'm.room.power_levels', { n }, '');
}

function raw(id: string, type: string, content: Record<string, unknown>, stateKey: string): RawEvent {
  const event_id = id as EventId;
  return {
    event_id,
    room_id: ROOM,
    type,
    sender: ALICE,
    origin_server_ts: 0,
    state_key: stateKey,
    content,
    unsigned: {},
  };
}
