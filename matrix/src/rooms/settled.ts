import type { RoomId } from '@besace/protocol/core/ids';
import type { Outbox } from '../outbox/outbox.ts';
import type { Clock } from '../platform/platform.ts';

/** Longest that an invitation waits for what is on its way, ms. */
const PATIENCE_MS = 10_000;

/**
 * Resolves once nothing of the room is on its way, and after 10 s at the latest. The keys that an invitation hands over are
 * those that exist at that moment: what is encrypted meanwhile for the members of before would stay locked for the newcomer (T10).
 * What was refused waits for a person, so nothing waits for it.
 */
export function settled(outbox: Pick<Outbox, 'items' | 'on'>, clock: Clock, roomId: RoomId): Promise<void> {
  const idle = () => outbox.items(roomId).every((item) => item.state.kind === 'refused');
  if (idle()) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(PATIENCE_MS, done);
    const stop = outbox.on(() => {
      if (idle()) done();
    });
    function done(): void {
      cancel();
      stop();
      resolve();
    }
  });
}
