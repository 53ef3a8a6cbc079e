import { err, ok } from '@besace/protocol/core/result';
import type { OutboxApi } from '../api/types.ts';
import type { SessionContext } from '../session/context.ts';
import { createLocalOutboxStore } from './localStore.ts';
import { type Outbox, toOutboxItem } from './outbox.ts';
import { createQueue } from './queue.ts';
import { createTransport } from './transport.ts';

/**
 * The send queue of a session. It stops with the session's scope; what waits stays on disk. Begin it with `start`, once the modules that want to
 * hear what becomes of earlier items are listening.
 */
export function createOutbox(context: SessionContext): Outbox {
  const { platform, localDb, scope, sync } = context;
  const report = (what: string, error: unknown) => {
    platform.logger.error('outbox-failed', { what, error: String(error) });
  };
  const outbox = createQueue({
    store: createLocalOutboxStore(localDb, report),
    transport: createTransport(context),
    now: () => platform.clock.now(),
    random: () => platform.random.fraction(),
    newId: () => `b${[...platform.random.bytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`,
    report,
  });
  scope.add(
    sync.watchConnection((connection) => {
      if (connection.kind === 'online') outbox.wake();
    }),
  );
  scope.add(() => {
    outbox.stop().catch((error: unknown) => report('stop', error));
  });
  return outbox;
}

/** What the screen may see and do of the queue. */
export function createOutboxApi(outbox: Outbox): OutboxApi {
  return {
    async watchOutbox(listener) {
      const tell = () => listener(outbox.items().map(toOutboxItem));
      tell();
      return outbox.on(tell);
    },
    async retry(id) {
      return (await outbox.retry(id)) ? ok(undefined) : err({ code: 'not-found' });
    },
    async discard(id) {
      return (await outbox.discard(id)) ? ok(undefined) : err({ code: 'not-found' });
    },
    async undo(id) {
      const undone = await outbox.undo(id);
      return undone === null ? err({ code: 'not-found' }) : ok(undone);
    },
  };
}
