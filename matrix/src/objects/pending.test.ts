import { kindOf } from '@besace/protocol/registry';
import { expect, it } from 'vitest';
import type { Outbox, OutboxEvent, QueuedItem } from '../outbox/outbox.ts';
import { PendingWrites } from './pending.ts';
import { ALICE, address, CARD, cardContent, ROOM } from './testing.ts';

const { key, type } = address();

it('[OBJ-9][T8] a refusal is shown until the object is written again, and its item stays in the queue', () => {
  const { pending, tell } = world();
  tell({ kind: 'refused', item: item(1, 'refused'), error: { code: 'forbidden' } });
  expect(pending.of(key)?.sending.kind).toBe('refused');
  tell({ kind: 'queued', item: item(2, 'waiting') });
  expect(pending.of(key)?.sending.kind).toBe('waiting');
  tell({ kind: 'sent', item: item(2, 'waiting'), eventId: '$sent' as never });
  expect(pending.of(key)).toBeUndefined();
  expect([...pending.keys()]).toEqual([key]);
  // Sent again, and refused again: that is news.
  tell({ kind: 'refused', item: item(3, 'refused'), error: { code: 'forbidden' } });
  expect(pending.of(key)?.sending.kind).toBe('refused');
});

function world() {
  const listeners = new Set<(event: OutboxEvent) => void>();
  const outbox = {
    items: () => [],
    on(listener: (event: OutboxEvent) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const pending = new PendingWrites(outbox as unknown as Outbox, ROOM, (name) => kindOf(name) ?? undefined);
  pending.follow({ changed: () => {}, sent: () => {} });
  return {
    pending,
    tell: (event: OutboxEvent) => {
      for (const listener of listeners) listener(event);
    },
  };
}

function item(seq: number, kind: 'waiting' | 'refused'): QueuedItem {
  return {
    id: `b${seq}`,
    roomId: ROOM,
    seq,
    since: 0,
    work: { kind: 'object', type, objectId: CARD, content: cardContent({ title: ['a', seq, ALICE] }) },
    state: kind === 'refused' ? { kind, error: { code: 'forbidden' } } : { kind },
  };
}
