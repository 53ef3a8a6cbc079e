import type { EventId } from '@besace/protocol/core/ids';
import type { RawEvent } from '../sync/rawEvent.ts';
import { POWER_LEVELS } from './powers.ts';
import type { HistoryPage, ObjectServer, Read } from './server.ts';
import { ENCRYPTED } from './wire.ts';

/** The contents of `m.room.power_levels` under one of which a version was written. One, where the history is read far enough. */
export type Then = readonly unknown[];

/** Pages of history (200 encrypted events each) that are read to find the place of versions. */
const MAX_PAGES = 25;

/**
 * The power levels that stood when each of these versions was written, by its place in the room's history (decision 003). A version that
 * is further back than is read was written under those of then, or older ones; one that the history does not hold is left out.
 */
export async function placeVersions(
  server: Pick<ObjectServer, 'history'>,
  wanted: ReadonlySet<EventId>,
): Promise<ReadonlyMap<EventId, Then>> {
  const placed = new Map<EventId, Then>();
  const missing = new Set(wanted);
  let open: EventId[] = [];
  let from: string | null = null;
  for (let page = 0; page < MAX_PAGES && missing.size > 0; page++) {
    const answer: Awaited<Read<HistoryPage>> = await server.history([POWER_LEVELS, ENCRYPTED], from);
    if (!answer.ok) return placed;
    for (const raw of answer.value.events) {
      if (isPowerLevels(raw)) {
        for (const eventId of open) placed.set(eventId, [raw.content]);
        open = [];
      } else if (missing.delete(raw.event_id)) open.push(raw.event_id);
    }
    from = answer.value.next;
    if (from === null) {
      // Before any power levels there is only the creator.
      for (const eventId of open) placed.set(eventId, []);
      return placed;
    }
  }
  if (open.length === 0 && missing.size === 0) return placed;
  const older = await server.history([POWER_LEVELS], from);
  if (!older.ok) return placed;
  const levels = older.value.events.filter(isPowerLevels).map((raw) => raw.content);
  for (const eventId of open) placed.set(eventId, levels.slice(0, 1));
  for (const eventId of missing) placed.set(eventId, levels);
  return placed;
}

function isPowerLevels(raw: RawEvent): boolean {
  return raw.type === POWER_LEVELS && raw.state_key === '';
}
