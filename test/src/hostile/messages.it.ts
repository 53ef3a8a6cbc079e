import type { TimelineItem } from '@besace/matrix/api/types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/http.ts';
import { must, watchTimeline } from './person.ts';
import { asRecord, frame, freshId, type Scene, startScene } from './scene.ts';

/** What is done to messages, by a server that lies to Alice and by Eve, who may write but not that. */
let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.stop());

describe('edits', () => {
  it('[LIE-7][T1] by somebody else change nothing, though they are sealed', async () => {
    const { said, item, eve, texts } = scene;
    const { event_id: target } = await said("Bob's own words");
    await eve.send('m.room.message', edit(target, "Eve's words"));
    await said('after the edit of another');
    expect(item(target)).toMatchObject({ edited: false, body: { text: "Bob's own words" } });
    expect(texts()).not.toContain("Eve's words");
  });

  it('[LIE-8][T1] of edits, and edits without new words, change nothing', async () => {
    const { said, shown, item, eve } = scene;
    const first = await eve.send('m.room.message', text('by Eve'));
    await shown(first);
    const second = await eve.send('m.room.message', edit(first, 'by Eve, mended'));
    await eventually(async () => item(first).edited);
    await eve.send('m.room.message', edit(second, 'an edit of an edit'));
    await eve.send('m.room.message', { ...text('* no new words'), 'm.relates_to': edit(first, '')['m.relates_to'] });
    await said('after the edits of edits');
    expect(item(first).body).toMatchObject({ kind: 'text', text: 'by Eve, mended' });
  });

  it('[LIE-9][T1] that the server adds beside a message, or says that it has counted, change nothing', async () => {
    const { said, item, server, room, bob } = scene;
    const target = await said('told once');
    const other = await said('another thing');
    const beside = { 'm.relates_to': { rel_type: 'm.replace', event_id: target.event_id } };
    const counted = {
      'm.relations': {
        'm.replace': { ...frame(bob.userId), type: 'm.room.message', content: edit(target.event_id, 'never') },
      },
    };
    await server.deliver(room, [
      { ...other, event_id: freshId(), content: { ...asRecord(other.content), ...beside } },
      { ...target, unsigned: counted },
    ]);
    await said('after what the server added');
    expect(item(target.event_id)).toMatchObject({ edited: false, body: { text: 'told once' } });
  });
});

describe('reactions', () => {
  it('[LIE-10][T1] that the server makes up count as not proven, once a person and key', async () => {
    const { said, item, server, room, bob } = scene;
    const { event_id: target } = await said('who is for?');
    const forged = () => ({ ...frame(bob.userId), type: 'm.reaction', content: reaction(target, '👍') });
    await server.deliver(room, [forged(), forged(), forged()]);
    await said('after the forged reactions');
    expect(item(target).reactions).toMatchObject([{ key: '👍', count: 1, unproven: 1 }]);
  });

  it("[LIE-11][T2] of Bob, sent again as Eve's or for another message, count for neither", async () => {
    const { said, item, server, room, bob, eve, carried } = scene;
    const target = await said('a question');
    const other = await said('another question');
    must(await bob.api.react(room, target.event_id as never, '🎉'));
    await eventually(async () => item(target.event_id).reactions.length === 1);
    const sealed = await carried(({ type, sender }) => type === 'm.room.encrypted' && sender === bob.userId);
    const beside = { rel_type: 'm.annotation', event_id: other.event_id, key: '🎉' };
    await server.deliver(room, [
      { ...sealed, event_id: freshId(), sender: eve.userId },
      { ...sealed, event_id: freshId(), content: { ...asRecord(sealed.content), 'm.relates_to': beside } },
    ]);
    await said('after the stolen reactions');
    expect(item(target.event_id).reactions).toMatchObject([{ count: 1, people: [{ userId: bob.userId }] }]);
    expect(item(other.event_id).reactions).toEqual([]);
  });

  it('[LIE-12][T1] that were taken back do not come again under another event id', async () => {
    const { said, item, server, room, bob, carried } = scene;
    const { event_id: target } = await said('taken back');
    must(await bob.api.react(room, target as never, '❤️'));
    await eventually(async () => item(target).reactions.length === 1);
    const sealed = await carried(({ type, sender }) => type === 'm.room.encrypted' && sender === bob.userId);
    const there = await watchTimeline(bob.api, room);
    await eventually(async () =>
      there.items.some((one) => one.eventId === target && one.reactions.some(({ mine }) => mine)),
    );
    must(await bob.api.react(room, target as never, '❤️'));
    await eventually(async () => item(target).reactions.length === 0);
    await server.deliver(room, [{ ...sealed, event_id: freshId() }]);
    await said('after the replay');
    expect(item(target).reactions).toEqual([]);
  });

  it('[LIE-13][T3] are data, whatever their key, and bounded', async () => {
    const { said, item, eve, server, room } = scene;
    const { event_id: target } = await said('hostile keys');
    for (const key of ['__proto__', 'constructor']) await eve.send('m.reaction', reaction(target, key));
    const huge = reaction(target, 'x'.repeat(10_000));
    await server.deliver(room, [{ ...frame(eve.userId), type: 'm.reaction', content: huge }]);
    await eventually(async () => item(target).reactions.length === 2);
    await said('after the keys');
    expect(item(target).reactions.map(({ key, count }) => [key, count])).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
  });
});

describe('threads and answers', () => {
  it('[LIE-14][T1] do not take a message away that the server says is in one', async () => {
    const { said, server, room, item, carried, bob, shown } = scene;
    const root = await said('where it would begin');
    must(await bob.api.sendText(room, { text: 'an answer', replyTo: root.event_id as never }));
    const { eventId } = await eventually(async () =>
      scene.seen.items.find(({ body }) => body.kind === 'text' && body.text === 'an answer'),
    );
    const answer = await carried(({ event_id }) => event_id === eventId);
    const beside = { rel_type: 'm.thread', event_id: root.event_id };
    // The same event again, now with a relation beside the ciphertext that the one inside does not say.
    await server.deliver(room, [{ ...answer, content: { ...asRecord(answer.content), 'm.relates_to': beside } }]);
    await said('after the forged thread');
    expect((await shown(eventId)).threadRoot).toBe(null);
    expect(item(root.event_id).thread).toBe(null);
  });

  it('[LIE-15][T1] show nothing of the last answer that a server says there is', async () => {
    const { said, server, room, bob, shown, texts } = scene;
    const source = await said('a thread, says the server');
    const { event_id: target } = source;
    const latest = { ...frame(bob.userId), type: 'm.room.message', content: text('a forged last answer') };
    const thread = { count: 3, latest_event: latest, current_user_participated: false };
    await server.deliver(room, [{ ...source, unsigned: { 'm.relations': { 'm.thread': thread } } }]);
    await said('after the forged summary');
    expect(JSON.stringify((await shown(target)).thread)).not.toContain('a forged last answer');
    expect(texts()).not.toContain('a forged last answer');
  });

  it('[LIE-16][T1] that are said beside the ciphertext only are marked as not proven', async () => {
    const { said, shown, server, room, eve } = scene;
    const { event_id: target } = await said('a question of Bob');
    const proven = await eve.send('m.room.message', {
      ...text('a true answer'),
      'm.relates_to': { 'm.in_reply_to': { event_id: target } },
    });
    expect(await shown(proven)).toMatchObject({ replyTo: { eventId: target }, unproven: [] });
    const beside = { 'm.in_reply_to': { event_id: target } };
    const stop = server.lieAboutEvents(room, (event) =>
      event.type === 'm.room.encrypted' && event.sender === eve.userId && event.event_id !== proven
        ? { ...event, content: { ...asRecord(event.content), 'm.relates_to': beside } }
        : event,
    );
    const forged = await eve.send('m.room.message', text('no answer at all'));
    expect(await shown(forged)).toMatchObject({ body: { text: 'no answer at all' }, unproven: ['reply'] });
    stop();
  });
});

describe('what was read', () => {
  it('[LIE-17][T5] stays as it was read, whatever the server gives later under its event id', async () => {
    const { said, item, server, room, bob } = scene;
    const first = await said('read once');
    const second = await said('another text');
    const emptied = {
      ...first,
      content: {},
      unsigned: { redacted_because: { ...frame(bob.userId), type: 'm.room.redaction' } },
    };
    await server.deliver(room, [{ ...first, content: second.content }, emptied]);
    await said('after the swap');
    expect(item(first.event_id).body).toMatchObject({ kind: 'text', text: 'read once' });
  });

  it('[LIE-18][T4] keeps its place and number, however often and in whatever order it comes', async () => {
    const { said, server, room, seen } = scene;
    const events = [await said('one'), await said('two'), await said('three')];
    await server.deliver(room, [...events.toReversed(), ...events]);
    await said('after the repetition');
    const ids = events.map(({ event_id }) => event_id);
    expect(seen.items.flatMap(({ eventId }) => (ids.includes(String(eventId)) ? [eventId] : []))).toEqual(ids);
  });

  it('[LIE-19][T4] has its place from the stream and not from a date, and a date ahead is doubtful', async () => {
    const { said, server, room, seen, bob, eve, shown } = scene;
    await said('before the dates');
    const clear = { type: 'm.room.message', content: text('clear') };
    const [past, future] = [
      { ...frame(bob.userId), ...clear, origin_server_ts: 1 },
      { ...frame(eve.userId), ...clear, origin_server_ts: Date.now() + 3_600_000 },
    ];
    await server.deliver(room, [future, past]);
    await said('after the dates');
    expect((await shown(future.event_id)).doubtfulDate).toBe(true);
    expect((await shown(past.event_id)).doubtfulDate).toBe(false);
    const order = seen.items.map(({ eventId }) => String(eventId));
    expect(order.indexOf(past.event_id)).toBe(order.indexOf(future.event_id) + 1);
  });

  it('[LIE-20][T7] is not lost to the broken events around it', async () => {
    const { said, server, room, bob, texts } = scene;
    const broken = [
      { ...frame(bob.userId), type: 'm.room.message', content: 'text' },
      { ...frame(bob.userId), type: 'm.room.encrypted', content: { algorithm: 7, ciphertext: [] } },
      { ...frame(bob.userId), type: 'm.room.encrypted', content: null, state_key: '__proto__' },
      { ...frame('nobody'), type: 'm.room.member', content: { membership: 'join' }, state_key: '' },
      { ...frame(bob.userId), event_id: 7, type: 'm.room.message', content: {} },
      { ...frame(bob.userId), type: 'm.reaction', content: { 'm.relates_to': nested(2_000) } },
      { ...frame(bob.userId), type: '__proto__', content: JSON.parse('{"__proto__":{"body":"x"}}') },
      null,
      [],
    ];
    await server.deliver(room, broken as never);
    await said('after the broken ones');
    expect(texts()).toContain('after the broken ones');
    expect(({} as Record<string, unknown>).body).toBeUndefined();
  });

  it('[LIE-21][T7] nor to broken receipts, typing and account data', async () => {
    const { said, server, room, texts } = scene;
    const stop = server.lie((answer, { path }) => {
      const body = asRecord(answer.body);
      if (!path.endsWith('/sync')) return answer;
      const receipts = {
        rooms: { [room]: { type: 'm.receipt', content: { $x: { 'm.read': nested(50) }, __proto__: 7 } }, nowhere: 3 },
      };
      const typing = { rooms: { [room]: { content: { user_ids: [7, null, '@'] } } } };
      const extensions = { ...asRecord(body.extensions), receipts, typing };
      return { ...answer, body: { ...body, extensions } };
    });
    await said('beside broken receipts');
    stop();
    expect(texts()).toContain('beside broken receipts');
  });

  it('[LIE-22][T5] and was removed stays removed, though the server gives it again and hides the removal', async () => {
    const { said, item, server, room, bob, alice } = scene;
    const source = await said('said in error');
    must(await bob.api.remove(room, source.event_id as never));
    await eventually(async () => item(source.event_id).body.kind === 'removed');
    const stop = server.lieAboutEvents(room, (event) => {
      if (event.event_id === source.event_id) return source;
      return event.type === 'm.room.redaction' ? null : event;
    });
    await server.deliver(room, [source]);
    await said('after it came again');
    expect(item(source.event_id).body).toEqual({ kind: 'removed' });
    // The place around it is asked of the server anew.
    const focus = { kind: 'event', eventId: source.event_id as never } as const;
    let there: TimelineItem | undefined;
    const stopWatching = await alice.api.watchPlace(room, focus, ({ items }) => {
      there = items.find(({ eventId }) => eventId === source.event_id);
    });
    await eventually(async () => there !== undefined);
    expect(there?.body).toEqual({ kind: 'removed' });
    stopWatching();
    stop();
  });
});

function text(body: string) {
  return { msgtype: 'm.text', body };
}

function edit(target: unknown, body: string) {
  return {
    ...text(`* ${body}`),
    'm.new_content': text(body),
    'm.relates_to': { rel_type: 'm.replace', event_id: target },
  };
}

function reaction(target: unknown, key: string) {
  return { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key } };
}

function nested(depth: number): object {
  let value: object = {};
  for (let level = 0; level < depth; level++) value = { value };
  return value;
}
