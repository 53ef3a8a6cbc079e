import type { RoomDetails } from '@besace/matrix/api/types';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { roomPath } from '../../app/places.ts';

/** Servers that a link names, so that it can be followed from elsewhere (Matrix spec, appendices, 4.6.2.1). */
const MOST_SERVERS = 3;

/** The message at our own address: for those who use this Besace. */
export function messageLink(origin: string, roomId: RoomId, eventId: EventId): string {
  return `${origin}${roomPath(roomId, 'discussion')}?message=${encodeURIComponent(eventId)}`;
}

/** The message for any Matrix application (Matrix spec, appendices, 4.6.2). */
export function matrixLink(room: Pick<RoomDetails, 'roomId' | 'members'>, eventId: EventId): string {
  const via = serversOf(room.members).map((server) => `via=${encodeURIComponent(server)}`);
  const query = via.length === 0 ? '' : `?${via.join('&')}`;
  return `https://matrix.to/#/${encodeURIComponent(room.roomId)}/${encodeURIComponent(eventId)}${query}`;
}

/** Those with the most members first. */
function serversOf(members: RoomDetails['members']): string[] {
  const counts = new Map<string, number>();
  for (const { userId, membership } of members) {
    if (membership !== 'join') continue;
    const server = userId.slice(userId.indexOf(':') + 1);
    counts.set(server, (counts.get(server) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .slice(0, MOST_SERVERS)
    .map(([server]) => server);
}
