import type { EventId, UserId } from '@besace/protocol/core/ids';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Receipt } from '../session/context.ts';
import { parseRawEvent } from '../sync/rawEvent.ts';
import type { TimelineEvent } from './event.ts';
import { ALICE, BOB, EVE, event, id, ROOM, redaction, text, view } from './testing.ts';
import { type Receipts, withReceipts } from './threads.ts';
import { append, EMPTY_WINDOW, replace, type Window } from './window.ts';

/** What happens in a room, one thing after the other; numbers choose among what was said before. */
type Happening =
  | { kind: 'say'; by: number; locked: boolean }
  | { kind: 'answer'; by: number; to: number; locked: boolean }
  | { kind: 'remove'; by: number; what: number }
  | { kind: 'read'; by: number; what: number; how: 'all' | 'main' | 'thread' }
  | { kind: 'key'; what: number }
  | { kind: 'again'; what: number };

const PEOPLE = [ALICE, BOB, EVE] as const;
const by = fc.nat({ max: 2 });
const what = fc.nat({ max: 1_000 });
const locked = fc.boolean();
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('say' as const), by, locked }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer' as const), by, to: what, locked }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), by, what }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      by,
      what,
      how: fc.constantFrom('all' as const, 'main' as const, 'thread' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('key' as const), what }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), what }) },
);

/** One line of the naive model: what was said, in the order of the stream. */
type Line = { name: string; sender: UserId; root: string | null; removed: boolean; shown: boolean };

it('[TIME-5] [TIME-25] [TIME-19] [T4] a long life of messages, threads, receipts, removals and late keys is what a naive model says', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 120 }), (life) => {
      const { events, receipts, lines, said } = live(life);
      const items = view(events, { threaded: receipts });
      expect(items.map((item) => item.id)).toEqual(
        lines.filter((line) => line.shown && line.root === null).map((line) => id(line.name)),
      );
      for (const item of items) {
        const root = item.id.slice(1);
        expect([item.id, summary(item.thread)]).toEqual([item.id, naiveSummary(root, lines, said)]);
        const inThread = view(events, { threaded: receipts, thread: id(root) });
        expect(readers(inThread)).toEqual(naiveReaders(lines, said, id(root)));
      }
      expect(readers(items)).toEqual(naiveReaders(lines, said, 'main'));
    }),
    { numRuns: 150, seed: 4 },
  );
});

function live(life: readonly Happening[]) {
  const lines: Line[] = [];
  const clear = new Map<string, TimelineEvent>();
  const said: Receipt[] = [];
  let window: Window = EMPTY_WINDOW;
  let receipts: Receipts = new Map();
  const pick = (all: readonly Line[], at: number) => all[at % Math.max(1, all.length)];
  const messages = () => lines.filter((line) => line.shown);
  const come = (line: Line, open: TimelineEvent, isLocked: boolean) => {
    lines.push(line);
    clear.set(line.name, open);
    window = append(window, [isLocked ? lock(open) : open]);
  };
  for (const [at, one] of life.entries()) {
    const name = `e${at}`;
    if (one.kind === 'say' || one.kind === 'answer') {
      const sender = PEOPLE[one.by] ?? ALICE;
      const beginnings = messages().filter((line) => line.root === null);
      const root = one.kind === 'answer' ? (pick(beginnings, one.to)?.name ?? null) : null;
      const relation = root === null ? {} : { 'm.relates_to': { rel_type: 'm.thread', event_id: id(root) } };
      come({ name, sender, root, removed: false, shown: true }, text(name, sender, name, relation), one.locked);
    } else if (one.kind === 'remove') {
      const target = pick(messages(), one.what);
      const sender = PEOPLE[one.by] ?? ALICE;
      if (target === undefined) continue;
      // Alice made the room; the others remove what is theirs.
      if (sender === ALICE || sender === target.sender) target.removed = true;
      come({ name, sender, root: null, removed: false, shown: false }, redaction(name, sender, target.name), false);
    } else if (one.kind === 'read') {
      const target = pick(lines, one.what);
      if (target === undefined) continue;
      const thread = one.how === 'all' ? null : one.how === 'main' ? 'main' : id(target.root ?? target.name);
      const receipt: Receipt = { user: PEOPLE[one.by] ?? ALICE, eventId: id(target.name), at: 0, thread };
      said.push(receipt);
      receipts = withReceipts(receipts, [receipt]);
    } else {
      const target = pick(lines, one.what);
      const open = target === undefined ? undefined : clear.get(target.name);
      if (open === undefined) continue;
      // A key that comes opens it; what comes a second time changes nothing, locked or not.
      window = one.kind === 'key' ? replace(window, [open]) : append(window, [lock(open)]);
    }
  }
  return { events: window.events, receipts, lines, said };
}

/** The same event while its key has not come: the relation beside its ciphertext is all that is known. */
function lock(open: TimelineEvent): TimelineEvent {
  if (open.reading.kind !== 'clear' || open.reading.type === 'm.room.redaction') return open;
  const relation = open.reading.content['m.relates_to'];
  const raw = parseRawEvent(
    {
      event_id: open.eventId,
      sender: open.sender,
      type: 'm.room.encrypted',
      content: relation === undefined ? {} : { 'm.relates_to': relation },
    },
    ROOM,
  );
  if (raw === null) throw new Error('not an event');
  const name = open.eventId.slice(1);
  return event(name, open.sender, { kind: 'locked', why: 'waiting-for-key', sessionId: null, raw });
}

/** Last word of a person for each thread; those that count in a scope, by their places. */
function places(said: readonly Receipt[], user: UserId, scope: EventId | 'main', lines: readonly Line[]): number[] {
  const lastOf = (thread: Receipt['thread']) =>
    said.findLast((receipt) => receipt.user === user && receipt.thread === thread);
  return [lastOf(null), lastOf(scope)].flatMap((receipt) =>
    receipt === undefined ? [] : [lines.findIndex((line) => id(line.name) === receipt.eventId)],
  );
}

function naiveSummary(root: string, lines: readonly Line[], said: readonly Receipt[]) {
  const answers = lines.filter((line) => line.root === root && !line.removed);
  if (answers.length === 0) return null;
  const own = answers.filter((line) => line.sender === ALICE).map((line) => lines.indexOf(line));
  const read = Math.max(-1, ...places(said, ALICE, id(root), lines), ...own);
  const unread = answers.filter((line) => line.sender !== ALICE && lines.indexOf(line) > read);
  return { count: answers.length, unread: unread.length, latest: answers.at(-1)?.sender };
}

function naiveReaders(lines: readonly Line[], said: readonly Receipt[], scope: EventId | 'main') {
  const inScope = (line: Line) =>
    line.shown && (scope === 'main' ? line.root === null : id(line.root ?? line.name) === scope);
  const found: string[] = [];
  for (const user of [BOB, EVE]) {
    const read = Math.max(-1, ...places(said, user, scope, lines));
    const line = lines.slice(0, read + 1).findLast(inScope);
    if (line !== undefined) found.push(`${user} ${id(line.name)}`);
  }
  return found.sort();
}

function readers(items: ReturnType<typeof view>): string[] {
  return items.flatMap((item) => item.readBy.map(({ userId }) => `${userId} ${item.id}`)).sort();
}

function summary(thread: ReturnType<typeof view>[number]['thread']) {
  return thread === null ? null : { count: thread.count, unread: thread.unread, latest: thread.latest?.sender.userId };
}
