import type { BesaceError, PeopleApi, RoomSummary, RoomsApi } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { type ShallowRef, shallowRef } from 'vue';

type Answer = 'accept' | 'decline' | 'block';

/** An answer to an invitation, under way or refused. */
export type AnswerState =
  | { readonly kind: 'busy'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly error: BesaceError };

/** Accepts and declines invitations (WSP-6, WSP-7). */
export function useInvitations(api: Pick<RoomsApi, 'join' | 'leave'> & Pick<PeopleApi, 'setIgnored'>) {
  const answers: ShallowRef<ReadonlyMap<RoomId, AnswerState>> = shallowRef(new Map());

  /** True once I am in. */
  async function accept(room: RoomSummary): Promise<boolean> {
    return settle(room.roomId, 'accept', () =>
      room.kind === 'workspace' ? api.join(room.roomId, { withRooms: true }) : api.join(room.roomId),
    );
  }

  async function decline(room: RoomSummary): Promise<boolean> {
    return settle(room.roomId, 'decline', () => api.leave(room.roomId));
  }

  /** Declines, and hears no more of whoever invited (WSP-21). The person first: then no other invitation of hers comes in between. */
  async function block(room: RoomSummary): Promise<boolean> {
    return settle(room.roomId, 'block', async () => {
      const ignored = room.inviter === null ? null : await api.setIgnored(room.inviter.userId, true);
      return ignored?.ok === false ? ignored : api.leave(room.roomId);
    });
  }

  async function settle(roomId: RoomId, answer: Answer, run: () => ReturnType<RoomsApi['join']>): Promise<boolean> {
    if (answers.value.get(roomId)?.kind === 'busy') {
      return false;
    }
    set(roomId, { kind: 'busy', answer });
    const result = await run();
    set(roomId, result.ok ? null : { kind: 'failed', error: result.error });
    return result.ok;
  }

  function set(roomId: RoomId, state: AnswerState | null): void {
    const next = new Map(answers.value);
    if (state === null) {
      next.delete(roomId);
    } else {
      next.set(roomId, state);
    }
    answers.value = next;
  }

  return { answers, accept, decline, block };
}
