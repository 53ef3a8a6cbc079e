import { parseRoomId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { Outcome } from '../api/types.ts';
import type { HttpPort } from '../session/context.ts';

/** What rooms ask of the homeserver (Matrix spec, client-server, 10). One try each. */
export interface RoomRequests {
  create(body: Readonly<Record<string, unknown>>): Outcome<RoomId>;
  putState(roomId: RoomId, type: string, stateKey: string, content: Readonly<Record<string, unknown>>): Outcome<void>;
  getState(roomId: RoomId, type: string): Outcome<unknown>;
  /** `direct` tells her client that it is a conversation of two. */
  invite(roomId: RoomId, user: UserId, direct: boolean): Outcome<void>;
  join(roomId: RoomId, via: readonly string[]): Outcome<void>;
  leave(roomId: RoomId): Outcome<void>;
  /** `unknown-person` where no homeserver knows her. */
  profile(user: UserId): Outcome<void>;
  putAccountData(user: UserId, type: string, content: Readonly<Record<string, unknown>>): Outcome<void>;
}

const created = v.object({ room_id: v.string() });

export function createRoomRequests(http: HttpPort): RoomRequests {
  async function send(method: 'POST' | 'PUT', path: string, body: unknown): Outcome<void> {
    const answer = await http.json({ method, path: `/_matrix/client/v3/${path}`, body });
    return answer.ok ? ok(undefined) : answer;
  }
  const room = (roomId: RoomId) => `rooms/${encodeURIComponent(roomId)}`;
  return {
    async create(body) {
      const answer = await http.json({ method: 'POST', path: '/_matrix/client/v3/createRoom', body });
      if (!answer.ok) return answer;
      const parsed = v.safeParse(created, answer.value);
      const roomId = parseRoomId(parsed.success ? parsed.output.room_id : null);
      return roomId.ok ? ok(roomId.value) : err({ code: 'server-nonsense', detail: 'createRoom' });
    },
    putState: (roomId, type, stateKey, content) =>
      send('PUT', `${room(roomId)}/state/${encodeURIComponent(type)}/${encodeURIComponent(stateKey)}`, content),
    getState: (roomId, type) =>
      http.json({ method: 'GET', path: `/_matrix/client/v3/${room(roomId)}/state/${encodeURIComponent(type)}/` }),
    // As a state event, since `/invite` has no way to say that it is direct; the server treats both alike.
    invite: (roomId, user, direct) =>
      send('PUT', `${room(roomId)}/state/m.room.member/${encodeURIComponent(user)}`, {
        membership: 'invite',
        ...(direct && { is_direct: true }),
      }),
    async join(roomId, via) {
      const query = via.slice(0, 3).map((server) => `via=${encodeURIComponent(server)}`);
      const suffix = query.length === 0 ? '' : `?${query.join('&')}`;
      return send('POST', `join/${encodeURIComponent(roomId)}${suffix}`, {});
    },
    leave: (roomId) => send('POST', `${room(roomId)}/leave`, {}),
    async profile(user) {
      const answer = await http.json({ method: 'GET', path: `/_matrix/client/v3/profile/${encodeURIComponent(user)}` });
      if (answer.ok) return ok(undefined);
      return answer.error.code === 'not-found' ? err({ code: 'unknown-person', detail: user }) : answer;
    },
    putAccountData: (user, type, content) =>
      send('PUT', `user/${encodeURIComponent(user)}/account_data/${encodeURIComponent(type)}`, content),
  };
}
