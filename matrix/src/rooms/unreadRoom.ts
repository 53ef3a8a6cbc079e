import type { Verdict } from '../notify/rules.ts';

/** What is known of an event before it is read: where it stands in the stream, and whether it says that I was there. */
export type Seen = {
  readonly eventId: string;
  /** What the event itself says that I have read: everything until it (`all`, as when I joined), or one scope; null for nothing. */
  readonly reads: Scope | null;
};

/** The root of a thread, `main` for what is outside of threads, `all` for both (MSC3771: a receipt without a thread). */
export type Scope = string;

export type Counts = { readonly unread: number; readonly highlights: number };

/** An event that was not known. `live`: it was said while one was here. */
export type Fresh = { readonly eventId: string; readonly live: boolean };

type Message = { readonly thread: Scope; readonly verdict: Verdict };
/** How far a scope was read: a place in the stream, and receipts on events that have not come. */
type Mark = { place: number; readonly ahead: Set<string> };
/** Before the event at `place`, some may be missing. */
type Hole = { readonly place: number; readonly live: boolean };

/** Events of a room that are held. What is further back than this counts as read: "99+" needs no more. */
export const MOST_HELD = 600;
/** Receipts of one scope whose event is not known; the oldest are forgotten. */
const MOST_AHEAD = 5;
const MOST_MARKS = 300;
/** Places left free where events are missing: more than will ever be read into it. */
const HOLE = 1_000_000;

const NOTHING: Counts = { unread: 0, highlights: 0 };

/**
 * What of one room was not read: the order of its events, the messages among them, and marks of what was read. The counts follow from these
 * alone, whatever came first: a receipt before its event, a key or a removal after it (T4). No clock, no network.
 */
export class UnreadRoom {
  /** Place of each event: later ones are higher. */
  readonly #places = new Map<string, number>();
  readonly #messages = new Map<string, Message>();
  readonly #removed = new Set<string>();
  readonly #marks = new Map<Scope, Mark>();
  #holes: readonly Hole[] = [];
  #first = 0;
  #next = 0;
  /** Where the walk back through the history stands. */
  #walk = Number.POSITIVE_INFINITY;
  /** Whether what is held goes back to something that I had read, or to the beginning. */
  #complete = false;
  /** Shown while it is not known how much there is: what was counted before. */
  #before: Counts | null = null;
  #counted: Counts | null = null;

  /** What an earlier life counted, shown until it is known how much there is. */
  preload(counts: Counts): void {
    if (this.#places.size > 0) return;
    this.#before = counts;
    this.#counted = null;
  }

  /** The newest events, oldest first. With a `gap`, events before them may be missing. Gives those that were not known. */
  arrive(events: readonly Seen[], { gap, live }: { readonly gap: boolean; readonly live: boolean }): readonly Fresh[] {
    const known = events.findLastIndex(({ eventId }) => this.#places.has(eventId));
    // What comes before one that is known and is itself not known has no place here: it comes with the history.
    const fresh = events.slice(known + 1).filter(({ eventId }) => !this.#places.has(eventId));
    if (gap && known < 0 && fresh.length > 0 && this.#places.size > 0) {
      this.#next += HOLE;
      this.#holes = [...this.#holes, { place: this.#next, live }];
    }
    for (const seen of fresh) {
      this.#put(seen, this.#next);
      this.#next += 1;
    }
    this.#changed();
    return fresh.map(({ eventId }) => ({ eventId, live }));
  }

  /** A walk begins at the newest event. */
  beginWalk(): void {
    this.#walk = Number.POSITIVE_INFINITY;
  }

  /** Goes on with older events, newest first, as `/messages?dir=b` gives them. `end`: there are none before. Gives those that were not known. */
  goBack(events: readonly Seen[], end: boolean): readonly Fresh[] {
    const fresh: Fresh[] = [];
    for (const seen of events) {
      const hole = this.#holes.find(({ place }) => place === this.#walk);
      const place = this.#places.get(seen.eventId);
      if (place !== undefined) {
        if (hole !== undefined) this.#close(hole);
        this.#walk = place;
      } else if (this.#walk !== Number.POSITIVE_INFINITY) {
        if (hole !== undefined)
          this.#holes = [...this.#holes.filter((other) => other !== hole), { ...hole, place: hole.place - 1 }];
        else if (this.#complete) break;
        // Newer than all that is held, it comes by itself; older, it goes before what the walk saw last.
        this.#walk -= 1;
        this.#put(seen, this.#walk);
        fresh.push({ eventId: seen.eventId, live: hole?.live ?? false });
      }
    }
    if (end) this.giveUp();
    this.#changed();
    return fresh;
  }

  /** Whether there may be more that was not read than what is held. */
  get wantsHistory(): boolean {
    if (this.#places.size === 0) return false;
    // A thread may hold something unread in a hole that was read past. Further back than all that is held, who has read the room is believed.
    const read = this.#markOf('all');
    if (this.#holes.some(({ place }) => place > read)) return true;
    return !this.#complete && Math.max(read, this.#markOf('main')) < this.#first;
  }

  /** No more of the history can be had: what is held is what is counted. */
  giveUp(): void {
    this.#complete = true;
    this.#holes = [];
    this.#changed();
  }

  /** What a message is worth; null for what calls nobody. Again when its key came, or when the rules changed. */
  judge(eventId: string, message: { readonly thread: string | null; readonly verdict: Verdict } | null): void {
    if (!this.#places.has(eventId)) return;
    if (message === null) this.#messages.delete(eventId);
    else this.#messages.set(eventId, { thread: message.thread ?? 'main', verdict: message.verdict });
    this.#counted = null;
  }

  remove(eventId: string): void {
    this.#removed.add(eventId);
    if (this.#removed.size > MOST_HELD) this.#removed.delete(this.#removed.values().next().value ?? '');
    this.#counted = null;
  }

  /** I read up to there, here or elsewhere. What was read stays read: a receipt further back says nothing. */
  read(scope: Scope, eventId: string): void {
    const place = this.#places.get(eventId);
    const mark = this.#mark(scope);
    if (place !== undefined) mark.place = Math.max(mark.place, place);
    else {
      mark.ahead.delete(eventId);
      mark.ahead.add(eventId);
      if (mark.ahead.size > MOST_AHEAD) mark.ahead.delete(mark.ahead.values().next().value ?? '');
    }
    this.#changed();
  }

  /** Also of what is not held, or was removed: it calls nobody. */
  isRead(eventId: string, thread: string | null): boolean {
    const place = this.#places.get(eventId);
    if (place === undefined || this.#removed.has(eventId)) return true;
    return place <= Math.max(this.#markOf('all'), this.#markOf(thread ?? 'main'));
  }

  counts(): Counts {
    this.#counted ??= this.#count();
    return this.#counted;
  }

  #count(): Counts {
    if (this.#before !== null && (this.wantsHistory || this.#places.size === 0)) return this.#before;
    this.#before = null;
    let unread = 0;
    let highlights = 0;
    for (const [eventId, { thread, verdict }] of this.#messages) {
      if (verdict === 'quiet' || this.isRead(eventId, thread)) continue;
      unread += 1;
      if (verdict === 'highlight') highlights += 1;
    }
    return unread === 0 ? NOTHING : { unread, highlights };
  }

  #put(seen: Seen, place: number): void {
    this.#places.set(seen.eventId, place);
    this.#first = Math.min(this.#first, place);
    if (seen.reads !== null) {
      const mark = this.#mark(seen.reads);
      mark.place = Math.max(mark.place, place);
    }
    for (const mark of this.#marks.values()) {
      if (mark.ahead.delete(seen.eventId)) mark.place = Math.max(mark.place, place);
    }
  }

  #close(hole: Hole): void {
    this.#holes = this.#holes.filter((other) => other !== hole);
  }

  #mark(scope: Scope): Mark {
    const known = this.#marks.get(scope);
    if (known !== undefined) return known;
    const mark: Mark = { place: Number.NEGATIVE_INFINITY, ahead: new Set() };
    this.#marks.set(scope, mark);
    if (this.#marks.size > MOST_MARKS) {
      const oldest = [...this.#marks.keys()].find((name) => name !== 'main' && name !== 'all' && name !== scope);
      if (oldest !== undefined) this.#marks.delete(oldest);
    }
    return mark;
  }

  #markOf(scope: Scope): number {
    return this.#marks.get(scope)?.place ?? Number.NEGATIVE_INFINITY;
  }

  /** Forgets the oldest past what is held. */
  #changed(): void {
    this.#counted = null;
    const tooMany = this.#places.size - MOST_HELD;
    if (tooMany <= 0) return;
    for (const [eventId] of [...this.#places].sort((a, b) => a[1] - b[1]).slice(0, tooMany)) {
      this.#places.delete(eventId);
      this.#messages.delete(eventId);
    }
    this.#first = Math.min(...this.#places.values());
    this.#complete = true;
  }
}
