import { type Authority, authorityFrom } from '@besace/protocol/core/authority';
import type { EventId, ServerName } from '@besace/protocol/core/ids';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { Then } from './placing.ts';

/**
 * Who may do what in one room, as far as its clear state is known: it learns, and then judges again. A version counts by the powers of now, or
 * by those under which the room's history has it (decision 003): the order in which these are learned does not matter (T4).
 */
export class RoomPowers {
  readonly #outsiders: readonly ServerName[];
  readonly #epochs = new Map<EventId, RawEvent>();
  readonly #placed = new Map<EventId, Then>();
  readonly #judging = new Map<EventId, Authority>();
  #create: RawEvent | undefined;
  #now: RawEvent | undefined;
  #authority: Authority;

  constructor(outsiders: readonly ServerName[]) {
    this.#outsiders = outsiders;
    this.#authority = this.#build();
  }

  get authority(): Authority {
    return this.#authority;
  }

  /** Whether the current power levels are known: before that nothing can be refused for good. */
  get known(): boolean {
    return this.#create !== undefined && this.#now !== undefined;
  }

  /** The event to look back from, for the levels that were before. */
  get now(): RawEvent | undefined {
    return this.#now;
  }

  /** What the room's state holds now. True when a verdict may change. */
  update(create: RawEvent | undefined, powerLevels: RawEvent | undefined): boolean {
    const nextCreate = this.#create ?? create;
    const next = powerLevels ?? this.#now;
    if (nextCreate?.event_id === this.#create?.event_id && next?.event_id === this.#now?.event_id) return false;
    if (next !== undefined) this.#epochs.set(next.event_id, next);
    this.#create = nextCreate;
    this.#now = next;
    this.#judging.clear();
    this.#authority = this.#build();
    return true;
  }

  /** Where versions stand in the room's history. True when something was new. */
  place(placed: ReadonlyMap<EventId, Then>): boolean {
    for (const [eventId, then] of placed) {
      this.#placed.set(eventId, then);
      this.#judging.delete(eventId);
    }
    return placed.size > 0;
  }

  isPlaced(eventId: EventId): boolean {
    return this.#placed.has(eventId);
  }

  /** What a version is judged by: the powers of now, and those under which it was written once that is known. */
  judging(eventId: EventId): Authority {
    const then = this.#placed.get(eventId);
    if (then === undefined) return this.#authority;
    const known = this.#judging.get(eventId) ?? this.#build(then);
    this.#judging.set(eventId, known);
    return known;
  }

  #build(earlier: Then = []): Authority {
    const authority = authorityFrom({
      create: this.#create ?? null,
      powerLevels: this.#now?.content ?? null,
      earlier,
      outsiders: this.#outsiders,
    });
    // The highest counter is a matter of the room, whoever wrote when.
    const ceilings = [...this.#epochs.values()].map(({ content }) =>
      authorityFrom({ create: null, powerLevels: content, outsiders: [] }).lamportCeiling(),
    );
    const ceiling = Math.max(authority.lamportCeiling(), ...ceilings);
    return { ...authority, lamportCeiling: () => ceiling };
  }
}

export const POWER_LEVELS = 'm.room.power_levels';
