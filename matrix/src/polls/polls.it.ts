import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Poll, TimelineItem } from '../api/types.ts';
import { must } from '../outbox/testing.ts';
import { converse, look, newPerson, type Person, type Sight } from '../timeline/person.ts';
import { eventually } from '../upstream/world.ts';

type Watching = { last(): Poll; seen(check: (poll: Poll) => boolean): Promise<Poll> };

async function watch(person: Person, room: RoomId, poll: EventId): Promise<Watching> {
  let last: Poll | undefined;
  await person.api.watchPoll(room, poll, (now) => {
    last = now;
  });
  await eventually(() => last !== undefined);
  const now = () => {
    if (last === undefined) throw new Error('no poll');
    return last;
  };
  return { last: now, seen: (check) => eventually(() => (check(now()) ? now() : false)) };
}

const numbers = (poll: Poll) => poll.choices.map(({ votes }) => votes);
const pollIn = (sight: Sight, question: string): Promise<TimelineItem & { eventId: EventId }> =>
  eventually(() => {
    const found = sight.last().items.find(({ body }) => body.kind === 'poll' && body.question === question);
    return found?.eventId == null ? false : { ...found, eventId: found.eventId };
  });

describe('polls across two ministries', () => {
  let alice: Person;
  let bob: Person;
  let room: RoomId;
  let atAlice: Sight;
  let atBob: Sight;

  // Each try begins in a room of its own: who is in it decides who votes.
  beforeEach(async () => {
    [alice, bob] = await Promise.all([newPerson('interieur', 'alice'), newPerson('culture', 'bob')]);
    room = await converse(alice, bob);
    [atAlice, atBob] = [await look(alice, room), await look(bob, room)];
  });

  it('[POLL-10] [POLL-11] [POLL-13] an open poll: votes both ways, a changed mind, a newcomer without a vote, an end', async () => {
    must(
      await alice.api.startPoll(room, {
        question: 'Quand se voir ?',
        answers: ['lundi', 'mardi', 'jeudi'],
        disclosed: true,
        maxSelections: 2,
      }),
    );
    const { eventId } = await pollIn(atBob, 'Quand se voir ?');
    const [seenByAlice, seenByBob] = [await watch(alice, room, eventId), await watch(bob, room, eventId)];
    const [monday, tuesday] = seenByBob.last().choices.map(({ id }) => id);
    if (monday === undefined || tuesday === undefined) throw new Error('no answers');
    await seenByBob.seen(({ electorate, loading }) => electorate === 2 && !loading);

    must(await bob.api.votePoll(room, eventId, [monday]));
    await seenByAlice.seen(({ choices }) => choices[0]?.people[0]?.userId === bob.account.userId);
    must(await bob.api.votePoll(room, eventId, [tuesday]));
    must(await alice.api.votePoll(room, eventId, [monday, tuesday]));
    const counted = await seenByBob.seen((poll) => poll.voters === 2 && numbers(poll).join() === '1,2,0');
    expect(counted.choices[1]).toMatchObject({ mine: true, leads: true });
    await seenByAlice.seen((poll) => numbers(poll).join() === '1,2,0' && poll.sending === null);

    // Who comes later reads the poll, and has no vote in it.
    const carol = await newPerson('culture', 'carol');
    must(await alice.api.invite(room, carol.account.userId));
    await eventually(async () => (await carol.api.join(room)).ok);
    const seenByCarol = await watch(carol, room, eventId);
    await seenByCarol.seen((poll) => poll.electorate === 2 && !poll.mayVote && numbers(poll).join() === '1,2,0');
    must(await carol.api.votePoll(room, eventId, [monday]));
    await seenByAlice.seen(({ uncounted }) => uncounted.strangers === 1);

    // Bob may not end it; Alice may, and then nothing changes any more.
    expect(seenByBob.last().mayEnd).toBe(false);
    must(await bob.api.endPoll(room, eventId, 'Fini'));
    must(await bob.api.votePoll(room, eventId, [monday]));
    await seenByAlice.seen((poll) => numbers(poll).join() === '2,1,0' && poll.end === null);
    must(await alice.api.endPoll(room, eventId, 'Le sondage est terminé : lundi'));
    for (const seen of [seenByAlice, seenByBob, seenByCarol]) await seen.seen(({ end }) => end !== null);
    must(await bob.api.votePoll(room, eventId, [tuesday]));
    must(await bob.api.sendText(room, { text: 'Trop tard' }));
    await atAlice.find('Trop tard');
    expect(numbers(seenByAlice.last())).toEqual([2, 1, 0]);
    const ended = await atBob.find('Le sondage est terminé : lundi');
    expect(ended.replyTo).toMatchObject({ eventId, text: 'Quand se voir ?' });
    // Read anew, from the history alone, it is the same.
    const anew = await look(carol, room);
    await pollIn(anew, 'Quand se voir ?');
    const final = await seenByCarol.seen((poll) => poll.end !== null);
    expect(numbers(final)).toEqual([2, 1, 0]);
  });

  it('[POLL-12] a closed poll tells nothing before its end, and no names after it', async () => {
    const input = { question: 'Pour ou contre ?', answers: ['pour', 'contre'], disclosed: false, maxSelections: 1 };
    must(await bob.api.startPoll(room, input));
    const { eventId } = await pollIn(atAlice, 'Pour ou contre ?');
    const [seenByAlice, seenByBob] = [await watch(alice, room, eventId), await watch(bob, room, eventId)];
    const yes = seenByAlice.last().choices[0]?.id ?? '';
    must(await alice.api.votePoll(room, eventId, [yes]));
    const running = await seenByBob.seen(({ voters }) => voters === 1);
    expect(running.choices).toMatchObject([
      { votes: null, people: [], leads: false },
      { votes: null, people: [], leads: false },
    ]);
    // Alice made the room, and may end what Bob began.
    await seenByAlice.seen(({ mayEnd }) => mayEnd);
    must(await alice.api.endPoll(room, eventId, 'Fini'));
    const ended = await seenByBob.seen(({ end }) => end?.by.userId === alice.account.userId);
    expect(ended.choices).toMatchObject([
      { votes: 1, people: [], leads: true },
      { votes: 0, people: [] },
    ]);
  });
});
