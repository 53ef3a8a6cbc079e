import { type Authority, authorityFrom } from '@besace/protocol/core/authority';
import type { EventId, ServerName } from '@besace/protocol/core/ids';
import type { RawEvent } from '../sync/rawEvent.ts';

/**
 * Who may do what in one room, as far as its clear state is known: it learns, and then judges again. Earlier power levels only add to
 * what was once allowed, so that the order in which they are learned does not matter (T4).
 */
export class RoomPowers {
  readonly #outsiders: readonly ServerName[];
  readonly #earlier = new Map<EventId, RawEvent>();
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
    if (this.#now !== undefined) this.#earlier.set(this.#now.event_id, this.#now);
    this.#create = nextCreate;
    this.#now = next;
    this.#authority = this.#build();
    return true;
  }

  /** Earlier power levels, found while looking back. True when one was new. */
  remember(events: readonly RawEvent[]): boolean {
    const found = events.filter(
      (event) =>
        event.type === POWER_LEVELS &&
        event.state_key === '' &&
        event.event_id !== this.#now?.event_id &&
        !this.#earlier.has(event.event_id),
    );
    for (const event of found) this.#earlier.set(event.event_id, event);
    if (found.length > 0) this.#authority = this.#build();
    return found.length > 0;
  }

  #build(): Authority {
    return authorityFrom({
      create: this.#create ?? null,
      powerLevels: this.#now?.content ?? null,
      earlier: [...this.#earlier.values()].map((event) => event.content),
      outsiders: this.#outsiders,
    });
  }
}

export const POWER_LEVELS = 'm.room.power_levels';
