import type { Stop } from '../api/types.ts';
import type { Clock } from '../platform/platform.ts';

/** Something that is watched, and costs something to open. */
export interface Watchable<T> {
  watch(listener: (value: T) => void): Stop;
  watched(): boolean;
  end(): void;
}

/** How long one that nobody watches is kept current, ms: it scrolls out of sight and comes back, and is not read anew each time. */
const KEPT_MS = 60_000;

/** Opens each key once, for all who watch it; `make` gets what to call when the last of them left. */
export function createKept<T>(clock: Clock): (key: string, make: (onIdle: () => void) => Watchable<T>) => Watchable<T> {
  const open = new Map<string, Watchable<T>>();
  return (key, make) => {
    const known = open.get(key);
    if (known !== undefined) return known;
    const made = make(() => {
      clock.after(KEPT_MS, () => {
        if (made.watched() || open.get(key) !== made) return;
        open.delete(key);
        made.end();
      });
    });
    open.set(key, made);
    return made;
  };
}
