import { parseRoomId, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { isOpenToOutsiders, roomKindOf, childrenOf as workspaceChildren } from '@besace/protocol/features/workspaces';
import type { Member, RoomDetails, RoomSummary } from '../api/types.ts';
import { isRecord } from '../sync/rawEvent.ts';
import { authorityOf } from './authority.ts';
import { localpart, type RoomModel } from './roomModel.ts';
import { shownName } from './shownName.ts';
import { NAME, ROOM_OBJECT, type Singletons, TOPIC } from './singletons.ts';

/** What a summary is made of, beside the room's own clear state. */
export type SummaryDeps = {
  readonly me: UserId;
  readonly outsiders: readonly string[];
  readonly singletons: Pick<Singletons, 'get' | 'isLocked' | 'roomObject'>;
  parentsOf(roomId: RoomId): readonly RoomId[];
  /** The other person of a direct conversation, from `m.direct`; null where it is none. */
  directWith(roomId: RoomId): UserId | null;
  isDirect(roomId: RoomId): boolean;
  outsiderCount(room: RoomModel): number;
  unread(roomId: RoomId): { readonly unread: number; readonly highlights: number };
  preview(roomId: RoomId): RoomSummary['preview'];
  isIgnored(user: UserId): boolean;
  isStranger(user: UserId): boolean;
};

export function summaryOf(room: RoomModel, deps: SummaryDeps): RoomSummary {
  const { roomId } = room;
  return {
    roomId,
    kind: roomKindOf(room.clearState('m.room.create')?.content ?? {}),
    membership: room.membership,
    name: nameOf(room, deps),
    nameLocked: room.encrypted && isNameLocked(roomId, deps),
    direct: deps.isDirect(roomId),
    directWith: room.joinedCount + room.invitedCount <= 2 ? deps.directWith(roomId) : null,
    encrypted: room.encrypted,
    parents: deps.parentsOf(roomId),
    joinedCount: room.joinedCount,
    outsiderCount: deps.outsiderCount(room),
    openToOutsiders: openToOutsiders(room, deps),
    ...deps.unread(roomId),
    lastActivity: room.lastActivity,
    preview: deps.preview(roomId),
    inviter: inviterOf(room),
    fromStranger: room.membership === 'invite' && room.inviter !== null && deps.isStranger(room.inviter),
  };
}

export function detailsOf(room: RoomModel, deps: SummaryDeps, typing: readonly UserId[]): RoomDetails {
  const authority = authorityOf(room, deps.outsiders);
  return {
    ...summaryOf(room, deps),
    topic: topicOf(room, deps) ?? '',
    members: room.members().map((member): Member => ({ ...member, power: finite(authority.powerOf(member.userId)) })),
    myPower: finite(authority.powerOf(deps.me)),
    historyShared: isHistoryShared(room),
    powerLevels: { ...room.clearState('m.room.power_levels')?.content },
    creators: room.creators,
    children: childrenOf(room),
    typing: typing
      .filter((user) => user !== deps.me && !deps.isIgnored(user))
      .map((userId) => ({ userId, name: room.member(userId)?.name ?? localpart(userId) })),
  };
}

/** Whether newcomers may read what was before them (T10). Matrix's default is `shared`. */
export function isHistoryShared(room: RoomModel): boolean {
  const visibility = room.clearState('m.room.history_visibility')?.content.history_visibility ?? 'shared';
  return visibility === 'shared' || visibility === 'world_readable';
}

/** The rooms that a workspace lists, in the order of the Matrix spec (11.33.1). */
export function childrenOf(room: RoomModel): readonly RoomId[] {
  const state = room
    .stateOf('m.space.child')
    .map(({ type, state_key, content }) => ({ type, stateKey: state_key ?? '', content }));
  return workspaceChildren(state).map((child) => child.roomId);
}

export function openToOutsiders(room: RoomModel, deps: Pick<SummaryDeps, 'singletons'>): boolean {
  return isOpenToOutsiders(deps.singletons.roomObject(room.roomId));
}

function nameOf(room: RoomModel, deps: SummaryDeps): string {
  // In an encrypted room a clear name is anybody's word: the server's too (T1).
  const own = room.encrypted ? sealedName(room.roomId, deps) : clearText(room, 'm.room.name', 'name');
  return own ?? nameOfPeople(room, deps);
}

/** The stamped name where there is one, that no server can take back (T5); else what other clients call the room. */
function sealedName(roomId: RoomId, { singletons }: SummaryDeps): string | null {
  return textOf(singletons.roomObject(roomId)?.name?.value) ?? textOf(singletons.get(roomId, NAME)?.content.name);
}

function isNameLocked(roomId: RoomId, { singletons }: SummaryDeps): boolean {
  const stamped = singletons.roomObject(roomId)?.name ?? null;
  return singletons.isLocked(roomId, ROOM_OBJECT) || (stamped === null && singletons.isLocked(roomId, NAME));
}

/** Like the name: of an encrypted room, only what came out of decryption (T1). */
function topicOf(room: RoomModel, deps: SummaryDeps): string | null {
  if (!room.encrypted) return clearText(room, 'm.room.topic', 'topic');
  const purpose = deps.singletons.roomObject(room.roomId)?.purpose ?? null;
  return textOf(purpose === null ? deps.singletons.get(room.roomId, TOPIC)?.content.topic : purpose.value);
}

/** "Ada, Blaise et Chiara" without its words: up to three names, then how many more. */
function nameOfPeople(room: RoomModel, deps: SummaryDeps): string {
  const inviter = inviterOf(room);
  const heroes = room.heroes.map(
    (hero) => shownName(hero.name) || (room.member(hero.userId)?.name ?? localpart(hero.userId)),
  );
  const others = room
    .members()
    .filter((member) => member.userId !== deps.me && (member.membership === 'join' || member.membership === 'invite'))
    .map((member) => member.name);
  const names = heroes.length > 0 ? heroes : others;
  if (names.length === 0) return inviter?.name ?? '';
  const more = Math.max(room.joinedCount + room.invitedCount - 1, names.length) - Math.min(3, names.length);
  return more > 0 ? `${names.slice(0, 3).join(', ')} +${more}` : names.slice(0, 3).join(', ');
}

function inviterOf(room: RoomModel): RoomSummary['inviter'] {
  if (room.membership !== 'invite' || room.inviter === null) return null;
  return { userId: room.inviter, name: room.member(room.inviter)?.name ?? localpart(room.inviter) };
}

function clearText(room: RoomModel, type: string, key: string): string | null {
  return textOf(room.clearState(type)?.content[key]);
}

/** At most as long as a screen shows; null for what is no text or is empty. */
function textOf(input: unknown): string | null {
  return typeof input === 'string' && input.trim() !== '' ? input.slice(0, 500) : null;
}

/** Infinity does not survive JSON: a creator shows as the highest power that Matrix knows. */
function finite(power: number): number {
  return power === Number.POSITIVE_INFINITY ? Number.MAX_SAFE_INTEGER : power;
}

/** `m.direct` (Matrix spec, 11.21): rooms by person. */
export function parseDirect(content: unknown): ReadonlyMap<RoomId, UserId> {
  const direct = new Map<RoomId, UserId>();
  if (!isRecord(content)) return direct;
  for (const [user, rooms] of Object.entries(content)) {
    const person = parseUserId(user);
    if (!person.ok || !Array.isArray(rooms)) continue;
    for (const room of rooms) {
      const roomId = parseRoomId(room);
      if (roomId.ok) direct.set(roomId.value, person.value);
    }
  }
  return direct;
}
