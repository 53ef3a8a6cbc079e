import { parseRoomId, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { Outcome } from '../api/types.ts';
import type { HttpPort } from '../session/context.ts';
import { isRecord } from '../sync/rawEvent.ts';

/** What rooms ask of the homeserver (Matrix spec, client-server, 10). One try each. */
export interface RoomRequests {
  create(body: Readonly<Record<string, unknown>>): Outcome<RoomId>;
  putState(roomId: RoomId, type: string, stateKey: string, content: Readonly<Record<string, unknown>>): Outcome<void>;
  getState(roomId: RoomId, type: string): Outcome<unknown>;
  /** `direct` tells her client that it is a conversation of two. */
  invite(roomId: RoomId, user: UserId, direct: boolean): Outcome<void>;
  join(roomId: RoomId, via: readonly string[]): Outcome<void>;
  /** By whom this member, who has joined since, was invited; null when by nobody. The server's word, as an invitation is. */
  invitationOf(roomId: RoomId, user: UserId): Outcome<Invitation | null>;
  leave(roomId: RoomId): Outcome<void>;
  /** `unknown-person` where no homeserver knows her. */
  profile(user: UserId): Outcome<void>;
  putAccountData(user: UserId, type: string, content: Readonly<Record<string, unknown>>): Outcome<void>;
}

export type Invitation = { readonly inviter: UserId; readonly direct: boolean };

const created = v.object({ room_id: v.string() });
/** What a state event took the place of, as Synapse says. */
const replacing = v.object({ unsigned: v.optional(v.object({ replaces_state: v.optional(v.string()) })) });
const invited = v.object({
  type: v.literal('m.room.member'),
  state_key: v.string(),
  sender: v.string(),
  content: v.object({ membership: v.literal('invite'), is_direct: v.optional(v.unknown()) }),
});

/** Among so many of the latest member events an invitation is looked for. */
const MEMBER_EVENTS = 30;

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
    async invitationOf(roomId, user) {
      const path = `/_matrix/client/v3/${room(roomId)}`;
      const member = `state/m.room.member/${encodeURIComponent(user)}?format=event`;
      const joined = await http.json({ method: 'GET', path: `${path}/${member}` });
      if (!joined.ok) return joined;
      const now = v.safeParse(replacing, joined.value);
      const before = now.success ? now.output.unsigned?.replaces_state : undefined;
      if (before !== undefined) {
        const event = await http.json({ method: 'GET', path: `${path}/event/${encodeURIComponent(before)}` });
        const invitation = event.ok ? invitationIn(event.value, user) : null;
        if (invitation !== null) return ok(invitation);
      }
      // A server that joined by way of another one may not know what the join took the place of: it is among the latest all the same.
      const filter = JSON.stringify({ types: ['m.room.member'] });
      const query = { dir: 'b', limit: String(MEMBER_EVENTS), filter };
      const latest = await http.json({ method: 'GET', path: `${path}/messages`, query });
      if (!latest.ok) return latest;
      const chunk = isRecord(latest.value) && Array.isArray(latest.value.chunk) ? latest.value.chunk : [];
      for (const event of chunk) {
        const invitation = invitationIn(event, user);
        if (invitation !== null) return ok(invitation);
      }
      return ok(null);
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

function invitationIn(event: unknown, user: UserId): Invitation | null {
  const parsed = v.safeParse(invited, event);
  if (!parsed.success || parsed.output.state_key !== user) return null;
  const inviter = parseUserId(parsed.output.sender);
  return inviter.ok ? { inviter: inviter.value, direct: parsed.output.content.is_direct === true } : null;
}
