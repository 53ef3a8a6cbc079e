import type { Authority } from './authority.ts';
import type { UserId } from './ids.ts';

/**
 * Whether a redaction of an event of `author` by `redactor` is to be applied (Matrix spec, 6.5.1): one's own event, or power at or above
 * `redact`, and in both cases the level of `m.room.redaction` itself. A server that lies delivers others (trust.md, measured fact 5).
 *
 * For a version of an object it is no way back: what was shown stays (T5), and the next member with the right writes it again (T11).
 */
export function mayRedact(authority: Authority, redactor: UserId, author: UserId): boolean {
  const power = authority.powerOf(redactor);
  if (power < authority.eventLevel('m.room.redaction')) return false;
  return redactor === author || power >= authority.actionLevel('redact');
}
