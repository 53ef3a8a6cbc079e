import { parseRoomId, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import type { Person } from './directoryClient.ts';

export function person(localpart: string, over: Partial<Person> = {}): Person {
  return {
    userId: userId(`@${localpart}:culture.test`),
    name: localpart,
    organisation: 'culture',
    outsider: false,
    address: `${localpart}@culture.gouv.fr`,
    ...over,
  };
}

export function userId(text: string): UserId {
  const parsed = parseUserId(text);
  if (!parsed.ok) {
    throw new Error(`not a user id: ${text}`);
  }
  return parsed.value;
}

export function roomId(text: string): RoomId {
  const parsed = parseRoomId(text);
  if (!parsed.ok) {
    throw new Error(`not a room id: ${text}`);
  }
  return parsed.value;
}
