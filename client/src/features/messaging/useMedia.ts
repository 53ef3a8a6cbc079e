import type { BesaceError, Media } from '@besace/matrix/api/types';
import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';
import type { MediaCache } from './mediaCache.ts';

export type MediaState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'failed'; readonly error: BesaceError };

/** One media on the page: loaded when asked for, given back with its scope. */
export function useMedia(cache: MediaCache) {
  const state: ShallowRef<MediaState> = shallowRef({ kind: 'idle' });
  const held: Media[] = [];
  let live = true;

  onScopeDispose(() => {
    live = false;
    for (const media of held) {
      cache.release(media);
    }
  });

  /** The address of the decrypted media, or null when it could not be had. */
  async function load(media: Media): Promise<string | null> {
    state.value = { kind: 'loading' };
    held.push(media);
    const answer = await cache.acquire(media);
    if (live) {
      state.value = answer.ok ? { kind: 'ready', url: answer.value } : { kind: 'failed', error: answer.error };
    }
    return answer.ok ? answer.value : null;
  }

  return { state, load };
}

/** Hands a decrypted file to the browser's downloads. */
export function saveAs(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}
