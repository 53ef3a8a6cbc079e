import { plainClient, signInAgain, stopPlainClient } from '@besace/matrix/upstream/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, eventually } from '../harness/http.ts';
import { holdPost } from '../harness/lyingPost.ts';
import type { LyingRequest } from '../harness/lyingServer.ts';
import { sharedWorld } from '../harness/shared.ts';
import { must, type Person, restart, watchTimeline } from './person.ts';
import { asRecord, frame, type Scene, startScene } from './scene.ts';

/** Keys, devices, members, files and what is sent, against a server that lies to Alice. */
let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.stop());

describe('devices and members', () => {
  it('[LIE-23][T2][T9] a device that somebody adds to an account is announced, reads nothing, and is not believed', async () => {
    const { said, seen, shown, alice, bob, room } = scene;
    await said('before the device');
    const added = await plainClient(await signInAgain(bob.account));
    await added.startClient({});
    await eventually(async () => added.getRoom(room)?.getMyMembership() === 'join');
    await eventually(async () => seen.items.some(({ body }) => body.kind === 'device' && body.user === bob.userId));
    const forged = await eventually(async () => added.sendTextMessage(room, 'by a stolen password'));
    expect((await shown(forged.event_id)).body).toEqual({ kind: 'locked', why: 'refused-sender' });
    must(await alice.api.sendText(room, { text: 'not for that device' }));
    const mine = await eventually(async () =>
      seen.items.find(
        ({ body, eventId }) => body.kind === 'text' && body.text === 'not for that device' && eventId !== null,
      ),
    );
    const there = await eventually(async () => added.getRoom(room)?.findEventById(String(mine.eventId)));
    await eventually(async () => !there.isBeingDecrypted() && there.isDecryptionFailure());
    stopPlainClient(added);
  });

  it('[LIE-24][T2] a device that only the server knows gets no key', async () => {
    const { server, said, alice, bob, room, seen } = scene;
    const asked: LyingRequest[] = [];
    const invented = {
      user_id: bob.userId,
      device_id: 'INVENTED',
      algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
      keys: { 'curve25519:INVENTED': base64(1), 'ed25519:INVENTED': base64(2) },
      signatures: { [bob.userId]: { 'ed25519:INVENTED': base64(3, 64) } },
    };
    const stop = server.lie((answer, request) => {
      asked.push(request);
      const body = asRecord(answer.body);
      if (request.path.endsWith('/sync') && request.query.has('pos')) {
        const e2ee = { ...asRecord(asRecord(body.extensions).e2ee), device_lists: { changed: [bob.userId], left: [] } };
        return { ...answer, body: { ...body, extensions: { ...asRecord(body.extensions), e2ee } } };
      }
      if (!request.path.endsWith('/keys/query')) return answer;
      const devices = asRecord(body.device_keys);
      const his = { ...asRecord(devices[bob.userId]), INVENTED: invented };
      return { ...answer, body: { ...body, device_keys: { ...devices, [bob.userId]: his } } };
    });
    await said('the server says that his devices changed');
    await eventually(async () => asked.some(({ path }) => path.endsWith('/keys/query')));
    must(await alice.api.sendText(room, { text: 'to his true devices' }));
    await eventually(async () =>
      seen.items.some(
        ({ body, eventId }) => body.kind === 'text' && body.text === 'to his true devices' && eventId !== null,
      ),
    );
    stop();
    const written = asked.filter(({ path }) => /\/keys\/claim$|\/sendToDevice\/m\.room\.encrypted/.test(path));
    expect(JSON.stringify(written)).not.toContain('INVENTED');
  });

  it('[LIE-25][T9] a member whom the server adds is seen by all', async () => {
    const { server, room, seen, said, alice } = scene;
    const mallory = await sharedWorld().register('interieur', 'mallory');
    const members: string[][] = [];
    const stop = await alice.api.watchRoom(room, (details) => {
      members.push(details.members.filter(({ membership }) => membership === 'join').map(({ userId }) => userId));
    });
    await said('before she was added');
    await server.deliver(room, [
      {
        ...frame(mallory.userId),
        type: 'm.room.member',
        state_key: mallory.userId,
        content: { membership: 'join', displayname: 'bob' },
      },
    ]);
    await said('after she was added');
    const joined = ({ body }: (typeof seen.items)[number]) =>
      body.kind === 'membership' && body.user === mallory.userId && body.change === 'joined';
    await eventually(async () => seen.items.some(joined));
    await eventually(async () => members.at(-1)?.includes(mallory.userId));
    stop();
  });

  it('[LIE-26][T6] a key that the server holds back leaves a named hole, which closes when it comes', async () => {
    const { server, room, bob, seen, carried, said } = scene;
    const post = holdPost(server);
    const leaver = await sharedWorld().register('culture', 'leaver');
    const change = (wanted: string) =>
      eventually(async () =>
        seen.items.some(
          ({ body }) => body.kind === 'membership' && body.user === leaver.userId && body.change === wanted,
        ),
      );
    must(await bob.api.invite(room, leaver.userId as never));
    const path = `v3/rooms/${encodeURIComponent(room)}`;
    await eventually(() => call(leaver, 'POST', `${path}/join`, {}));
    await change('joined');
    await said('with one more');
    // Who leaves shall not read on: what Bob says next has a new key.
    await call(leaver, 'POST', `${path}/leave`, {});
    await change('left');
    await membersOf(bob, 3);
    post.hold();
    must(await bob.api.sendText(room, { text: 'under a key held back' }));
    const locked = await eventually(async () =>
      seen.items.find(({ body }) => body.kind === 'locked' && body.why === 'waiting-for-key'),
    );
    expect((await carried(({ event_id }) => event_id === locked.eventId)).sender).toBe(bob.userId);
    post.release();
    must(await bob.api.setTyping(room, true));
    await eventually(async () => scene.item(locked.eventId).body.kind === 'text');
    expect(scene.item(locked.eventId).body).toMatchObject({ text: 'under a key held back' });
  });
});

/** Until somebody knows that so many are in the room. */
async function membersOf(who: Person, count: number): Promise<void> {
  let known = 0;
  const stop = await who.api.watchRoom(scene.room, ({ members }) => {
    known = members.filter(({ membership }) => membership === 'join').length;
  });
  await eventually(async () => known === count);
  stop();
}

describe('files', () => {
  it('[LIE-29][T1] whose bytes were changed are refused', async () => {
    const { server, room, bob, alice } = scene;
    const here = await watchTimeline(alice.api, room);
    must(await bob.api.sendFile(room, new Blob(['true bytes'], { type: 'text/plain' }), { name: 'note.txt' }));
    const file = await eventually(async () => here.items.find(({ body }) => body.kind === 'file'));
    if (file.body.kind !== 'file') throw new Error('no file');
    const stop = server.lieAboutFiles((bytes) => Buffer.from(bytes.map((byte) => byte ^ 1)));
    expect((await alice.api.download(file.body.media)).ok).toBe(false);
    stop();
    expect(await must(await alice.api.download(file.body.media)).text()).toBe('true bytes');
  });
});

describe('what leaves', () => {
  it('[LIE-28][T8] is said once, though the server takes it and says that it failed, or answers nonsense', async () => {
    const { server, room, alice, bob } = scene;
    const there = await watchTimeline(bob.api, room);
    const lies = [
      { status: 500, body: { errcode: 'M_UNKNOWN', error: 'failed' } },
      { status: 200, body: { surprise: true } },
      { status: 200, body: [] },
    ];
    for (const [number, lie] of lies.entries()) {
      let told = 0;
      const stop = server.lie((answer, { method, path }) => {
        if (method !== 'PUT' || !path.includes('/send/') || told > 0) return answer;
        told += 1;
        return lie;
      });
      must(await alice.api.sendText(room, { text: `once ${number}` }));
      await eventually(async () =>
        there.items.some(({ body }) => body.kind === 'text' && body.text === `once ${number}`),
      );
      await eventually(async () => told === 1);
      let waiting = 1;
      const stopWatching = await alice.api.watchOutbox((items) => {
        waiting = items.length;
      });
      await eventually(async () => waiting === 0);
      stopWatching();
      stop();
    }
    must(await alice.api.sendText(room, { text: 'after all' }));
    await eventually(async () => there.items.some(({ body }) => body.kind === 'text' && body.text === 'after all'));
    const once = there.items.filter(({ body }) => body.kind === 'text' && body.text.startsWith('once '));
    expect(once).toHaveLength(lies.length);
  });

  it('[LIE-27][T1] is sealed, though the server hides the encryption of the room, or says another', async () => {
    const { server, room, alice, bob } = scene;
    const sent: string[] = [];
    const watch = server.lie((answer, { method, path }) => {
      if (method === 'PUT' && path.includes('/send/')) sent.push(path);
      return answer;
    });
    const there = await watchTimeline(bob.api, room);
    const lies = [null, {}, { algorithm: 'none' }, { algorithm: 'm.megolm.v1.aes-sha2', rotation_period_msgs: 'x' }];
    let last = alice;
    for (const [number, content] of lies.entries()) {
      let told = 0;
      const stop = server.lieAboutEvents(room, (event) => {
        if (event.type !== 'm.room.encryption') return event;
        told += 1;
        return content === null ? null : { ...event, content };
      });
      last = await restart(last);
      must(await last.api.sendText(room, { text: `sealed ${number}` }));
      await eventually(async () => told > 0);
      stop();
    }
    // What waited under a lie, or was refused, leaves with the truth.
    last = await restart(last);
    const { api } = last;
    const stopWatching = await api.watchOutbox((items) => {
      for (const { id, state } of items) if (state.kind === 'refused') void api.retry(id);
    });
    const texts = () => there.items.flatMap(({ body }) => (body.kind === 'text' ? body.text : []));
    await eventually(async () => lies.every((_, number) => texts().includes(`sealed ${number}`)));
    watch();
    stopWatching();
    last.kill();
    expect(sent.length).toBeGreaterThanOrEqual(lies.length);
    expect(
      sent.filter((path) => !path.includes('/send/m.room.encrypted/') && !path.includes('/send/m.reaction/')),
    ).toEqual([]);
  });
});

function base64(seed: number, length = 32): string {
  return Buffer.alloc(length, seed).toString('base64').replace(/=+$/, '');
}
