import type { BesaceError, SearchApi, SearchHit, SearchProgress } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { computed, onScopeDispose, type Ref, type ShallowRef, shallowRef, watch } from 'vue';
import { type Asked, inputOf } from './address.ts';

export type SearchState =
  | { readonly kind: 'idle' }
  /** `before` stays on screen meanwhile, so that nothing blinks. */
  | { readonly kind: 'searching'; readonly before: Found | null }
  | { readonly kind: 'found'; readonly found: Found }
  | { readonly kind: 'failed'; readonly error: BesaceError };

export type Found = {
  readonly hits: readonly SearchHit[];
  readonly total: number;
  readonly partial: boolean;
  readonly next: string | null;
};

export type Group = { readonly roomId: RoomId; readonly hits: readonly SearchHit[] };

/** How long the person must stop typing before the index is asked, ms. */
const PAUSE = 120;

/** What is found for what is asked. Belongs to the scope that calls it. */
export function useSearch(
  api: Pick<SearchApi, 'search' | 'watchSearchProgress'>,
  asked: Readonly<Ref<Asked>>,
  { pause = PAUSE } = {},
) {
  const state: ShallowRef<SearchState> = shallowRef({ kind: 'idle' });
  const progress = shallowRef<SearchProgress>({ kind: 'opening', messages: 0 });
  const loadingMore = shallowRef(false);
  /** Each question has its number: an answer to another than the latest is dropped. */
  let latest = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const watching = api.watchSearchProgress((now) => {
    progress.value = now;
    // Somebody looks at nothing found, and more was read: it may be there now.
    if (state.value.kind === 'found' && state.value.found.total === 0) void ask();
  });
  onScopeDispose(() => {
    stop();
    void watching.then((end) => end());
  });

  watch(
    asked,
    (now, before) => {
      stop();
      if (inputOf(now) === null) {
        state.value = { kind: 'idle' };
        return;
      }
      state.value = { kind: 'searching', before: foundIn(state.value) };
      // Only typing is waited for: a filter is chosen once.
      timer = setTimeout(() => void ask(), before !== undefined && now.query !== before.query ? pause : 0);
    },
    { immediate: true },
  );

  async function ask(): Promise<void> {
    const input = inputOf(asked.value);
    if (input === null) return;
    latest += 1;
    const mine = latest;
    const answer = await api.search(input);
    if (mine !== latest) return;
    state.value = answer.ok ? { kind: 'found', found: answer.value } : { kind: 'failed', error: answer.error };
  }

  /** The hits after those that are shown. */
  async function more(): Promise<void> {
    const found = foundIn(state.value);
    const input = inputOf(asked.value);
    if (found?.next == null || input === null || loadingMore.value) return;
    const mine = latest;
    loadingMore.value = true;
    const answer = await api.search({ ...input, cursor: found.next });
    loadingMore.value = false;
    if (mine !== latest) return;
    if (!answer.ok) state.value = { kind: 'failed', error: answer.error };
    else state.value = { kind: 'found', found: { ...answer.value, hits: [...found.hits, ...answer.value.hits] } };
  }

  function stop(): void {
    clearTimeout(timer);
    latest += 1;
  }

  return {
    state,
    progress,
    loadingMore,
    found: computed(() => foundIn(state.value)),
    groups: computed(() => groupsOf(foundIn(state.value)?.hits ?? [])),
    again: ask,
    more,
  };
}

/** By room, the room with the newest hit first. */
export function groupsOf(hits: readonly SearchHit[]): readonly Group[] {
  return [...Map.groupBy(hits, ({ roomId }) => roomId)].map(([roomId, inRoom]) => ({ roomId, hits: inRoom }));
}

/** A text in pieces, those that were found marked. Ranges that do not fit cost themselves. */
export function piecesOf({ text, ranges }: Pick<SearchHit, 'text' | 'ranges'>): readonly {
  readonly text: string;
  readonly found: boolean;
}[] {
  const pieces: { text: string; found: boolean }[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    if (start < at || end <= start || end > text.length) continue;
    if (start > at) pieces.push({ text: text.slice(at, start), found: false });
    pieces.push({ text: text.slice(start, end), found: true });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), found: false });
  return pieces;
}

function foundIn(state: SearchState): Found | null {
  return state.kind === 'found' ? state.found : state.kind === 'searching' ? state.before : null;
}
