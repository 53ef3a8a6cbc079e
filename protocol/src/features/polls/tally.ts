import type { EventId, UserId } from '../../core/ids.ts';
import { type ClearEvent, checkEdit, relationOf } from '../../core/relations.ts';
import { isPollEnd, isPollResponse, isPollStart, type PollStart, parsePollStart, parseSelections } from './schema.ts';

export type TallyInput = {
  /** The poll as it was started. */
  readonly start: ClearEvent;
  /** What speaks about it, in the order of the room's history; one that is there twice stands where it is first. */
  readonly events: readonly ClearEvent[];
  /** Those that somebody removed who may. */
  readonly removed: ReadonlySet<EventId>;
  /** The joined members where the poll stands in the history; null while that is not known: then everybody's vote is counted for now. */
  readonly electorate: ReadonlySet<UserId> | null;
  /** Whether this end's sender could remove messages where it stands in the history. Asked only of who is not the author. */
  mayEnd(end: ClearEvent): boolean;
};

export type Tally = {
  readonly poll: PollStart;
  /** For every answer, who chose it, in the order of their last votes. */
  readonly votes: ReadonlyMap<string, readonly UserId[]>;
  /** What each of those whose vote counts chose. */
  readonly choices: ReadonlyMap<UserId, readonly string[]>;
  /** The event whose response counts, by person: also where it took a vote back. */
  readonly counted: ReadonlyMap<UserId, EventId>;
  readonly end: { readonly eventId: EventId; readonly by: UserId } | null;
  /** Answers with the most votes; none without a vote. */
  readonly leading: ReadonlySet<string>;
  /** People whose responses do not count, and why. */
  readonly uncounted: {
    /** They were not members when the poll began. */
    readonly strangers: number;
    /** They voted after the end only. */
    readonly late: number;
    /** Nothing inside the response says that it is for this poll: a server could have aimed it. */
    readonly unproven: number;
  };
};

/** Counts a poll (POLL-2 to POLL-7); null when it is none. Pure, and total on whatever the events hold. */
export function tallyPoll(input: TallyInput): Tally | null {
  const { start, electorate } = input;
  let poll = parsePollStart(start.content);
  if (poll === null || !isPollStart(start.type) || start.isState) return null;
  const last = new Map<UserId, { readonly eventId: EventId; readonly answers: readonly string[] }>();
  const strangers = new Set<UserId>();
  const late = new Set<UserId>();
  const unproven = new Set<UserId>();
  let end: Tally['end'] = null;
  let voted = false;
  for (const event of once(input.events, input.removed)) {
    if (event.isState || event.roomId !== start.roomId || (start.encrypted && !event.encrypted)) continue;
    const relation = relationOf(event);
    if (relation?.eventId !== start.eventId) continue;
    const proven = relation.proven || !start.encrypted;
    const { sender } = event;
    if (isPollResponse(event.type) && relation.relType === 'm.reference') {
      if (!proven) unproven.add(sender);
      else if (electorate !== null && !electorate.has(sender)) strangers.add(sender);
      else if (end !== null) late.add(sender);
      else {
        voted ||= sender !== start.sender;
        // A person's place is that of her last vote.
        last.delete(sender);
        last.set(sender, { eventId: event.eventId, answers: selected(poll, event.content) });
      }
    } else if (isPollEnd(event.type) && relation.relType === 'm.reference' && proven && end === null) {
      if (sender === start.sender || input.mayEnd(event)) end = { eventId: event.eventId, by: sender };
    } else if (relation.relType === 'm.replace' && !voted && end === null) {
      poll = changed(start, event) ?? poll;
    }
  }
  return { poll, end, ...count(poll, last), uncounted: sizes({ strangers, late, unproven }, last) };
}

function count(
  poll: PollStart,
  last: ReadonlyMap<UserId, { readonly eventId: EventId; readonly answers: readonly string[] }>,
): Pick<Tally, 'votes' | 'choices' | 'counted' | 'leading'> {
  const votes = new Map<string, UserId[]>(poll.answers.map(({ id }) => [id, []]));
  const choices = new Map<UserId, readonly string[]>();
  for (const [user, { answers }] of last) {
    // The author may have voted on a version that she changed since.
    const known = answers.filter((id) => votes.has(id));
    if (known.length === 0) continue;
    choices.set(user, known);
    for (const id of known) votes.get(id)?.push(user);
  }
  const most = Math.max(0, ...[...votes.values()].map((people) => people.length));
  const leading = new Set([...votes].flatMap(([id, people]) => (most > 0 && people.length === most ? id : [])));
  const counted = new Map([...last].map(([user, { eventId }]) => [user, eventId]));
  return { votes, choices, counted, leading };
}

/** The answers that a response chooses: none where it names what is no answer (MSC3381: a spoiled vote). */
function selected(poll: PollStart, content: unknown): readonly string[] {
  const ids = parseSelections(content);
  const known = new Set(poll.answers.map(({ id }) => id));
  if (ids === null || ids.some((id) => !known.has(id))) return [];
  return [...new Set(ids.slice(0, poll.maxSelections))];
}

function changed(start: ClearEvent, event: ClearEvent): PollStart | null {
  const edit = checkEdit(start, event, { allowUnproven: false });
  return edit.ok ? parsePollStart(edit.value.content) : null;
}

function once(events: readonly ClearEvent[], removed: ReadonlySet<EventId>): ClearEvent[] {
  const known = new Set<EventId>(removed);
  return events.filter(({ eventId }) => !known.has(eventId) && known.add(eventId));
}

/** Who has a vote that counts is not among those whose vote does not. */
function sizes(
  sets: Readonly<Record<keyof Tally['uncounted'], ReadonlySet<UserId>>>,
  last: ReadonlyMap<UserId, unknown>,
): Tally['uncounted'] {
  const size = (people: ReadonlySet<UserId>) => [...people].filter((user) => !last.has(user)).length;
  return { strangers: size(sets.strangers), late: size(sets.late), unproven: size(sets.unproven) };
}
