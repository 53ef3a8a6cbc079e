import type { BesaceApi, OutboxItem } from '@besace/matrix/api/types';
import type { Logger } from 'pino';
import type { NotifierStore } from './store.ts';

export type RefusalsDeps = {
  readonly api: Pick<BesaceApi, 'discard'>;
  readonly store: Pick<NotifierStore, 'markRefused'>;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
};

/**
 * What the send queue refuses for good (the bot was removed, or muted) is written down, counted and logged by id, and leaves the queue: nothing that
 * was accepted goes without a trace (NOTIFIER-11). Call it with every state of the queue.
 */
export function createRefusals(deps: RefusalsDeps): (items: readonly OutboxItem[]) => void {
  const at = new Set<string>();

  async function giveUp(id: string, code: string): Promise<void> {
    try {
      await deps.store.markRefused(id, code);
      deps.logger.warn({ delivery: id, code }, 'delivery refused');
      await deps.api.discard(id);
    } catch (error) {
      // It stays in the queue, and is met again with its next state.
      deps.logger.error(
        { delivery: id, error: error instanceof Error ? error.message : 'unknown' },
        'refusal not kept',
      );
    } finally {
      at.delete(id);
    }
  }

  return (items) => {
    for (const { id, state } of items) {
      if (state.kind !== 'refused' || at.has(id)) continue;
      at.add(id);
      void giveUp(id, state.error.code);
    }
  };
}
