import { parseRoomId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { Outcome } from '../api/types.ts';
import type { HttpPort } from '../session/context.ts';

/** With whom one shares a room. */
export interface Strangers {
  /** Whether we share no room, as far as is known now: asked of the server once, and `onChange` says when it answered. */
  isStranger(user: UserId): boolean;
  /** Whoever could not be asked about is asked about again. */
  askAgain(): void;
}

export type StrangersDeps = {
  readonly http: HttpPort;
  /** Rooms that I am in, with what is known of their members. */
  joined(): Iterable<{ member(user: UserId): { readonly membership: string } | undefined }>;
  onChange(): void;
};

const schema = v.object({ joined: v.array(v.unknown()) });

/** Rooms that both are in, as the server says (`GET /mutual_rooms`, MSC2666): a first page of them. */
export async function mutualRooms(http: HttpPort, user: UserId): Outcome<readonly RoomId[]> {
  const answer = await http.json({
    method: 'GET',
    path: '/_matrix/client/v1/mutual_rooms',
    query: { user_id: user },
    maxBytes: 1024 * 1024,
  });
  if (!answer.ok) return answer;
  const parsed = v.safeParse(schema, answer.value);
  if (!parsed.success) return err({ code: 'server-nonsense', detail: 'mutual_rooms' });
  return ok(
    parsed.output.joined.flatMap((input) => {
      const roomId = parseRoomId(input);
      return roomId.ok ? roomId.value : [];
    }),
  );
}

export function createStrangers({ http, joined, onChange }: StrangersDeps): Strangers {
  /** True for those with whom a room is shared; null while the answer is awaited, or did not come. */
  const known = new Map<UserId, boolean | null>();

  async function ask(user: UserId): Promise<void> {
    known.set(user, null);
    const rooms = await mutualRooms(http, user);
    if (!rooms.ok) return;
    known.set(user, rooms.value.length > 0);
    onChange();
  }

  return {
    isStranger(user) {
      for (const room of joined()) if (room.member(user)?.membership === 'join') return false;
      const shares = known.get(user);
      if (shares === undefined) void ask(user);
      return shares !== true;
    },
    askAgain() {
      for (const [user, shares] of known) if (shares !== true) known.delete(user);
    },
  };
}
