import type { RoomList, RoomSummary } from '@besace/matrix/api/types';

/** What the home page shows of the rooms. */
export type Today = {
  readonly invitations: readonly RoomSummary[];
  /** Invitations of people with whom one shares no room. */
  readonly requests: readonly RoomSummary[];
  /** Unread, mentions first. */
  readonly waiting: readonly RoomSummary[];
  /** The five latest that are read. */
  readonly recent: readonly RoomSummary[];
  /** Nothing waits. False while nothing is known. */
  readonly calm: boolean;
};

export function todayFrom(list: RoomList | null): Today {
  const rooms = list?.rooms ?? [];
  const invited = rooms.filter((room) => room.membership === 'invite');
  const invitations = invited.filter((room) => !room.fromStranger);
  const requests = invited.filter((room) => room.fromStranger);
  const joined = rooms.filter((room) => room.membership === 'join' && room.kind !== 'workspace');
  const waiting = joined
    .filter((room) => room.unread > 0 || room.highlights > 0)
    .sort((a, b) => b.highlights - a.highlights || b.lastActivity - a.lastActivity);
  const recent = joined
    .filter((room) => room.unread === 0 && room.highlights === 0)
    .sort((a, b) => b.lastActivity - a.lastActivity)
    .slice(0, 5);
  const calm = list !== null && invited.length === 0 && waiting.length === 0;
  return { invitations, requests, waiting, recent, calm };
}
