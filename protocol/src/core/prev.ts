import { type EventId, parseEventId } from './ids.ts';
import { isRecord, own } from './json.ts';

/** The most versions that a version names as its predecessors. */
export const MAX_PREV = 16;

/** The versions that the writer of this content had folded (T11): where to look back. What does not parse is left out. */
export function prevOf(content: unknown): readonly EventId[] {
  const prev = isRecord(content) ? own(content, 'prev') : undefined;
  if (!Array.isArray(prev)) return [];
  return prev.slice(0, MAX_PREV).flatMap((id) => {
    const parsed = parseEventId(id);
    return parsed.ok ? [parsed.value] : [];
  });
}

/** `content`, as a kind's `encode` gives it, with the heads that the writer folded, newest first. */
export function withPrev(content: Record<string, unknown>, heads: readonly EventId[]): Record<string, unknown> {
  return heads.length === 0 ? content : { ...content, prev: heads.slice(0, MAX_PREV) };
}
