import type { UserId } from '@besace/protocol/core/ids';
import { pollEndEvent, pollResponseEvent, pollStartEvent } from '@besace/protocol/features/polls';
import { describe, expect, it } from 'vitest';
import type { QueuedItem } from '../outbox/outbox.ts';
import type { Content } from './event.ts';
import { ALICE, BOB, clear, EVE, id, must, ROOM, text, view } from './testing.ts';

const start = must(
  pollStartEvent({
    question: 'Quand ?',
    disclosed: true,
    maxSelections: 1,
    answers: [
      { id: 'a', text: 'lundi' },
      { id: 'b', text: 'mardi' },
    ],
  }),
);
const vote = pollResponseEvent(id('p'), ['a']);
const end = pollEndEvent(id('p'), 'Fini : lundi');

describe('a poll in the conversation', () => {
  it('[TIME-31] stands as it was started; votes and changes are silent', () => {
    const change = { 'm.new_content': start.content, 'm.relates_to': { rel_type: 'm.replace', event_id: id('p') } };
    const items = view([
      clear('p', BOB, start.type, start.content),
      clear('v', ALICE, vote.type, vote.content),
      clear('c', BOB, start.type, { ...start.content, ...change }),
    ]);
    expect(items.map(({ body }) => body)).toEqual([
      { kind: 'poll', question: 'Quand ?', answers: ['lundi', 'mardi'], disclosed: true },
    ]);
  });

  it('[TIME-31] its end is a line that answers it; so is an answer quoted by its question', () => {
    const [, ended, answer] = view([
      clear('p', BOB, start.type, start.content),
      clear('e', BOB, end.type, end.content),
      text('r', ALICE, 'Oui', { 'm.relates_to': { 'm.in_reply_to': { event_id: id('p') } } }),
    ]);
    expect(ended).toMatchObject({ body: { kind: 'text', text: 'Fini : lundi', notice: true } });
    expect(ended?.replyTo).toEqual({ eventId: id('p'), senderName: 'bob', text: 'Quand ?' });
    expect(answer?.replyTo?.text).toBe('Quand ?');
  });

  it('[TIME-31] [T3] an end by who may not end it, or of no poll, is no line', () => {
    const poll = clear('p', BOB, start.type, start.content);
    const ends = (sender: UserId, content: Content) =>
      view([poll, clear('e', sender, end.type, content)]).some(({ body }) => body.kind === 'text');
    const { 'm.relates_to': _relation, ...aimless } = end.content;
    expect(ends(EVE, end.content)).toBe(false);
    expect(ends(BOB, aimless)).toBe(false);
    expect([ends(BOB, end.content), ends(ALICE, end.content)]).toEqual([true, true]);
    // Its poll stands further up, and is not here.
    expect(view([clear('e', BOB, end.type, end.content)])).toHaveLength(1);
  });

  it('[TIME-31] [T1] one in clear is shown as not encrypted, and one without a question not at all', () => {
    const bodies = view([
      clear('p', BOB, start.type, start.content, { encrypted: false }),
      clear('q', BOB, start.type, { body: 'x' }),
    ]).map(({ body }) => body);
    expect(bodies).toEqual([{ kind: 'locked', why: 'not-encrypted' }]);
  });

  it('[TIME-8] [TIME-31] mine shows before it left; a vote on its way shows nowhere here', () => {
    const item = (seq: number, work: QueuedItem['work']): QueuedItem => ({
      id: `t${seq}`,
      roomId: ROOM,
      seq,
      since: 1,
      work,
      state: { kind: 'waiting' },
    });
    const echoes = [start, vote].map(({ type, content }, seq) => ({
      item: item(seq, { kind: 'event', type, content }),
      eventId: null,
    }));
    expect(view([], { echoes }).map(({ body }) => body.kind)).toEqual(['poll']);
  });
});
