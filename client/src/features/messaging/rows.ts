import type { Missed, TimelineItem } from '@besace/matrix/api/types';

/** One line of the conversation as it is drawn. `key` is stable while the row stands for the same thing. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'unread'; readonly key: string }
  /** What came during a long absence, in one line. */
  | { readonly kind: 'missed'; readonly key: string; readonly missed: Missed }
  /** `opens`: the first of its group, which shows sender and time. */
  | { readonly kind: 'message'; readonly key: string; readonly item: TimelineItem; readonly opens: boolean }
  /** Something that happened. More than one item: folded, to be opened by hand. */
  | { readonly kind: 'notice'; readonly key: string; readonly items: readonly TimelineItem[] };

export type RowOptions = {
  /** The first item that was unread when the room was opened. */
  readonly unreadFrom: string | null;
  readonly missed?: Missed | null;
  /** The local calendar day of a server time in ms, as a comparable string. */
  dayOf(at: number): string;
};

/** A longer silence than this opens a new group (MSG-2), in ms. */
const groupGap = 5 * 60_000;
/** What the creator sets up within this time of the creation belongs to it, in ms. */
const birthMs = 10_000;

/** Turns a timeline into rows (MSG-1 to MSG-4). Pure; items keep the order that they came in (T4). */
export function timelineRows(items: readonly TimelineItem[], options: RowOptions): readonly Row[] {
  const rows: Row[] = [];
  let day: string | null = null;
  let previous: TimelineItem | null = null;

  for (const item of items) {
    if (!item.doubtfulDate) {
      const today = options.dayOf(item.at);
      if (today !== day) {
        rows.push({ kind: 'day', key: `day ${today} ${item.id}`, at: item.at });
        day = today;
        previous = null;
      }
    }
    if (item.id === options.unreadFrom) {
      rows.push({ kind: 'unread', key: 'unread' });
      if (options.missed != null) rows.push({ kind: 'missed', key: 'missed', missed: options.missed });
      previous = null;
    }
    if (isNotice(item)) {
      addNotice(rows, item, previous);
      previous = item;
      continue;
    }
    const opens = previous === null || isNotice(previous) || !sameGroup(previous, item);
    rows.push({ kind: 'message', key: item.id, item, opens });
    previous = item;
  }
  return rows;
}

/** Whether this is something that happened, and not something that somebody said. */
export function isNotice(item: TimelineItem): boolean {
  const kind = item.body.kind;
  return kind === 'membership' || kind === 'device' || kind === 'room' || kind === 'object';
}

/** Where a room opens: the unread line, else the end (MSG-7). */
export function openingRow(rows: readonly Row[]): number {
  const unread = rows.findIndex((row) => row.kind === 'unread');
  return unread === -1 ? rows.length - 1 : unread;
}

/** The latest text of mine that can still be edited, for Up in an empty composer (MSG-11). */
export function lastEditable(items: readonly TimelineItem[]): TimelineItem | null {
  return items.findLast(canEdit) ?? null;
}

export function canEdit(item: TimelineItem): boolean {
  return item.mine && item.eventId !== null && item.body.kind === 'text' && !item.body.notice;
}

/** Whether one can answer it or react to it: it was said, it can be read, and the server has it. */
export function canAnswer(item: TimelineItem): boolean {
  return item.eventId !== null && !isNotice(item) && item.body.kind !== 'removed' && item.body.kind !== 'locked';
}

function sameGroup(previous: TimelineItem, item: TimelineItem): boolean {
  if (previous.sender !== item.sender || previous.senderName !== item.senderName) {
    return false;
  }
  // The head of a group says of all of it whether its author is proven.
  if (previous.unproven.includes('sender') !== item.unproven.includes('sender')) {
    return false;
  }
  return previous.doubtfulDate || item.doubtfulDate || Math.abs(item.at - previous.at) <= groupGap;
}

function addNotice(rows: Row[], item: TimelineItem, previous: TimelineItem | null): void {
  const last = rows.at(-1);
  const folds = last?.kind === 'notice' && (foldsInto(previous, item) || isBirth(last.items[0], item));
  if (previous !== null && last?.kind === 'notice' && folds) {
    rows[rows.length - 1] = { ...last, items: [...last.items, item] };
  } else {
    rows.push({ kind: 'notice', key: item.id, items: [item] });
  }
}

/** Comings and goings fold together, and the changes one person makes to objects of one kind; nothing else does (T9). */
function foldsInto(previous: TimelineItem | null, item: TimelineItem): boolean {
  if (previous === null) {
    return false;
  }
  if (item.body.kind === 'membership') {
    return previous.body.kind === 'membership' && !item.body.outsider && !previous.body.outsider;
  }
  if (item.body.kind === 'object') {
    return previous.body.kind === 'object' && previous.sender === item.sender && previous.body.type === item.body.type;
  }
  return false;
}

/** The settings that a room is born with are part of its opening, and not news of their own. */
function isBirth(opening: TimelineItem | undefined, item: TimelineItem): boolean {
  const opened = opening?.body.kind === 'room' && opening.body.change === 'created';
  if (!opened || opening.sender !== item.sender || Math.abs(item.at - opening.at) > birthMs) {
    return false;
  }
  return item.body.kind === 'room' || (item.body.kind === 'membership' && item.body.user === item.sender);
}
