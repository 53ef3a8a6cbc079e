import type { RoomId } from '@besace/protocol/core/ids';
import { computed } from 'vue';
import { useApi } from '../../app/api.ts';
import { useRoom } from '../../app/room.ts';
import { useSession } from '../../app/session.ts';
import { useToasts } from '../../ui/toasts.ts';
import { useBoardStore } from './boards.ts';
import { newObjectId } from './newId.ts';
import { useSayProblem } from './problems.ts';
import { NO_RIGHTS, rightsIn } from './rights.ts';
import { type Changed, useBoard } from './useBoard.ts';

/** What the archive and the bin share: the board, my rights on it, and what is said when a change was refused. */
export function useShelf(roomId: RoomId) {
  const session = useSession();
  const toasts = useToasts();
  const sayProblem = useSayProblem();
  const room = useRoom(() => roomId);
  const me = () => session.account.value?.userId ?? null;
  const store = useBoardStore(useApi(), roomId, me());
  const board = useBoard({ store, me, newId: newObjectId });
  const rights = computed(() => {
    const user = me();
    return room.value === null || user === null ? NO_RIGHTS : rightsIn(room.value, user);
  });

  async function settle(change: Changed, done: string): Promise<void> {
    const outcome = await change;
    if (outcome.ok) toasts.show({ text: done });
    else toasts.show({ look: 'danger', text: sayProblem(outcome.error) });
  }

  return { board, state: store.state, rights, settle };
}
