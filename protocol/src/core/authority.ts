import type { UserId } from './ids.ts';

/**
 * Who may do what in a room, derived from its clear `m.room.create` and `m.room.power_levels` (Matrix spec, room version 12:
 * creators stand above every level).
 */
export interface Authority {
  /** The user's power now; `Number.POSITIVE_INFINITY` for a creator (room version 12). */
  powerOf(user: UserId): number;
  /**
   * The highest power that the known chain of `m.room.power_levels` ever gave the user. Reading is judged by it, so that what a
   * colleague wrote before she lost the right stays (the set only grows, hence T4); writing is judged by `powerOf`.
   */
  everHeld(user: UserId): number;
  /** The level needed to send a state event of this inner type: `events[type]`, else `state_default`. */
  stateLevel(type: string): number;
  /** Whether the user belongs to the servers of outside partners. */
  isOutsider(user: UserId): boolean;
}
