import type { Member, RoomDetails, RoomSummary } from '@besace/matrix/api/types';
import { parseRoomId, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';

export function roomId(text: string): RoomId {
  const parsed = parseRoomId(text);
  if (!parsed.ok) {
    throw new Error(`not a room id: ${text}`);
  }
  return parsed.value;
}

export function userId(text: string): UserId {
  const parsed = parseUserId(text);
  if (!parsed.ok) {
    throw new Error(`not a user id: ${text}`);
  }
  return parsed.value;
}

/** A joined, quiet, encrypted chat; `over` says what differs. */
export function summary(id: string, over: Partial<RoomSummary> = {}): RoomSummary {
  return {
    roomId: roomId(`!${id}`),
    kind: 'chat',
    membership: 'join',
    name: id,
    nameLocked: false,
    direct: false,
    directWith: null,
    encrypted: true,
    parents: [],
    joinedCount: 2,
    outsiderCount: 0,
    openToOutsiders: false,
    unread: 0,
    highlights: 0,
    lastActivity: 0,
    preview: null,
    inviter: null,
    fromStranger: false,
    ...over,
  };
}

export function member(localpart: string, power: number, over: Partial<Member> = {}): Member {
  return {
    userId: userId(`@${localpart}:interieur.test`),
    name: localpart,
    membership: 'join',
    power,
    outsider: false,
    ...over,
  };
}

/** A room by the template of Besace: 50 invites, 100 changes power. */
export function details(members: readonly Member[], over: Partial<RoomDetails> = {}): RoomDetails {
  return {
    ...summary('room'),
    topic: '',
    members,
    myPower: members[0]?.power ?? 0,
    historyShared: true,
    powerLevels: {
      invite: 50,
      state_default: 10,
      events: { 'm.room.power_levels': 100, 'm.room.name': 50, 'm.space.child': 50 },
    },
    creators: [],
    children: [],
    typing: [],
    ...over,
  };
}
