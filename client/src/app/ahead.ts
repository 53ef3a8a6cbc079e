import { watch } from 'vue';
import type { Feature } from './feature.ts';
import type { Bridge } from './worker/bridge.ts';

/** The session's own start goes first, ms. */
const AFTER = 1_500;

/**
 * Fetches, once the session runs and the page has nothing to do, the code of what people open next, so that the first click on a room does not
 * wait for it. What fails now is asked for again by the click.
 */
export function loadAhead(bridge: Pick<Bridge, 'state'>, features: readonly Feature[]): void {
  const loads = [() => import('./room/RoomPage.vue'), ...features.flatMap(({ ahead }) => ahead ?? [])];
  const stop = watch(bridge.state, ({ kind }) => {
    if (kind !== 'running') return;
    stop();
    setTimeout(next, AFTER);
  });

  function next(): void {
    requestIdleCallback(async () => {
      const load = loads.shift();
      if (load === undefined) return;
      await load().catch(() => undefined);
      next();
    });
  }
}
