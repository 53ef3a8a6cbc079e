import type { RoomSummary } from '@besace/matrix/api/types';

/** Rooms shown at once: one types to find others. */
const most = 30;

/** Where a message can be said again: joined rooms where people talk, latest first, whose name has all that was typed. */
export function roomsToForwardTo(rooms: readonly RoomSummary[], query: string): readonly RoomSummary[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  return rooms
    .filter((room) => room.membership === 'join' && room.kind !== 'workspace' && room.encrypted)
    .filter((room) => words.every((word) => fold(room.name).includes(word)))
    .slice(0, most);
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
