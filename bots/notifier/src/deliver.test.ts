import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createDeliverer, MOST_QUEUED } from './deliver.ts';
import { openStore } from './store.ts';

const target = { kind: 'room', roomId: '!room' as RoomId } as const;

test('[NOTIFIER-7] leaves in the store what the send queue has no room for, and goes on later', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'besace-deliver-'));
  const store = await openStore(join(folder, 'db'), () => 1_000);
  const say = Array.from({ length: MOST_QUEUED + 5 }, (_, index) => ({ id: `d${index}`, target, text: 'x' }));
  await store.carryOut('$many' as EventId, target.roomId, { make: null, end: null, say });
  const sent: string[] = [];
  const later: (() => void)[] = [];
  let queued = 0;
  const deliverer = createDeliverer({
    api: {
      sendText: async (_room, { txnId = '' }) => {
        sent.push(txnId);
        queued += 1;
        return ok(txnId);
      },
      createConversation: async () => ok(target.roomId),
    },
    store,
    logger: pino({ level: 'silent' }),
    rooms: () => [],
    queued: () => queued,
    after: (_ms, run) => void later.push(run),
  });
  deliverer.wake();
  await deliverer.idle();
  expect([sent.length, (await store.waiting()).length]).toEqual([MOST_QUEUED, 5]);
  queued = 0;
  for (const run of later) run();
  await deliverer.idle();
  expect([sent.length, (await store.waiting()).length]).toEqual([MOST_QUEUED + 5, 0]);
  await store.close();
  rmSync(folder, { recursive: true });
});
