import type { RoomSummary } from '@besace/matrix/api/types';
import type { EventId } from '@besace/protocol/core/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/http.ts';
import { must } from './person.ts';
import { asRecord, frame, freshId, type Scene, startScene } from './scene.ts';

/** What is found, pinned, named and shown in the list, against a server that lies to Alice. */
let scene: Scene;
let summary: RoomSummary | undefined;
beforeAll(async () => {
  scene = await startScene();
  await scene.alice.api.watchRooms(({ rooms }) => {
    summary = rooms.find(({ roomId }) => roomId === scene.room);
  });
});
afterAll(() => scene.stop());

describe('the search', () => {
  it('[LIE-30][T1] finds nothing that came in clear', async () => {
    const { server, room, bob, said } = scene;
    const forged = { type: 'm.room.message', content: { msgtype: 'm.text', body: 'perlimpinpin of a server' } };
    await server.deliver(room, [{ ...frame(bob.userId), ...forged }]);
    await said('zanzibar after the forged message');
    expect(await found('zanzibar')).toHaveLength(1);
    expect(await count('perlimpinpin')).toBe(0);
  });

  it('[LIE-31][T1] finds what was said once only once, whatever is replayed', async () => {
    const { server, room, said } = scene;
    const source = await said('quetzalcoatl was here');
    await found('quetzalcoatl');
    await server.deliver(room, [{ ...source, event_id: freshId() }]);
    await said('xylophone after the replay');
    await found('xylophone');
    expect(await count('quetzalcoatl')).toBe(1);
  });

  it('[LIE-32][T3] loses nothing to a removal without the right, nor to an edit by another', async () => {
    const { server, room, said, eve } = scene;
    const { event_id: target } = await said('bergamote and cardamome');
    await found('bergamote');
    const redaction = { ...frame(eve.userId), type: 'm.room.redaction', redacts: target, content: { redacts: target } };
    await server.deliver(room, [redaction]);
    const text = (body: string) => ({ msgtype: 'm.text', body });
    const relation = { rel_type: 'm.replace', event_id: target };
    await eve.send('m.room.message', {
      ...text('* turmeric'),
      'm.new_content': text('turmeric'),
      'm.relates_to': relation,
    });
    await said('wallaby after both');
    await found('wallaby');
    expect(await count('bergamote')).toBe(1);
  });
});

describe('the list', () => {
  it('[LIE-33][T1] shows no line that came in clear, nor an edit in clear of the line that it shows', async () => {
    const { server, room, bob, said } = scene;
    const { event_id: target } = await said('the true line');
    await eventually(async () => summary?.preview?.text === 'the true line');
    const text = (body: string) => ({ msgtype: 'm.text', body });
    const relation = { rel_type: 'm.replace', event_id: target };
    await server.deliver(room, [
      { ...frame(bob.userId), type: 'm.room.message', content: text('a forged line') },
      {
        ...frame(bob.userId),
        type: 'm.room.message',
        content: { ...text('* forged'), 'm.new_content': text('a forged line'), 'm.relates_to': relation },
      },
    ]);
    await said('the next line');
    await eventually(async () => summary?.preview?.text === 'the next line');
    expect(JSON.stringify(summary)).not.toContain('forged');
  });

  it('[LIE-34][T1] shows no name or topic that came in clear', async () => {
    const { server, room, bob, said, alice } = scene;
    const topics: string[] = [];
    const stop = await alice.api.watchRoom(room, ({ topic }) => topics.push(topic));
    await said('before the names');
    await server.deliver(room, [
      { ...frame(bob.userId), type: 'm.room.name', state_key: '', content: { name: 'A forged name' } },
      { ...frame(bob.userId), type: 'm.room.topic', state_key: '', content: { topic: 'A forged topic' } },
    ]);
    await said('after the names');
    await eventually(async () => summary?.preview?.text === 'after the names');
    expect(summary?.name).toBe('Essai');
    expect(topics).not.toContain('A forged topic');
    stop();
  });

  it('[LIE-35][T1] is no less encrypted, whatever the server says the room is', async () => {
    const { server, room, said } = scene;
    const stop = server.lie((answer, { path }) => {
      const body = asRecord(answer.body);
      const data = asRecord(asRecord(body.rooms)[room]);
      if (!path.endsWith('/sync') || Object.keys(data).length === 0) return answer;
      return {
        ...answer,
        body: { ...body, rooms: { ...asRecord(body.rooms), [room]: { ...data, name: 'By the server', is_dm: true } } },
      };
    });
    await said('under another name');
    await eventually(async () => summary?.preview?.text === 'under another name');
    expect(summary).toMatchObject({ name: 'Essai', encrypted: true });
    stop();
  });
});

describe('pins', () => {
  it('[LIE-36][T1] that came in clear count for nothing', async () => {
    const { server, room, bob, alice, said } = scene;
    const { event_id: target } = await said('not pinned by anybody');
    const { event_id: honest } = await said('pinned by Bob');
    const forged = {
      ...frame(bob.userId),
      type: 'm.room.pinned_events',
      state_key: '',
      content: { pinned: [target] },
    };
    let told = 0;
    const honestly = server.lie((answer, { path }) => {
      if (!decodeURIComponent(path).includes('/state/') || !path.includes('pinned_events')) return answer;
      told += 1;
      return { status: 200, body: forged };
    });
    const ever = new Set<unknown>();
    let pinned: readonly unknown[] = [];
    const stop = await alice.api.watchPlace(room, { kind: 'pinned' }, ({ items }) => {
      pinned = items.map(({ eventId }) => eventId);
      for (const eventId of pinned) ever.add(eventId);
    });
    await eventually(async () => told === 1);
    await server.deliver(room, [forged]);
    await eventually(async () => told === 2);
    honestly();
    must(await bob.api.pin(room, honest as EventId, true));
    await eventually(async () => pinned.includes(honest));
    expect([...ever]).toEqual([honest]);
    stop();
  });
});

describe('rights', () => {
  it('[LIE-37][T3][T7] are given to nobody by power levels that are nonsense', async () => {
    const { server, room, bob, eve, said, item } = scene;
    const { event_id: target } = await said('kept, whatever the levels');
    const levels = [
      '{"users":"everybody","redact":"0"}',
      '{"users":{"__proto__":100},"redact":{"valueOf":1}}',
      '{"users":[],"events":7,"redact":null,"users_default":"100"}',
    ];
    await server.deliver(
      room,
      levels.map((json) => ({
        ...frame(bob.userId),
        type: 'm.room.power_levels',
        state_key: '',
        content: JSON.parse(json),
      })),
    );
    await server.deliver(room, [
      { ...frame(eve.userId), type: 'm.room.redaction', redacts: target, content: { redacts: target } },
    ]);
    await said('after the levels');
    expect(item(target).body).toMatchObject({ kind: 'text', text: 'kept, whatever the levels' });
  });
});

async function count(query: string): Promise<number> {
  return must(await scene.alice.api.search({ query })).total;
}

/** What is found, once something is: the index is a moment behind what is read. */
async function found(query: string) {
  return eventually(async () => {
    const { hits } = must(await scene.alice.api.search({ query }));
    return hits.length > 0 && hits;
  });
}
