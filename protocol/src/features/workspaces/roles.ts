import type { Authority } from '../../core/authority.ts';
import type { UserId } from '../../core/ids.ts';

/** What a person is in a workspace, from her power. A word for people; rights are judged by levels. */
export type Role = 'owner' | 'manager' | 'contributor' | 'reader';

export const POWER_OF: { readonly [R in Role]: number } = { owner: 100, manager: 50, contributor: 10, reader: 0 };

export function roleOfPower(power: number): Role {
  if (power >= POWER_OF.owner) return 'owner';
  if (power >= POWER_OF.manager) return 'manager';
  return power >= POWER_OF.contributor ? 'contributor' : 'reader';
}

export function roleOf(authority: Authority, user: UserId): Role {
  return roleOfPower(authority.powerOf(user));
}

/** The roles that `giver` may give to `user`: below her own unless she is an owner, and only to someone below her (Matrix spec, 10.3). */
export function rolesToGive(authority: Authority, giver: UserId, user: UserId): readonly Role[] {
  const power = authority.powerOf(giver);
  const current = authority.powerOf(user);
  if (power < authority.stateLevel('m.room.power_levels') || current === Number.POSITIVE_INFINITY) return [];
  if (giver !== user && current >= power) return [];
  return (Object.keys(POWER_OF) as Role[]).filter((role) => POWER_OF[role] <= power);
}
