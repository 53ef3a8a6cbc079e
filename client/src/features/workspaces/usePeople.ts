import type { BesaceError, Member, RoomDetails, RoomsApi } from '@besace/matrix/api/types';
import type { UserId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import { computed, ref, type ShallowRef, shallowRef } from 'vue';
import { assignableRoles, canInvite, canRename, isOnlyOwner, powerOfRole, type Role, roleOfMember } from './roles.ts';

/** Someone in a place, as the people panel shows her. */
export type PersonLine = {
  readonly member: Member;
  readonly myself: boolean;
  readonly role: Role;
  /** Roles that I may give, the present one included; empty when I may not. */
  readonly assignable: readonly Role[];
};

export type PeopleDeps = {
  readonly api: Pick<RoomsApi, 'setPower' | 'leave' | 'rename'>;
  readonly room: () => RoomDetails | null;
  readonly me: () => UserId | null;
};

/** Who is in a place, in which role, and what I may change there (WSP-9 to WSP-12). */
export function usePeople(deps: PeopleDeps) {
  const filter = ref('');
  const busy: ShallowRef<ReadonlySet<UserId>> = shallowRef(new Set());
  const problem: ShallowRef<BesaceError | null> = shallowRef(null);
  const leaving = ref(false);

  const lines = computed<readonly PersonLine[]>(() => {
    const room = deps.room();
    const me = deps.me();
    return room === null || me === null
      ? []
      : room.members.map((member) => lineOf(room, me, member)).toSorted(byRoleThenName);
  });
  const matching = computed(() => lines.value.filter(({ member }) => matches(member.name, filter.value)));
  const here = computed(() => matching.value.filter(({ member }) => member.membership === 'join'));
  const invited = computed(() => matching.value.filter(({ member }) => member.membership === 'invite'));
  const mayInvite = computed(() => ask(canInvite));
  const mayRename = computed(() => ask(canRename));
  const onlyOwner = computed(() => ask(isOnlyOwner));

  function ask(rule: (room: RoomDetails, me: UserId) => boolean): boolean {
    const room = deps.room();
    const me = deps.me();
    return room !== null && me !== null && rule(room, me);
  }

  async function setRole(line: PersonLine, role: Role): Promise<void> {
    const room = deps.room();
    const user = line.member.userId;
    if (room === null || role === line.role || !line.assignable.includes(role) || busy.value.has(user)) {
      return;
    }
    busy.value = new Set([...busy.value, user]);
    settle(await deps.api.setPower(room.roomId, user, powerOfRole[role]));
    busy.value = new Set([...busy.value].filter((other) => other !== user));
  }

  /** True once I am out. */
  async function leave(): Promise<boolean> {
    const room = deps.room();
    if (room === null || leaving.value) {
      return false;
    }
    leaving.value = true;
    const left = settle(await deps.api.leave(room.roomId));
    leaving.value = false;
    return left;
  }

  async function rename(name: string): Promise<boolean> {
    const room = deps.room();
    return room !== null && settle(await deps.api.rename(room.roomId, name));
  }

  function settle(answer: Result<void, BesaceError>): boolean {
    problem.value = answer.ok ? null : answer.error;
    return answer.ok;
  }

  return { filter, here, invited, busy, problem, leaving, mayInvite, mayRename, onlyOwner, setRole, leave, rename };
}

function lineOf(room: RoomDetails, me: UserId, member: Member): PersonLine {
  return {
    member,
    myself: member.userId === me,
    role: roleOfMember(room, member),
    assignable: assignableRoles(room, me, member),
  };
}

function byRoleThenName(a: PersonLine, b: PersonLine): number {
  const order: readonly Role[] = ['owner', 'manager', 'contributor', 'reader'];
  return order.indexOf(a.role) - order.indexOf(b.role) || a.member.name.localeCompare(b.member.name);
}

/** Without regard to case and accents: « cecile » finds « Cécile ». */
function matches(name: string, wanted: string): boolean {
  return plain(name).includes(plain(wanted.trim()));
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
