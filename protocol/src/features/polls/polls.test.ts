import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { EventId, RoomId, UserId } from '../../core/ids.ts';
import type { ClearEvent } from '../../core/relations.ts';
import {
  anyHostile,
  anyUser,
  CONTRIBUTOR,
  eventId,
  MANAGER,
  OUTSIDER,
  OWNER,
  READER,
} from '../../testing/arbitraries.ts';
import { LAW_TIMEOUT, runs } from '../../testing/runs.ts';
import { pollEndEvent, pollResponseEvent, pollStartEvent } from './content.ts';
import { fallbackIn, MAX_ANSWERS, type PollStart, parsePollStart } from './schema.ts';
import { type Tally, type TallyInput, tallyPoll } from './tally.ts';

vi.setConfig({ testTimeout: LAW_TIMEOUT });

const room = '!room' as RoomId;
const asked: PollStart = {
  question: 'Quand se voir ?',
  disclosed: true,
  maxSelections: 2,
  answers: ['lundi', 'mardi', 'jeudi'].map((text) => ({ id: text, text })),
};
const start = event('$poll', OWNER, pollStartEvent(asked));
const everybody: ReadonlySet<UserId> = new Set([OWNER, MANAGER, CONTRIBUTOR, READER]);

function event(
  id: string,
  sender: UserId,
  made: ReturnType<typeof pollStartEvent> | ReturnType<typeof pollEndEvent>,
): ClearEvent {
  const sent = 'ok' in made ? (made.ok ? made.value : null) : made;
  if (sent === null) throw new Error('the poll of the test is refused');
  const { type, content } = sent;
  return {
    eventId: eventId(id),
    roomId: room,
    sender,
    type,
    isState: false,
    encrypted: true,
    content,
    wireRelation: undefined,
  };
}

let made = 0;
function vote(sender: UserId, ...answers: string[]): ClearEvent {
  made += 1;
  return event(`$vote${made}`, sender, pollResponseEvent(start.eventId, answers));
}

function end(sender: UserId): ClearEvent {
  made += 1;
  return event(`$end${made}`, sender, pollEndEvent(start.eventId, 'fini'));
}

function tally(events: readonly ClearEvent[], more: Partial<TallyInput> = {}): Tally {
  const counted = tallyPoll({ start, events, removed: new Set(), electorate: everybody, mayEnd: () => false, ...more });
  if (counted === null) throw new Error('no poll');
  return counted;
}

const numbers = ({ votes }: Tally): readonly number[] => [...votes.values()].map((people) => people.length);

describe('reading a poll', () => {
  it('[POLL-1] [POLL-8] reads back what it writes, which is what Element writes', () => {
    expect(parsePollStart(start.content)).toEqual(asked);
    expect(start).toMatchObject({
      type: 'org.matrix.msc3381.poll.start',
      content: {
        'org.matrix.msc1767.text': 'Quand se voir ?\n1. lundi\n2. mardi\n3. jeudi',
        'org.matrix.msc3381.poll.start': {
          kind: 'org.matrix.msc3381.poll.disclosed',
          max_selections: 2,
          question: { 'org.matrix.msc1767.text': 'Quand se voir ?' },
          answers: [{ id: 'lundi', 'org.matrix.msc1767.text': 'lundi' }, {}, {}],
        },
      },
    });
    expect(fallbackIn(end(OWNER).content)).toBe('fini');
  });

  it('[POLL-1] reads the later names too', () => {
    const answers = [{ 'm.id': 'a', 'm.text': [{ mimetype: 'text/html', body: '<b>A</b>' }, { body: 'A' }] }];
    const content = { 'm.poll': { kind: 'm.disclosed', question: { 'm.text': [{ body: 'Q' }] }, answers } };
    expect(parsePollStart(content)).toEqual({
      question: 'Q',
      disclosed: true,
      maxSelections: 1,
      answers: [{ id: 'a', text: 'A' }],
    });
  });

  it('[POLL-1] [T3] bounds what comes, and takes an unknown kind for a closed poll', () => {
    const answers = Array.from({ length: 30 }, (_, index) => ({ id: `${index % 25}`, body: `${'x'.repeat(3_000)}` }));
    const content = {
      'org.matrix.msc3381.poll.start': { question: { body: 'Q' }, kind: 'new', max_selections: 1e9, answers },
    };
    const poll = parsePollStart(content);
    expect(poll).toMatchObject({ disclosed: false, maxSelections: MAX_ANSWERS });
    expect(poll?.answers).toHaveLength(MAX_ANSWERS);
    expect(poll?.answers[0]?.text).toHaveLength(2_000);
  });

  it.each([
    ['question', { ...asked, question: ' ' }],
    ['answers', { ...asked, answers: asked.answers.slice(0, 1) }],
    ['answers', { ...asked, answers: Array.from({ length: 21 }, (_, index) => ({ id: `${index}`, text: 'x' })) }],
    ['text-too-long', { ...asked, question: 'x'.repeat(341) }],
    ['max-selections', { ...asked, maxSelections: 4 }],
  ])('[POLL-8] does not write one whose %s cannot be', (why, poll) => {
    expect(pollStartEvent(poll)).toEqual({ ok: false, error: why });
  });
});

describe('counting', () => {
  it('[POLL-3] counts the last response of each', () => {
    const counted = tally([vote(MANAGER, 'lundi'), vote(READER, 'mardi', 'jeudi'), vote(MANAGER, 'mardi')]);
    expect(numbers(counted)).toEqual([0, 2, 1]);
    expect(counted.votes.get('mardi')).toEqual([READER, MANAGER]);
    expect([...counted.leading]).toEqual(['mardi']);
  });

  it('[POLL-3] takes a vote back by an empty response, or one that names no answer of the poll', () => {
    expect(numbers(tally([vote(MANAGER, 'lundi'), vote(MANAGER)]))).toEqual([0, 0, 0]);
    expect(numbers(tally([vote(MANAGER, 'lundi'), vote(MANAGER, 'lundi', 'samedi')]))).toEqual([0, 0, 0]);
    expect(tally([vote(MANAGER, '__proto__')]).choices.size).toBe(0);
  });

  it('[POLL-3] cuts what is more than allowed, and counts an answer once', () => {
    expect(numbers(tally([vote(MANAGER, 'jeudi', 'mardi', 'lundi')]))).toEqual([0, 1, 1]);
    expect(numbers(tally([vote(MANAGER, 'lundi', 'lundi')]))).toEqual([1, 0, 0]);
  });

  it('[POLL-2] counts members of then alone', () => {
    const counted = tally([vote(OUTSIDER, 'lundi'), vote(READER, 'lundi')]);
    expect(numbers(counted)).toEqual([1, 0, 0]);
    expect(counted.uncounted.strangers).toBe(1);
    expect(numbers(tally([vote(OUTSIDER, 'lundi')], { electorate: null }))).toEqual([1, 0, 0]);
  });

  it('[POLL-2] [T1] counts neither what is clear nor what a server could have aimed', () => {
    const clear = { ...vote(MANAGER, 'lundi'), encrypted: false };
    const { 'm.relates_to': relation, ...content } = pollResponseEvent(start.eventId, ['mardi']).content;
    const aimed = { ...vote(READER, 'mardi'), content, wireRelation: relation };
    const counted = tally([clear, aimed]);
    expect(numbers(counted)).toEqual([0, 0, 0]);
    expect(counted.uncounted).toEqual({ strangers: 0, late: 0, unproven: 1 });
  });

  it('[POLL-4] ends by the author, or by who may remove; what comes after does not count', () => {
    const byNobody = end(READER);
    const counted = tally(
      [
        vote(READER, 'lundi'),
        byNobody,
        vote(MANAGER, 'lundi'),
        end(MANAGER),
        vote(READER, 'mardi'),
        vote(CONTRIBUTOR, 'lundi'),
      ],
      {
        mayEnd: ({ sender }) => sender === MANAGER,
      },
    );
    expect(counted.end?.by).toBe(MANAGER);
    expect(numbers(counted)).toEqual([2, 0, 0]);
    expect(counted.uncounted.late).toBe(1);
    expect(tally([end(OWNER)]).end?.by).toBe(OWNER);
    expect(tally([{ ...end(OWNER), encrypted: false }]).end).toBeNull();
  });

  it('[POLL-6] leaves out what was removed: then the one before counts', () => {
    const last = vote(MANAGER, 'mardi');
    expect(numbers(tally([vote(MANAGER, 'lundi'), last], { removed: new Set([last.eventId]) }))).toEqual([1, 0, 0]);
  });

  it('[POLL-7] takes a change of the author until somebody else has voted', () => {
    const fresh = pollStartEvent({ ...asked, question: 'Quel jour ?' });
    if (!fresh.ok) throw new Error('refused');
    const edit: ClearEvent = {
      ...start,
      eventId: eventId('$edit'),
      content: {
        'm.new_content': fresh.value.content,
        'm.relates_to': { rel_type: 'm.replace', event_id: start.eventId },
      },
    };
    expect(tally([vote(OWNER, 'lundi'), edit]).poll.question).toBe('Quel jour ?');
    expect(tally([vote(MANAGER, 'lundi'), edit]).poll.question).toBe('Quand se voir ?');
    expect(tally([{ ...edit, sender: MANAGER }]).poll.question).toBe('Quand se voir ?');
  });
});

describe('laws', () => {
  const anyVote = fc
    .tuple(anyUser, fc.array(fc.constantFrom('lundi', 'mardi', 'jeudi', 'samedi'), { maxLength: 4 }))
    .map(([sender, answers]) => vote(sender, ...answers));
  const anyVotes = fc.array(anyVote, { maxLength: 30 });
  const result = (counted: Tally) => [...counted.votes].map(([id, people]) => [id, [...people].sort()]);

  it('[POLL-5] [T4] the result does not depend on how people’s votes lie between one another, nor on repetition', () => {
    fc.assert(
      fc.property(anyVotes, fc.array(fc.nat(), { minLength: 30, maxLength: 30 }), (votes, at) => {
        const bySender = new Map<UserId, ClearEvent[]>();
        for (const one of votes) bySender.set(one.sender, [...(bySender.get(one.sender) ?? []), one]);
        const queues = [...bySender.values()].map((queue) => [...queue]);
        const mixed: ClearEvent[] = [];
        while (queues.some((queue) => queue.length > 0)) {
          const full = queues.filter((queue) => queue.length > 0);
          const next = full[(at[mixed.length] ?? 0) % full.length]?.shift();
          if (next !== undefined) mixed.push(next);
        }
        expect(result(tally([...mixed, ...votes]))).toEqual(result(tally(votes)));
      }),
      { numRuns: runs() },
    );
  });

  it('[POLL-2] [POLL-3] nobody has more than she may, and only members have something', () => {
    fc.assert(
      fc.property(anyVotes, (votes) => {
        const { choices, votes: counted } = tally(votes);
        for (const [user, chosen] of choices) {
          expect(everybody.has(user)).toBe(true);
          expect(chosen.length).toBeLessThanOrEqual(asked.maxSelections);
        }
        const given = [...choices.values()].reduce((sum, chosen) => sum + chosen.length, 0);
        expect([...counted.values()].reduce((sum, people) => sum + people.length, 0)).toBe(given);
      }),
      { numRuns: runs() },
    );
  });

  it('[POLL-4] [POLL-6] what comes after the end, and what was removed, change nothing', () => {
    fc.assert(
      fc.property(anyVotes, anyVotes, anyVotes, (before, removed, after) => {
        const gone = new Set<EventId>(removed.map((one) => one.eventId));
        const last = end(OWNER);
        expect(result(tally([...removed, ...before, last, ...after], { removed: gone }))).toEqual(
          result(tally(before)),
        );
      }),
      { numRuns: runs() },
    );
  });

  it('[POLL-1] [T3] [T7] never throws, whatever comes', () => {
    fc.assert(
      fc.property(anyHostile, anyHostile, anyHostile, (content, poll, answers) => {
        parsePollStart(content);
        parsePollStart({ 'm.poll': poll, 'org.matrix.msc3381.poll.start': { question: content, answers } });
        const about = { rel_type: 'm.reference', event_id: start.eventId };
        const hostile = {
          'm.relates_to': about,
          'm.selections': answers,
          'org.matrix.msc3381.poll.response': { answers },
        };
        const said = { ...vote(MANAGER), content: hostile };
        tallyPoll({
          start: { ...start, content },
          events: [said],
          removed: new Set(),
          electorate: null,
          mayEnd: () => true,
        });
        expect(
          tally([vote(READER, 'lundi'), said, { ...said, content }, { ...said, type: 'm.poll.end' }]).choices.get(
            READER,
          ),
        ).toEqual(['lundi']);
      }),
      { numRuns: runs() },
    );
  });
});
