import type { Authority } from '@besace/protocol/core/authority';
import type { EventId } from '@besace/protocol/core/ids';
import { type ObjectKind, SINGLETON_ID } from '@besace/protocol/core/kind';
import { prevOf } from '@besace/protocol/core/prev';
import type { Result } from '@besace/protocol/core/result';
import type { ClearEvent, Locked } from '../session/context.ts';
import type { AcceptedVersion } from './fold.ts';
import type { WireVersion } from './wire.ts';

export type HoleReason = 'locked' | 'invalid' | 'forbidden';

export type Verdict =
  | { readonly kind: 'accepted'; readonly version: AcceptedVersion; readonly prev: readonly EventId[] }
  /** Allowed, and written by a newer Besace: kept and shown as such, never overwritten. */
  | { readonly kind: 'newer'; readonly content: Readonly<Record<string, unknown>>; readonly prev: readonly EventId[] }
  | { readonly kind: 'refused'; readonly reason: HoleReason; readonly prev: readonly EventId[] };

/**
 * Judges one version by what is inside its ciphertext: addressed to this object, well formed, and by someone who had the right
 * (T1, T2, T3). The same answer in every client, and it never throws (T7).
 */
export function judge(
  wire: WireVersion,
  opened: Result<ClearEvent, Locked>,
  kind: ObjectKind<unknown>,
  authority: Authority,
): Verdict {
  if (!opened.ok) return { kind: 'refused', reason: holeOf(opened.error), prev: [] };
  const { packed, raw } = wire;
  const clear = opened.value;
  // The packed key and the event's frame travel outside the ciphertext: a version made for one object must not be shown as another.
  const addressed =
    clear.type === packed.type &&
    clear.stateKey === packed.objectId &&
    clear.sender === raw.sender &&
    clear.eventId === raw.event_id &&
    (!kind.singleton || packed.objectId === SINGLETON_ID);
  if (!addressed) return { kind: 'refused', reason: 'invalid', prev: [] };
  const prev = prevOf(clear.content);
  const content = withoutPrev(clear.content);
  const parsed = kind.parse(content);
  if (!parsed.ok) {
    if (parsed.error.code !== 'newer-version') return { kind: 'refused', reason: 'invalid', prev };
    // What cannot be understood cannot be judged by its kind: the level of its type is what is left.
    const allowed = authority.everAllowed(clear.sender, kind.type, kind.level);
    return allowed ? { kind: 'newer', content, prev } : { kind: 'refused', reason: 'forbidden', prev };
  }
  if (!kind.mayHaveWritten(authority, clear.sender, parsed.value))
    return { kind: 'refused', reason: 'forbidden', prev };
  return {
    kind: 'accepted',
    version: { eventId: clear.eventId, sender: clear.sender, at: raw.origin_server_ts, object: parsed.value },
    prev,
  };
}

function holeOf(locked: Locked): HoleReason {
  switch (locked.why) {
    case 'waiting-for-key':
    case 'before-you-joined':
      return 'locked';
    case 'refused-sender':
      return 'forbidden';
    case 'not-encrypted':
    case 'unreadable':
      return 'invalid';
  }
}

/** `content` without what only the store reads. */
export function withoutPrev(content: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { prev: _prev, ...rest } = content;
  return rest;
}
