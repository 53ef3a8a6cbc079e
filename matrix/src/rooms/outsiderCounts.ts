import { parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import type { HttpPort } from '../session/context.ts';
import type { Scope } from '../session/scope.ts';
import type { RoomModel } from './roomModel.ts';

/**
 * How many outsiders have joined each room. The list does not carry members, so a room whose members are not loaded is counted in the background,
 * one request at a time, and again only when its number of members changed.
 */
export interface OutsiderCounts {
  of(room: RoomModel): number;
  /** Asks for the rooms whose count is not known. */
  fill(rooms: Iterable<RoomModel>): void;
  known(roomId: RoomId): Counted | null;
  preload(roomId: RoomId, counted: Counted): void;
}

type Counted = { readonly count: number; readonly joined: number };

export type OutsiderCountsDeps = {
  readonly http: HttpPort;
  readonly scope: Scope;
  /** False where the installation has no outsiders: then nothing is asked. */
  readonly anyOutsiders: boolean;
  isOutsider(user: UserId): boolean;
  onChange(roomId: RoomId): void;
};

const schema = v.object({ joined: v.record(v.string(), v.unknown()) });

export function createOutsiderCounts(deps: OutsiderCountsDeps): OutsiderCounts {
  const counted = new Map<RoomId, Counted>();
  const queue = new Map<RoomId, RoomModel>();
  let running = false;

  function isCurrent(room: RoomModel): boolean {
    return room.membersComplete || counted.get(room.roomId)?.joined === room.joinedCount;
  }

  async function drain(): Promise<void> {
    for (const [roomId, room] of queue) {
      queue.delete(roomId);
      if (deps.scope.signal.aborted) return;
      if (isCurrent(room)) continue;
      const joined = room.joinedCount;
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/joined_members`;
      const answer = await deps.http.json({ method: 'GET', path, signal: deps.scope.signal });
      const parsed = v.safeParse(schema, answer.ok ? answer.value : null);
      // A room that could not be asked is asked again at the next change of the list.
      if (!parsed.success) continue;
      const count = Object.keys(parsed.output.joined).filter((name) => {
        const user = parseUserId(name);
        return user.ok && deps.isOutsider(user.value);
      }).length;
      counted.set(roomId, { count, joined });
      deps.onChange(roomId);
    }
  }

  return {
    of(room) {
      if (!room.membersComplete) return counted.get(room.roomId)?.count ?? 0;
      return room.members().filter((member) => member.outsider && member.membership === 'join').length;
    },
    fill(rooms) {
      if (!deps.anyOutsiders) return;
      for (const room of rooms) {
        if (room.membership === 'join' && room.joinedCount > 1 && !isCurrent(room)) queue.set(room.roomId, room);
      }
      if (running || queue.size === 0) return;
      running = true;
      void drain().finally(() => {
        running = false;
      });
    },
    known: (roomId) => counted.get(roomId) ?? null,
    preload(roomId, value) {
      counted.set(roomId, value);
    },
  };
}
