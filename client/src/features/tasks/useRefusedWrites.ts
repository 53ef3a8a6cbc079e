import type { OutboxApi, OutboxItem } from '@besace/matrix/api/types';
import type { ObjectId, RoomId } from '@besace/protocol/core/ids';
import { computed, onScopeDispose, shallowRef } from 'vue';

/**
 * Changes of this board, or of one object of it, that the server did not take: kept until the person sends them again or throws them
 * away (T8).
 */
export function useRefusedWrites(
  api: Pick<OutboxApi, 'watchOutbox' | 'retry' | 'discard'>,
  roomId: RoomId,
  objectId?: ObjectId,
) {
  const items = shallowRef<readonly OutboxItem[]>([]);
  let live = true;
  const stopping = api.watchOutbox((all) => {
    if (!live) return;
    const mine = all.filter(
      (item) =>
        item.roomId === roomId &&
        item.what === 'object' &&
        item.state.kind === 'refused' &&
        (objectId === undefined || item.object?.objectId === objectId),
    );
    if (mine.length > 0 || items.value.length > 0) items.value = mine;
  });
  onScopeDispose(() => {
    live = false;
    void stopping.then((stop) => stop());
  });

  /** Gives the first failure, or null. */
  async function each(act: (id: string) => ReturnType<OutboxApi['retry']>) {
    const answers = await Promise.all(items.value.map(({ id }) => act(id)));
    const failed = answers.find((answer) => !answer.ok);
    return failed === undefined || failed.ok ? null : failed.error;
  }

  return {
    count: computed(() => items.value.length),
    retry: () => each((id) => api.retry(id)),
    discard: () => each((id) => api.discard(id)),
  };
}
