import type { RawEvent } from '../sync/rawEvent.ts';

/**
 * Whether an event that does not open is from before this person came, so that no key of it is to be expected. The server says which membership
 * it gave her then (MSC4115); that is believed only for what is older than her own join, so that it cannot hide a hole that should be counted (T6).
 *
 * @param own her present member event in the room
 */
export function isBeforeJoin(event: RawEvent, own: RawEvent | undefined): boolean {
  const then = event.unsigned.membership;
  if (own === undefined || (then !== 'leave' && then !== 'ban' && then !== 'knock')) return false;
  // Of a room that she is not in, nothing is expected.
  return own.content.membership !== 'join' || event.origin_server_ts < own.origin_server_ts;
}
