import type { BesaceError, SavedApi, SavedLine, SavedMessage } from '@besace/matrix/api/types';
import type { EventId } from '@besace/protocol/core/ids';
import { computed, onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';

/** What is known of one message of the list. */
export type Line =
  | { readonly kind: 'reading' }
  | { readonly kind: 'read'; readonly line: SavedLine }
  | { readonly kind: 'gone'; readonly error: BesaceError };

/** How many are shown, and read, at first and with each "more". */
const PAGE = 30;

/** Messages that one keeps, with what they say (KEPT-1). Belongs to the scope that calls it. */
export function useSavedMessages(api: SavedApi) {
  const all: ShallowRef<readonly SavedMessage[] | null> = shallowRef(null);
  const lines: ShallowRef<ReadonlyMap<EventId, Line>> = shallowRef(new Map());
  const limit = shallowRef(PAGE);
  const shown = computed(() => all.value?.slice(0, limit.value) ?? null);
  const problem: ShallowRef<BesaceError | null> = shallowRef(null);

  const watching = api.watchSaved((list) => {
    all.value = list;
  });
  onScopeDispose(() => void watching.then((stop) => stop()));

  watch(
    shown,
    (list) => {
      for (const message of list ?? []) if (isToRead(message)) void read(message);
    },
    { immediate: true },
  );

  function isToRead({ eventId }: SavedMessage): boolean {
    const known = lines.value.get(eventId);
    return known === undefined || (known.kind === 'read' && known.line.kind === 'locked');
  }

  function set(eventId: EventId, line: Line): void {
    lines.value = new Map(lines.value).set(eventId, line);
  }

  async function read({ roomId, eventId }: SavedMessage): Promise<void> {
    set(eventId, { kind: 'reading' });
    const line = await api.savedLine(roomId, eventId);
    set(eventId, line.ok ? { kind: 'read', line: line.value } : { kind: 'gone', error: line.error });
  }

  /** True when it is off the list. */
  async function remove({ roomId, eventId }: SavedMessage): Promise<boolean> {
    const done = await api.unsave(roomId, eventId);
    problem.value = done.ok ? null : done.error;
    return done.ok;
  }

  async function putBack({ roomId, eventId }: SavedMessage): Promise<void> {
    const done = await api.save(roomId, eventId);
    problem.value = done.ok ? null : done.error;
  }

  return {
    shown,
    lines,
    problem,
    hasMore: computed(() => (all.value?.length ?? 0) > limit.value),
    more: () => {
      limit.value += PAGE;
    },
    remove,
    putBack,
  };
}
