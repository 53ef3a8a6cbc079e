import type { RoomId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import type { SendState } from '../api/types.ts';
import type { OutboxEvent, QueuedItem } from '../outbox/outbox.ts';
import { createTestClock } from '../platform/testClock.ts';
import { settled } from './settled.ts';

const ROOM = '!salon' as RoomId;

describe('waiting for what is on its way', () => {
  it('[ROOM-1] does not wait where nothing is, nor for what was refused', async () => {
    const { outbox, clock } = world([item({ kind: 'refused', error: { code: 'forbidden' } })]);
    await settled(outbox, clock, ROOM);
    expect(outbox.listeners.size).toBe(0);
  });

  it('[ROOM-1] waits for the last of the room, and then listens no more', async () => {
    const { outbox, clock } = world([item({ kind: 'sending', progress: null }), item({ kind: 'waiting' })]);
    let over = false;
    const waiting = settled(outbox, clock, ROOM).then(() => {
      over = true;
    });
    outbox.leave();
    await Promise.resolve();
    expect(over).toBe(false);
    outbox.leave();
    await waiting;
    expect(outbox.listeners.size).toBe(0);
  });

  it('[ROOM-1] waits ten seconds at the most', async () => {
    const { outbox, clock } = world([item({ kind: 'waiting' })]);
    const waiting = settled(outbox, clock, ROOM);
    clock.advance(10_000);
    await waiting;
    expect(outbox.listeners.size).toBe(0);
  });
});

function world(waiting: QueuedItem[]) {
  const listeners = new Set<(event: OutboxEvent) => void>();
  const outbox = {
    listeners,
    items: () => waiting,
    on(listener: (event: OutboxEvent) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    leave() {
      const gone = waiting.shift();
      if (gone) for (const listener of listeners) listener({ kind: 'discarded', item: gone });
    },
  };
  return { outbox, clock: createTestClock() };
}

function item(state: SendState): QueuedItem {
  return { id: 'id', roomId: ROOM, seq: 1, since: 0, work: { kind: 'message', content: {} }, state };
}
