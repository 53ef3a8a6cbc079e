import type { BesaceApi, BesaceError, RoomSummary } from '@besace/matrix/api/types';
import type { RoomId, UserId } from '@besace/protocol/core/ids';
import type { Logger } from 'pino';
import type { Delivery, NotifierStore } from './store.ts';

export type DeliverDeps = {
  readonly api: Pick<BesaceApi, 'sendText' | 'createConversation'>;
  readonly store: NotifierStore;
  readonly logger: Logger;
  /** Rooms that the bot knows, by latest activity. */
  rooms(): readonly RoomSummary[];
  /** How many messages wait in the send queue. */
  queued(): number;
  after(ms: number, run: () => void): void;
};

const RETRY_MS = 2_000;
/**
 * Past this the queue gets no more: what comes meanwhile waits in the store, where each hook has its limit (NOTIFIER-7). Else a homeserver that
 * is away would let one caller fill the disk.
 */
export const MOST_QUEUED = 200;
/** Failures that pass by themselves: the delivery stays and is tried again. */
const passing: ReadonlySet<BesaceError['code']> = new Set([
  'offline',
  'limited',
  'server-failed',
  'server-nonsense',
  'storage-lost',
  'signed-out',
]);

/**
 * Hands what was accepted to the send queue, oldest first. The queue is durable and takes the delivery's id as transaction id, so handing over
 * the same one again after a kill sends nothing twice (NOTIFIER-5). `wake` may be called at any time.
 */
export function createDeliverer(deps: DeliverDeps): { wake(): void; idle(): Promise<void> } {
  let running: Promise<void> | null = null;
  let again = false;

  function wake(): void {
    again = true;
    running ??= run().finally(() => {
      running = null;
      if (again) wake();
    });
  }

  async function run(): Promise<void> {
    try {
      while (again) {
        again = false;
        for (const delivery of await deps.store.waiting()) {
          if (deps.queued() >= MOST_QUEUED) return deps.after(RETRY_MS, wake);
          const error = await handOver(delivery);
          if (error === null) continue;
          deps.logger.warn({ delivery: delivery.id, code: error.code }, 'delivery not handed over');
          if (passing.has(error.code)) return deps.after(error.retryAfterMs ?? RETRY_MS, wake);
          await deps.store.markRefused(delivery.id, error.code);
        }
      }
    } catch (error) {
      // The store refuses: nothing is lost, it is tried again.
      deps.logger.error({ error: error instanceof Error ? error.message : 'unknown' }, 'deliveries stopped');
      deps.after(RETRY_MS, wake);
    }
  }

  async function handOver(delivery: Delivery): Promise<BesaceError | null> {
    const room = await roomOf(delivery);
    if (!room.ok) return room.error;
    const sent = await deps.api.sendText(room.value, { text: delivery.text, txnId: delivery.id });
    if (!sent.ok) return sent.error;
    await deps.store.markHanded(delivery.id);
    return null;
  }

  function roomOf({ target }: Delivery) {
    if (target.kind === 'room') return { ok: true as const, value: target.roomId };
    const known = conversationWith(target.userId);
    if (known !== null) return { ok: true as const, value: known };
    return deps.api.createConversation({ name: null, invite: [target.userId], direct: true });
  }

  function conversationWith(user: UserId): RoomId | null {
    const found = deps.rooms().find((room) => room.membership === 'join' && room.direct && room.directWith === user);
    return found?.roomId ?? null;
  }

  return { wake, idle: () => running ?? Promise.resolve() };
}
