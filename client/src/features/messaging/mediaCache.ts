import type { BesaceError, Media, TimelineApi } from '@besace/matrix/api/types';
import { err, ok, type Result } from '@besace/protocol/core/result';

/** Decrypted media as addresses that the page can show, shared by all who show them. */
export interface MediaCache {
  /** An address good until `release` was called as often as `acquire`, and some time after. */
  acquire(media: Media): Promise<Result<string, BesaceError>>;
  release(media: Media): void;
  /** Forgets everything: decrypted bytes leave the memory. */
  clear(): void;
}

export type MediaCacheDeps = {
  readonly api: Pick<TimelineApi, 'download'>;
  createUrl(blob: Blob): string;
  revokeUrl(url: string): void;
  /** How many unused media are kept for when one scrolls back. */
  readonly spare?: number;
};

type Entry = { users: number; readonly url: Promise<Result<string, BesaceError>> };

export function createMediaCache({ api, createUrl, revokeUrl, spare = 60 }: MediaCacheDeps): MediaCache {
  // In order of use: the first is the one unused for the longest.
  const entries = new Map<string, Entry>();

  function acquire(media: Media): Promise<Result<string, BesaceError>> {
    const known = entries.get(media.url);
    const entry = known ?? { users: 0, url: load(media) };
    entry.users += 1;
    entries.delete(media.url);
    entries.set(media.url, entry);
    return entry.url;
  }

  async function load(media: Media): Promise<Result<string, BesaceError>> {
    const answer = await api.download(media);
    if (!answer.ok) {
      // Not kept: the next one who asks tries again.
      entries.delete(media.url);
      return err(answer.error);
    }
    return ok(createUrl(answer.value));
  }

  function release(media: Media): void {
    const entry = entries.get(media.url);
    if (entry !== undefined) {
      entry.users = Math.max(0, entry.users - 1);
      trim();
    }
  }

  function trim(): void {
    const unused = [...entries].filter(([, entry]) => entry.users === 0);
    for (const [key, entry] of unused.slice(0, Math.max(0, unused.length - spare))) {
      forget(key, entry);
    }
  }

  function forget(key: string, entry: Entry): void {
    entries.delete(key);
    void entry.url.then((url) => {
      if (url.ok) {
        revokeUrl(url.value);
      }
    });
  }

  function clear(): void {
    for (const [key, entry] of entries) {
      forget(key, entry);
    }
  }

  return { acquire, release, clear };
}
