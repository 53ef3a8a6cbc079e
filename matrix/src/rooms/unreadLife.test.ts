import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../notify/rules.ts';
import { type Seen, UnreadRoom } from './unreadRoom.ts';

/*
 * A long random life of one room, told to `UnreadRoom` as a network would tell it (late, twice, with gaps, receipts ahead of their events,
 * keys long after), against a model that knows the whole story and counts it anew.
 */

type Said = {
  readonly id: string;
  readonly thread: string;
  readonly verdict: Verdict;
  readonly mine: boolean;
  readonly locked: boolean;
};

type Step =
  | { readonly kind: 'say'; readonly thread: number; readonly verdict: Verdict; readonly locked: boolean }
  | { readonly kind: 'state' }
  | { readonly kind: 'answer'; readonly thread: number }
  | { readonly kind: 'read'; readonly back: number; readonly scope: 'main' | 'thread' | 'all'; readonly early: boolean }
  | { readonly kind: 'remove'; readonly back: number }
  | { readonly kind: 'key'; readonly back: number }
  | { readonly kind: 'deliver'; readonly lost: number; readonly again: number }
  | { readonly kind: 'connect' };

const THREADS = ['main', '$one', '$two'];
const back = fc.integer({ min: 0, max: 30 });
const thread = fc.integer({ min: 0, max: THREADS.length - 1 });
const verdict = fc.constantFrom<Verdict>('quiet', 'notify', 'highlight');

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('say'), thread, verdict, locked: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('state') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('answer'), thread }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read'),
      back,
      scope: fc.constantFrom('main', 'thread', 'all'),
      early: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove'), back }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('key'), back }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deliver'),
      lost: fc.integer({ min: 0, max: 8 }),
      again: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('connect') }) },
) as fc.Arbitrary<Step>;

/** The whole story, as one who sees everything would keep it. */
class Story {
  readonly events: Said[] = [];
  readonly removed = new Set<string>();
  readonly opened = new Set<string>();
  /** By scope: the latest place that was read. */
  readonly read = new Map<string, number>();

  add(event: Omit<Said, 'id'>): void {
    this.events.push({ ...event, id: `$${this.events.length}` });
    if (event.mine) this.reach(event.thread, this.events.length - 1);
  }

  reach(scope: string, place: number): void {
    this.read.set(scope, Math.max(this.read.get(scope) ?? -1, place));
  }

  counts(): { unread: number; highlights: number } {
    const unread = this.events.filter((event, place) => {
      const until = Math.max(this.read.get('all') ?? -1, this.read.get(event.thread) ?? -1);
      return !event.mine && place > until && !this.removed.has(event.id) && this.verdict(event) !== 'quiet';
    });
    return { unread: unread.length, highlights: unread.filter((event) => this.verdict(event) === 'highlight').length };
  }

  /** What is locked counts, and calls nobody by name. */
  verdict(event: Said): Verdict {
    return event.locked && !this.opened.has(event.id) ? 'notify' : event.verdict;
  }

  fromEnd(places: number): number {
    return Math.max(0, this.events.length - 1 - places);
  }
}

/** The same story through a network. */
class Told {
  readonly story: Story;
  readonly room = new UnreadRoom();
  #sent = 0;

  constructor(story: Story) {
    this.story = story;
  }

  /** Sends what is new, after leaving out `lost` of it: then it says that there is a gap. The last `again` of before come once more. */
  deliver(lost: number, again: number): void {
    const { events } = this.story;
    const from = lost > 0 ? Math.min(this.#sent + lost, events.length - 1) : this.#sent - again;
    this.#arrive(events.slice(Math.max(0, from)), from > this.#sent);
  }

  /** A new connection brings the newest event only. */
  connect(): void {
    this.#arrive(this.story.events.slice(-1), true);
  }

  #arrive(events: readonly Said[], gap: boolean): void {
    if (events.length === 0) return;
    this.#sent = this.story.events.length;
    this.room.arrive(events.map(seen), { gap, live: true });
    for (const event of events) this.judge(event);
  }

  judge(event: Said): void {
    const isMessage = !event.mine && event.verdict !== 'quiet';
    const { thread } = event;
    this.room.judge(event.id, isMessage || event.locked ? { thread, verdict: this.story.verdict(event) } : null);
  }

  /** Reads the history back, some at a time, until nothing is missing. */
  catchUp(): void {
    const newestFirst = this.story.events.toReversed();
    this.room.beginWalk();
    for (let at = 0; this.room.wantsHistory && at <= newestFirst.length; at += 4) {
      const page = newestFirst.slice(at, at + 4);
      this.room.goBack(page.map(seen), at + 4 >= newestFirst.length);
      for (const event of page) this.judge(event);
    }
  }
}

function seen(event: Said): Seen {
  return { eventId: event.id, reads: event.mine ? event.thread : null };
}

/** Lets the story happen, and the network tell of it. */
function live(steps: readonly Step[], told: Told): void {
  const { story, room } = told;
  // One has come into the room: what was there before is not for her to read.
  story.add({ thread: 'all', verdict: 'quiet', mine: true, locked: false });
  told.deliver(0, 0);
  for (const step of steps) take(step, story, told, room);
}

function take(step: Step, story: Story, told: Told, room: UnreadRoom): void {
  switch (step.kind) {
    case 'say':
      story.add({ thread: THREADS[step.thread] ?? 'main', verdict: step.verdict, mine: false, locked: step.locked });
      return;
    case 'state':
      story.add({ thread: 'main', verdict: 'quiet', mine: false, locked: false });
      return;
    case 'answer':
      story.add({ thread: THREADS[step.thread] ?? 'main', verdict: 'quiet', mine: true, locked: false });
      return;
    case 'read': {
      // The receipt may come before the event that it names.
      if (!step.early) told.deliver(0, 0);
      const place = story.fromEnd(step.back);
      const event = story.events[place];
      if (event === undefined) return;
      const scope = step.scope === 'thread' ? event.thread : step.scope;
      // No application goes back; only what the server repeats is older.
      if (step.early && place <= (story.read.get(scope) ?? -1)) return;
      story.reach(scope, place);
      room.read(scope, event.id);
      return;
    }
    case 'remove': {
      const event = story.events[story.fromEnd(step.back)];
      if (event === undefined || event.mine) return;
      story.removed.add(event.id);
      room.remove(event.id);
      return;
    }
    case 'key': {
      const event = story.events[story.fromEnd(step.back)];
      if (event === undefined) return;
      story.opened.add(event.id);
      told.judge(event);
      return;
    }
    case 'deliver':
      told.deliver(step.lost, step.again);
      return;
    case 'connect':
      told.connect();
  }
}

describe('the life of a room', () => {
  it('[ROOM-14] [ROOM-15] [ROOM-13] whatever comes late, twice, or not at first: once all is told, the counts are those of the whole story', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
        const told = new Told(new Story());
        live(steps, told);
        told.deliver(0, 0);
        told.catchUp();
        expect(told.room.counts()).toEqual(told.story.counts());
      }),
      { numRuns: 1_000 },
    );
  });

  it('[ROOM-14] never stuck: who has read to the end has nothing unread', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), fc.boolean(), (steps, caughtUp) => {
        const told = new Told(new Story());
        live(steps, told);
        told.deliver(0, 0);
        if (caughtUp) told.catchUp();
        const last = told.story.events.at(-1);
        told.room.read('all', last?.id ?? '');
        expect(told.room.counts()).toEqual({ unread: 0, highlights: 0 });
        expect(told.room.wantsHistory).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
