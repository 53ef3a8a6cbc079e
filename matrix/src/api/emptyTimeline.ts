import type { Timeline } from './timeline.ts';

/** A timeline that nothing is known of yet, and nothing is wrong with. */
export const EMPTY_TIMELINE: Timeline = {
  items: [],
  canLoadOlder: false,
  loadingOlder: false,
  canLoadNewer: false,
  loadingNewer: false,
  unreadFrom: null,
  readUpTo: null,
  readKnown: true,
  missed: null,
  problem: null,
};
