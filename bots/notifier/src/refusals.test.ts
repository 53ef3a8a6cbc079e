import type { RoomId } from '@besace/protocol/core/ids';
import { expect, test, vi } from 'vitest';
import { createRefusals } from './refusals.ts';

const item = (id: string, state: 'waiting' | 'refused') => ({
  id,
  roomId: '!room' as RoomId,
  what: 'message' as const,
  object: null,
  since: 0,
  state: state === 'waiting' ? ({ kind: state } as const) : ({ kind: state, error: { code: 'forbidden' } } as const),
});

test('[NOTIFIER-11] what is refused for good is written down once, logged without its text, and leaves the queue', async () => {
  const kept: string[] = [];
  const discard = vi.fn(async () => ({ ok: true as const, value: undefined }));
  const warn = vi.fn();
  const look = createRefusals({
    api: { discard },
    store: { markRefused: async (id, code) => void kept.push(`${id} ${code}`) },
    logger: { warn, error: vi.fn() },
  });
  look([item('a', 'waiting'), item('b', 'refused')]);
  look([item('b', 'refused')]);
  await vi.waitFor(() => expect(discard).toHaveBeenCalledWith('b'));
  expect(kept).toEqual(['b forbidden']);
  expect(warn).toHaveBeenCalledWith({ delivery: 'b', code: 'forbidden' }, 'delivery refused');
});
