import type { Authority } from '../../core/authority.ts';
import type { UserId } from '../../core/ids.ts';
import type { RoomObject } from './schema.ts';

/** Why someone cannot be invited. */
export type InviteRefusal = 'no-right' | 'closed-to-outsiders';

/** A room that never said so is closed to outsiders. */
export function isOpenToOutsiders(room: RoomObject | null): boolean {
  return room?.openToOutsiders?.value === true;
}

/** Whether `inviter` may invite `invitee` now; null when she may. */
export function whyNotInvite(
  authority: Authority,
  room: RoomObject | null,
  inviter: UserId,
  invitee: UserId,
): InviteRefusal | null {
  if (authority.powerOf(inviter) < authority.actionLevel('invite')) return 'no-right';
  return authority.isOutsider(invitee) && !isOpenToOutsiders(room) ? 'closed-to-outsiders' : null;
}

/** Outside partners work in the rooms of others: they make none. */
export function mayCreateRooms(authority: Pick<Authority, 'isOutsider'>, user: UserId): boolean {
  return !authority.isOutsider(user);
}

/** The outsiders among the members of a room: each is shown with the mark, and a room that is not open to them says that they are there. */
export function outsidersAmong(authority: Pick<Authority, 'isOutsider'>, members: Iterable<UserId>): readonly UserId[] {
  return [...new Set(members)].filter((user) => authority.isOutsider(user)).sort();
}
