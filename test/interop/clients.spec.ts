import type { Poll, TimelineItem } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, eventually } from '../src/harness/http.ts';
import { sharedWorld } from '../src/harness/shared.ts';
import { must, type Person, person, sharedRoom, watchTimeline } from '../src/hostile/person.ts';
import { type Peer, type PeerEvent, startPeer } from './peer.ts';
import { startSdkPeer } from './sdkPeer.ts';

/** Somebody at a client of others, and how her device gets signed. */
type Case = {
  readonly kind: 'nio' | 'mautrix' | 'matrix-js-sdk';
  readonly account: 'made in Besace' | 'its own';
  /** Whether it takes a name that was sealed for the room's name, when it comes while one is there. */
  readonly readsNames: boolean;
};

const CASES: readonly Case[] = [
  { kind: 'nio', account: 'made in Besace', readsNames: true },
  { kind: 'mautrix', account: 'its own', readsNames: false },
  { kind: 'matrix-js-sdk', account: 'its own', readsNames: true },
];

let alice: Person;
beforeAll(async () => {
  alice = await person('interieur', 'alice');
});

describe.each(CASES)('$kind, with an account that is $account', ({ kind, account, readsNames }) => {
  let theirs: Peer;
  let code: string | null;
  let room: RoomId;
  let seen: { items: readonly TimelineItem[] };

  beforeAll(async () => {
    const first = account === 'made in Besace' ? await person('culture', kind) : null;
    const owner = first?.account ?? (await sharedWorld().register('culture', kind));
    code = first?.code ?? null;
    theirs = await (kind === 'matrix-js-sdk' ? startSdkPeer(owner) : startPeer(kind, owner));
    room = await sharedRoom(alice, []);
    must(await alice.api.invite(room, theirs.userId as never));
    await theirs.join(room);
    seen = await watchTimeline(alice.api, room);
  });
  afterAll(() => theirs?.stop());

  it('[INTEROP-1][T2] is refused both ways while its device is not signed, and reads and speaks once it is', async () => {
    const unsigned = await theirs.send(room, 'm.room.message', { msgtype: 'm.text', body: 'unsigned' });
    expect((await shown(unsigned)).body).toEqual({ kind: 'locked', why: 'refused-sender' });
    const withheld = await said('not for unsigned devices');
    expect(await theirs.read(({ event_id }) => event_id === withheld)).toMatchObject({ encrypted: false });

    await theirs.sign(code);
    const signed = await theirs.send(room, 'm.room.message', { msgtype: 'm.text', body: 'signed' });
    // The message may come before the news of the signature, from server to server.
    await eventually(async () => (await shown(signed)).body.kind === 'text');
    expect(await shown(signed)).toMatchObject({ body: { text: 'signed' }, unproven: [], mine: false });
    await opened(await said('for signed devices'));
    expect(theirs.events.some(({ event_id, encrypted }) => event_id === withheld && encrypted)).toBe(false);
  });

  it('[INTEROP-2] reads our text, edits, replies and threads', async () => {
    const first = await said('a frist line');
    must(await alice.api.edit(room, first as never, { text: 'a first line' }));
    const edit = await theirs.read(({ content, encrypted }) => encrypted && relation(content).rel_type === 'm.replace');
    expect(edit).toMatchObject({ encrypted: true, content: { 'm.new_content': { body: 'a first line' } } });
    expect(relation(edit.content).event_id).toBe(first);
    const reply = await opened(await said('an answer', { replyTo: first }));
    expect(relation(reply.content)['m.in_reply_to']).toEqual({ event_id: first });
    must(await alice.api.sendText(room, { text: 'in the thread', threadRoot: first as never }));
    const inThread = await theirs.read(({ content }) => content.body === 'in the thread');
    expect(relation(inThread.content)).toMatchObject({ rel_type: 'm.thread', event_id: first });
  });

  it('[INTEROP-2] is read: text, edits, replies and threads', async () => {
    const first = await theirs.send(room, 'm.room.message', text('a frist line of theirs'));
    await shown(first);
    const edit = {
      ...text('* a first line of theirs'),
      'm.new_content': text('a first line of theirs'),
      'm.relates_to': { rel_type: 'm.replace', event_id: first },
    };
    await theirs.send(room, 'm.room.message', edit);
    await eventually(async () => (await shown(first)).edited);
    expect((await shown(first)).body).toMatchObject({ text: 'a first line of theirs' });
    const reply = await theirs.send(room, 'm.room.message', {
      ...text('an answer of theirs'),
      'm.relates_to': { 'm.in_reply_to': { event_id: first } },
    });
    expect(await shown(reply)).toMatchObject({ replyTo: { eventId: first, text: 'a first line of theirs' } });
    await theirs.send(room, 'm.room.message', {
      ...text('in the thread, theirs'),
      'm.relates_to': {
        rel_type: 'm.thread',
        event_id: first,
        is_falling_back: true,
        'm.in_reply_to': { event_id: first },
      },
    });
    await eventually(async () => (await shown(first)).thread?.latest?.text === 'in the thread, theirs');
  });

  it('[INTEROP-3] reacts, and reads reactions', async () => {
    const ours = await said('who is for?');
    await theirs.read(({ event_id, encrypted }) => event_id === ours && encrypted);
    await theirs.send(room, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: ours, key: '👍' } });
    const reacted = await eventually(async () => (await shown(ours)).reactions.find(({ key }) => key === '👍'));
    expect(reacted).toMatchObject({ count: 1, unproven: 1 });
    must(await alice.api.react(room, ours as never, '🎉'));
    const reaction = await theirs.read(({ type, sender }) => type === 'm.reaction' && sender === alice.userId);
    expect(reaction.encrypted).toBe(true);
    expect(relation(reaction.content)).toEqual({ rel_type: 'm.annotation', event_id: ours, key: '🎉' });
  });

  it('[INTEROP-4] gives and takes files', async () => {
    const content = 'Ordre du jour : été, œuvre, 100 €\n';
    const file = await theirs.upload(content, 'ordre.txt', 'text/plain');
    const info = { mimetype: 'text/plain', size: Buffer.byteLength(content) };
    const sent = await theirs.send(room, 'm.room.message', { msgtype: 'm.file', body: 'ordre.txt', file, info });
    const { body } = await shown(sent);
    if (body.kind !== 'file') throw new Error(`a file is shown as ${body.kind}`);
    expect(body.media.name).toBe('ordre.txt');
    expect(await must(await alice.api.download(body.media)).text()).toBe(content);

    must(await alice.api.sendFile(room, new Blob([content], { type: 'text/plain' }), { name: 'réponse.txt' }));
    const ours = await theirs.read(
      ({ content: { msgtype }, sender }) => msgtype === 'm.file' && sender === alice.userId,
    );
    expect(ours).toMatchObject({ encrypted: true, content: { body: 'réponse.txt' } });
    expect(await theirs.download(ours.content.file)).toBe(content);
  });

  it('[INTEROP-5] removes, and is removed from', async () => {
    const hers = await theirs.send(room, 'm.room.message', text('a slip of theirs'));
    await shown(hers);
    await theirs.redact(room, hers);
    await eventually(async () => (await shown(hers)).body.kind === 'removed');
    const ours = await said('a slip of ours');
    must(await alice.api.remove(room, ours as never));
    await theirs.read(
      ({ type, redacts, content }) => type === 'm.room.redaction' && (redacts ?? content.redacts) === ours,
    );
  });

  it('[INTEROP-6] is not disturbed by encrypted state, which the server cannot read', async () => {
    must(await alice.api.rename(room, 'Fusion des services'));
    await opened(await said('after the new name'));
    const state = await call<unknown>(alice.account, 'GET', `v3/rooms/${encodeURIComponent(room)}/state`);
    const events = state as readonly { type: string; state_key: string }[];
    expect(events.map(({ type }) => type)).not.toContain('m.room.name');
    expect(events.flatMap(({ type, state_key }) => (type === 'm.room.encrypted' ? state_key : []))).toContain(
      'm.room.name:',
    );
    expect(JSON.stringify(state)).not.toContain('Fusion des services');
    if (readsNames) await eventually(async () => (await theirs.roomName(room)) === 'Fusion des services');
    else expect(await theirs.roomName(room)).toBe(null);
  });

  it('[INTEROP-7] votes in our polls, and asks in its own', async () => {
    const question = { question: 'Which day?', answers: ['Monday', 'Tuesday'], disclosed: true, maxSelections: 1 };
    must(await alice.api.startPoll(room, question));
    const start = await theirs.read(({ type, encrypted }) => encrypted && type === `${POLL}.start`);
    const [monday] = v.parse(startSchema, start.content)[`${POLL}.start`].answers;
    const ours = await watchPoll(start.event_id);
    await theirs.send(room, `${POLL}.response`, {
      ...about(start.event_id),
      [`${POLL}.response`]: { answers: [monday?.id] },
    });
    await eventually(async () => ours.poll?.choices[0]?.votes === 1 && ours.poll.voters === 1);
    must(await alice.api.endPoll(room, start.event_id as never, 'Monday'));
    await theirs.read(
      ({ type, encrypted, content }) =>
        encrypted && type === `${POLL}.end` && relation(content).event_id === start.event_id,
    );

    const id = await theirs.send(room, `${POLL}.start`, {
      [TEXT]: 'Where?',
      [`${POLL}.start`]: {
        question: { [TEXT]: 'Where?' },
        kind: `${POLL}.disclosed`,
        max_selections: 1,
        answers: [
          { id: 'p', [TEXT]: 'Paris' },
          { id: 'l', [TEXT]: 'Lyon' },
        ],
      },
    });
    expect((await shown(id)).body.kind).toBe('poll');
    const hers = await watchPoll(id);
    await eventually(async () => hers.poll?.question === 'Where?' && hers.poll.mayVote);
    must(await alice.api.votePoll(room, id as never, ['l']));
    const vote = await theirs.read(
      ({ type, encrypted, content }) => encrypted && type === `${POLL}.response` && relation(content).event_id === id,
    );
    expect(vote.content[`${POLL}.response`]).toEqual({ answers: ['l'] });
    await theirs.send(room, `${POLL}.end`, { ...about(id), [TEXT]: 'Lyon', [`${POLL}.end`]: {} });
    await eventually(async () => hers.poll?.end?.by.userId === theirs.userId);
    expect(hers.poll?.choices.map(({ text, votes }) => [text, votes])).toEqual([
      ['Paris', 0],
      ['Lyon', 1],
    ]);
    ours.stop();
    hers.stop();
  });

  async function watchPoll(eventId: string): Promise<{ poll: Poll | null; stop(): void }> {
    const seenPoll: { poll: Poll | null; stop(): void } = { poll: null, stop: () => {} };
    seenPoll.stop = await alice.api.watchPoll(room, eventId as never, (poll) => {
      seenPoll.poll = poll;
    });
    return seenPoll;
  }

  /** Alice says it; gives its event id. */
  async function said(body: string, where: { replyTo?: string } = {}): Promise<string> {
    must(await alice.api.sendText(room, { text: body, ...(where as object) }));
    const written = ({ body: it }: TimelineItem) => it.kind === 'text' && it.text === body;
    return eventually(async () => seen.items.find(written)?.eventId ?? undefined);
  }

  /** Their client read it, decrypted. */
  async function opened(eventId: string): Promise<PeerEvent> {
    return theirs.read(({ event_id, encrypted }) => event_id === eventId && encrypted);
  }

  /** What Alice sees of it, once she sees it. */
  async function shown(eventId: string): Promise<TimelineItem> {
    return eventually(async () => seen.items.find((item) => item.eventId === eventId), 20_000);
  }
});

const POLL = 'org.matrix.msc3381.poll';
const TEXT = 'org.matrix.msc1767.text';
const startSchema = v.object({ [`${POLL}.start`]: v.object({ answers: v.array(v.object({ id: v.string() })) }) });

function about(poll: string) {
  return { 'm.relates_to': { rel_type: 'm.reference', event_id: poll } };
}

function text(body: string) {
  return { msgtype: 'm.text', body };
}

function relation(content: Record<string, unknown>): Record<string, unknown> {
  const value = content['m.relates_to'];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
