import type { BesaceError } from '@besace/matrix/api/types';
import { onScopeDispose, ref, type ShallowRef, shallowRef } from 'vue';
import type { Directory, Person } from './directoryClient.ts';

export type SearchState =
  | { readonly kind: 'idle' }
  /** `previous` stays on screen meanwhile, so that nothing blinks. */
  | { readonly kind: 'searching'; readonly previous: readonly Person[] }
  | { readonly kind: 'found'; readonly people: readonly Person[] }
  | { readonly kind: 'failed'; readonly error: BesaceError };

/** How long the person must stop typing before the directory is asked, in ms (PEOPLE-1). */
const pause = 250;
/** Nothing is asked for less, in characters (PEOPLE-1). */
export const shortestQuery = 2;

/** People for what is being typed (PEOPLE-1, PEOPLE-2). Belongs to the scope that calls it. */
export function usePeopleSearch(directory: Directory) {
  const query = ref('');
  const state: ShallowRef<SearchState> = shallowRef({ kind: 'idle' });
  /** Each question has its number: an answer to another than the latest is dropped. */
  let latest = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  onScopeDispose(stop);

  function input(text: string): void {
    stop();
    query.value = text;
    const wanted = text.trim();
    if (wanted.length < shortestQuery) {
      state.value = { kind: 'idle' };
      return;
    }
    state.value = { kind: 'searching', previous: peopleOf(state.value) };
    timer = setTimeout(() => void ask(wanted), pause);
  }

  /** The same question again, at once. */
  async function again(): Promise<void> {
    stop();
    const wanted = query.value.trim();
    if (wanted.length >= shortestQuery) {
      state.value = { kind: 'searching', previous: peopleOf(state.value) };
      await ask(wanted);
    }
  }

  async function ask(wanted: string): Promise<void> {
    latest += 1;
    const mine = latest;
    const answer = await directory.search(wanted);
    if (mine === latest) {
      state.value = answer.ok ? { kind: 'found', people: answer.value } : { kind: 'failed', error: answer.error };
    }
  }

  function stop(): void {
    clearTimeout(timer);
    latest += 1;
  }

  return { query, state, input, again };
}

export function peopleOf(state: SearchState): readonly Person[] {
  return state.kind === 'found' ? state.people : state.kind === 'searching' ? state.previous : [];
}
