import type { Member, RoomDetails } from '@besace/matrix/api/types';
import type { UserId } from '@besace/protocol/core/ids';

/** What a person is in a place, in the words of the interface (WSP-9). */
export type Role = 'owner' | 'manager' | 'contributor' | 'reader';

/** The power that each role has on the wire. */
export const powerOfRole: Readonly<Record<Role, number>> = { owner: 100, manager: 50, contributor: 10, reader: 0 };

export const roles: readonly Role[] = ['owner', 'manager', 'contributor', 'reader'];

/** The parts of a room's details that decide over rights. */
export type Rights = Pick<RoomDetails, 'members' | 'myPower' | 'powerLevels' | 'creators'>;

export function roleOf(power: number, creator: boolean): Role {
  if (creator || power >= powerOfRole.owner) {
    return 'owner';
  }
  return power >= powerOfRole.manager ? 'manager' : power >= powerOfRole.contributor ? 'contributor' : 'reader';
}

export function roleOfMember(rights: Pick<Rights, 'creators'>, member: Pick<Member, 'userId' | 'power'>): Role {
  return roleOf(member.power, rights.creators.includes(member.userId));
}

/** The roles that I may give to this member, her present one included; empty when I may not change it (WSP-10, WSP-11). */
export function assignableRoles(rights: Rights, me: UserId, member: Member): readonly Role[] {
  const mine = powerOfMe(rights, me);
  const myself = member.userId === me;
  const allowed =
    mine >= levelFor(rights, 'm.room.power_levels') &&
    member.membership === 'join' &&
    !rights.creators.includes(member.userId) &&
    (myself || member.power < mine);
  if (!allowed) {
    return [];
  }
  const most = Math.min(mine, member.outsider ? powerOfRole.contributor : mine);
  return roles.filter((role) => powerOfRole[role] <= most);
}

/** Whether I may invite, by the room's `invite` level. */
export function canInvite(rights: Rights, me: UserId): boolean {
  return powerOfMe(rights, me) >= numberAt(rights.powerLevels, 'invite', 0);
}

/** Whether I may add rooms to a workspace: `m.space.child` goes in clear, so that the server judges it by this level. */
export function canAddRooms(rights: Rights, me: UserId): boolean {
  return powerOfMe(rights, me) >= levelFor(rights, 'm.space.child');
}

export function canRename(rights: Rights, me: UserId): boolean {
  return powerOfMe(rights, me) >= levelFor(rights, 'm.room.name');
}

/** Whether nobody could manage the place any more if I left (WSP-12). */
export function isOnlyOwner(rights: Rights, me: UserId): boolean {
  const owners = rights.members.filter(
    (member) => member.membership === 'join' && roleOfMember(rights, member) === 'owner',
  );
  return owners.length === 1 && owners[0]?.userId === me && rights.members.some((member) => isOther(member, me));
}

function isOther(member: Member, me: UserId): boolean {
  return member.membership === 'join' && member.userId !== me;
}

function powerOfMe(rights: Rights, me: UserId): number {
  return rights.creators.includes(me) ? Number.POSITIVE_INFINITY : rights.myPower;
}

/** The level that a state event of this type needs (Matrix spec, m.room.power_levels). */
function levelFor(rights: Rights, type: string): number {
  const events = rights.powerLevels.events;
  const own =
    typeof events === 'object' && events !== null && Object.hasOwn(events, type)
      ? Reflect.get(events, type)
      : undefined;
  return typeof own === 'number' ? own : numberAt(rights.powerLevels, 'state_default', 50);
}

function numberAt(levels: Record<string, unknown>, key: string, otherwise: number): number {
  const value = Object.hasOwn(levels, key) ? levels[key] : undefined;
  return typeof value === 'number' ? value : otherwise;
}
