import { parseEventId, parseObjectId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { afterEach, describe, expect, it } from 'vitest';
import { downloadMedia } from '../media/download.ts';
import { enqueueFile } from '../media/file.ts';
import { mediaOf } from '../timeline/media.ts';
import { createOutbox, createOutboxApi } from './createOutbox.ts';
import type { OutboxWork } from './outbox.ts';
import { must, startServer, type TestAnswer, type TestRequest, testSession, until } from './testing.ts';

const ROOM = must(parseRoomId('!room'));
const TARGET = must(parseEventId('$target'));
const CARD = must(parseObjectId('AAAAAAAAAAAAAAAAAAAAAA'));
const ALICE = must(parseUserId('@alice:interieur.test'));
const ends: (() => unknown)[] = [];
let storage = 0;

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('carrying the queue to a server', () => {
  it('[SEND-8] [T1] sends every kind sealed, but what the server has to read', async () => {
    const { server, queue } = await world();
    const works: OutboxWork[] = [
      { kind: 'message', content: { body: 'SECRET' } },
      { kind: 'edit', target: TARGET, content: { body: 'SECRET' } },
      { kind: 'reaction', target: TARGET, key: 'SECRET', content: { key: 'SECRET' } },
      { kind: 'removal', target: TARGET },
      { kind: 'object', type: 'fr.besace.task', objectId: CARD, content: { title: 'SECRET' } },
      { kind: 'state', type: 'm.room.name', stateKey: '', content: { name: 'SECRET' }, wire: 'encrypted' },
      { kind: 'state', type: 'm.space.child', stateKey: '!child', content: { via: ['interieur.test'] }, wire: 'clear' },
    ];
    const ids: string[] = [];
    for (const work of works) ids.push(must(await queue.enqueue({ roomId: ROOM, work })).id);
    await queue.start();
    await until(() => queue.items().length === 0);
    const base = '/_matrix/client/v3/rooms/!room';
    expect(server.requests.map(({ path }) => path)).toEqual([
      `${base}/send/m.room.encrypted/${ids[0]}`,
      `${base}/send/m.room.encrypted/${ids[1]}`,
      `${base}/send/m.room.encrypted/${ids[2]}`,
      `${base}/redact/%24target/${ids[3]}`,
      `${base}/state/m.room.encrypted/fr.besace.task%3A${CARD}`,
      `${base}/state/m.room.encrypted/m.room.name%3A`,
      `${base}/state/m.space.child/!child`,
    ]);
    expect(server.requests.some(({ body }) => body.includes('SECRET'))).toBe(false);
  });

  it('[SEND-8] [T1] seals a name that was queued for the clear before the room was known to be encrypted', async () => {
    const { server, queue } = await world();
    const work = {
      kind: 'state',
      type: 'm.room.name',
      stateKey: '',
      content: { name: 'SECRET' },
      wire: 'clear',
    } as const;
    must(await queue.enqueue({ roomId: ROOM, work }));
    await queue.start();
    await until(() => queue.items().length === 0);
    expect(server.requests.map(({ path }) => path.split('/state/')[1])).toEqual(['m.room.encrypted/m.room.name%3A']);
    expect(server.requests.some(({ body }) => body.includes('SECRET'))).toBe(false);
  });

  it('[SEND-8] waits for a room that is not known yet, and sends nothing of it in clear', async () => {
    const { server, queue, session } = await world({ known: false });
    must(await queue.enqueue({ roomId: ROOM, work: { kind: 'message', content: { body: 'SECRET' } } }));
    await queue.start();
    await until(() => queue.items()[0]?.state.kind === 'sending');
    await new Promise(setImmediate);
    expect(server.requests).toEqual([]);
    session.know(ROOM, ALICE, [ALICE]);
    await until(() => queue.items().length === 0);
    expect(server.requests).toHaveLength(1);
  });

  it('[SEND-8] [T1] refuses to write anything in a room that is said not to be encrypted', async () => {
    const { server, queue } = await world({ encrypted: false });
    const works: OutboxWork[] = [
      { kind: 'object', type: 'fr.besace.task', objectId: CARD, content: {} },
      { kind: 'message', content: { body: 'SECRET' } },
      { kind: 'edit', target: TARGET, content: { body: 'SECRET' } },
      { kind: 'reaction', target: TARGET, key: 'SECRET', content: { key: 'SECRET' } },
      { kind: 'state', type: 'm.room.name', stateKey: '', content: { name: 'SECRET' }, wire: 'clear' },
    ];
    for (const work of works) must(await queue.enqueue({ roomId: ROOM, work }));
    await queue.start();
    const refused = { kind: 'refused', error: { code: 'invalid', detail: 'room-not-encrypted' } };
    await until(() => queue.items().every(({ state }) => state.kind === 'refused'));
    expect(queue.items().map(({ state }) => state)).toEqual(works.map(() => refused));
    expect(server.requests).toEqual([]);
  });

  it('[SEND-3] [SEND-4] [T8] sends once and in order, whatever the network does at each step', async () => {
    const bad: TestAnswer[] = [
      'break',
      { status: 502, text: '<html>Bad gateway</html>' },
      { status: 200, text: 'not JSON' },
      { status: 200, json: { event_id: 3 } },
      { status: 429, json: { errcode: 'M_LIMIT_EXCEEDED' }, headers: { 'Retry-After': '0' } },
      { status: 503, json: { errcode: 'M_UNKNOWN' } },
      { status: 403, text: '<html>Sign in to this network</html>' },
    ];
    const taken: string[] = [];
    const script = bad.flatMap((answer) => [
      { taken: false, answer },
      { taken: true, answer },
    ]);
    const { queue } = await world({
      answer: ({ path }) => {
        const txn = path.split('/').at(-1) ?? '';
        const next = script.shift();
        if (next?.taken !== false && !taken.includes(txn)) taken.push(txn);
        return next?.answer ?? { status: 200, json: { event_id: `$${txn}` } };
      },
    });
    const ids: string[] = [];
    for (let n = 0; n < 10; n++) {
      ids.push(must(await queue.enqueue({ roomId: ROOM, work: { kind: 'message', content: { n } } })).id);
    }
    await queue.start();
    await until(() => {
      queue.wake();
      return queue.items().length === 0;
    });
    expect(taken).toEqual(ids);
  });

  it('[SEND-5] says why what the server will never take is refused', async () => {
    const refusals = [
      { status: 403, errcode: 'M_FORBIDDEN', code: 'forbidden' },
      { status: 404, errcode: 'M_NOT_FOUND', code: 'not-found' },
      { status: 413, errcode: 'M_TOO_LARGE', code: 'too-large' },
      { status: 400, errcode: 'M_BAD_JSON', code: 'invalid' },
    ];
    const script = [...refusals];
    const { queue } = await world({
      answer: () => {
        const { status, errcode } = script.shift() ?? { status: 500, errcode: 'M_UNKNOWN' };
        return { status, json: { errcode } };
      },
    });
    for (const _ of refusals) must(await queue.enqueue({ roomId: ROOM, work: { kind: 'removal', target: TARGET } }));
    let said = 0;
    queue.on((event) => {
      said += event.kind === 'refused' ? 1 : 0;
    });
    await queue.start();
    await until(() => said === refusals.length);
    const codes = () => queue.items().map(({ state }) => (state.kind === 'refused' ? state.error.code : null));
    expect(codes()).toEqual(refusals.map(({ code }) => code));
    const seen: number[] = [];
    const api = createOutboxApi(queue);
    const stop = await api.watchOutbox((items) => seen.push(items.length));
    for (const item of queue.items()) await api.discard(item.id);
    stop();
    expect(seen).toEqual([4, 3, 2, 1, 0]);
    expect(await api.retry('nothing')).toEqual({ ok: false, error: { code: 'not-found' } });
  });

  it('[SEND-1] [SEND-9] [MEDIA-3] uploads a file once, nameless and sealed, across breaks and a restart, then sends its message', async () => {
    const uploads: Buffer[] = [];
    const script: TestAnswer[] = ['break', { status: 200, json: { content_uri: 'mxc://interieur.test/file' } }];
    const answer = ({ path, body }: TestRequest): TestAnswer => {
      if (!path.includes('/upload')) return sends.shift() ?? { status: 200, json: { event_id: '$sent' } };
      uploads.push(body);
      return script.shift() ?? { status: 500, json: {} };
    };
    const sends: TestAnswer[] = ['break'];
    const first = await world({ answer });
    const file = new Blob(['SECRET '.repeat(1_000)], { type: 'text/html' });
    must(await enqueueFile(first.queue, first.session.context.platform.random, ROOM, file, { name: 'SECRET.html' }));
    await first.queue.start();
    await until(() => {
      if (first.server.requests.length < 2) first.queue.wake();
      return first.server.requests.length >= 3;
    });
    await first.queue.stop();
    first.session.end();
    const second = await world({ answer, storagePrefix: first.storagePrefix, server: first.server });
    await second.queue.start();
    await until(() => second.queue.items().length === 0);
    expect(uploads).toHaveLength(2);
    expect(uploads[1]?.length).toBe(7_000);
    expect(second.server.requests.some(({ path, body }) => body.includes('SECRET') || path.includes('SECRET'))).toBe(
      false,
    );
    expect(await second.session.context.localDb.list('blobs', '')).toEqual([]);
  });

  it('[MEDIA-2] [MEDIA-4] gives back a file that was downloaded only when it is what was sent, and never as a page', async () => {
    let stored: Uint8Array = new Uint8Array();
    const { queue, session, server } = await world({
      answer: ({ method, path, body }) => {
        if (method === 'GET') return { status: 200, bytes: stored };
        if (!path.includes('/upload')) return { status: 200, json: { event_id: '$sent' } };
        stored = new Uint8Array(body);
        return { status: 200, json: { content_uri: 'mxc://interieur.test/file' } };
      },
    });
    const { context } = session;
    const file = new Blob(['<script>plan</script>'], { type: 'text/html' });
    must(await enqueueFile(queue, context.platform.random, ROOM, file, { name: 'plan.html' }));
    await queue.start();
    await until(() => queue.items().length === 0);
    const sealed: { ciphertext: string } = JSON.parse(server.requests.at(-1)?.body.toString() ?? '');
    const inner = JSON.parse([...sealed.ciphertext].reverse().join(''));
    const media = mediaOf(inner.content, true);
    if (media === null) throw new Error('no media');
    expect(media).toMatchObject({ name: 'plan.html', mimetype: 'text/html', size: 21 });
    const blob = must(await downloadMedia(context, media));
    expect([blob.type, await blob.text()]).toEqual(['application/octet-stream', '<script>plan</script>']);
    stored[0] = (stored[0] ?? 0) ^ 1;
    expect(await downloadMedia(context, media)).toEqual({ ok: false, error: { code: 'invalid', detail: 'hash' } });
  });

  it('[MEDIA-5] refuses what is too large before anything is kept', async () => {
    const { queue, session } = await world();
    const huge = { size: 100 * 1024 * 1024 + 1, type: '' } as Blob;
    const answer = await enqueueFile(queue, session.context.platform.random, ROOM, huge, { name: 'huge' });
    expect(answer).toEqual({ ok: false, error: { code: 'too-large', detail: 'file' } });
  });
});

type WorldOptions = {
  readonly known?: boolean;
  readonly encrypted?: boolean;
  readonly answer?: (request: TestRequest) => TestAnswer;
  readonly storagePrefix?: string;
  readonly server?: Awaited<ReturnType<typeof startServer>>;
};

async function world(options: WorldOptions = {}) {
  const answer = options.answer ?? (() => ({ status: 200, json: { event_id: '$sent' } }) as const);
  const server = options.server ?? (await startServer(answer));
  if (options.server === undefined) ends.push(() => server.stop());
  const storagePrefix = options.storagePrefix ?? `transport-${++storage}`;
  const session = await testSession(server.url, { storagePrefix, me: ALICE, encrypted: options.encrypted ?? true });
  if (options.known ?? true) session.know(ROOM, ALICE, [ALICE]);
  const queue = createOutbox(session.context);
  ends.push(() => session.end());
  return { server, session, queue, storagePrefix };
}
