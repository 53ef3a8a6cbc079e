import { expect, test } from 'vitest';
import type { Draft } from './drafts.ts';
import { type DraftStore, localDrafts } from './localDrafts.ts';
import { eventId, roomId } from './testing.ts';

const room = roomId('!plan');

function memory() {
  const kept = new Map<string, unknown>();
  const failure: { error: Error | null } = { error: null };
  const store: DraftStore = {
    get: async (_, key) => kept.get(key),
    write: async (changes) => {
      if (failure.error !== null) throw failure.error;
      for (const change of changes) {
        if ('remove' in change) kept.delete(change.key);
        else kept.set(change.key, JSON.parse(JSON.stringify(change.value)));
      }
    },
  };
  return { kept, failure, drafts: localDrafts(async () => store) };
}

test('[MSG-8] a draft comes back as it was written', async () => {
  const { drafts } = memory();
  const written: readonly Draft[] = [
    { text: 'a', mode: { kind: 'new' } },
    { text: 'b', mode: { kind: 'reply', to: eventId('$a'), senderName: 'Bob', text: 'Quand ?' } },
    { text: 'c', mode: { kind: 'edit', of: eventId('$a'), original: 'd', before: 'e' } },
  ];
  for (const draft of written) {
    await drafts.save(room, draft);
    expect(await drafts.load(room)).toEqual(draft);
  }
  await drafts.remove(room);
  expect(await drafts.load(room)).toBeNull();
});

test('[MSG-8] [T7] what does not parse counts as no draft', async () => {
  const { drafts, kept } = memory();
  for (const value of [undefined, 3, { text: 1 }, { text: 'a', mode: { kind: 'reply', to: 'x' } }]) {
    kept.set(room, value);
    expect(await drafts.load(room)).toBeNull();
  }
});

test('[MSG-8] the last write stays, and a failed one does not stop the next', async () => {
  const { drafts, failure } = memory();
  await Promise.all(['a', 'ab', 'abc'].map((text) => drafts.save(room, { text, mode: { kind: 'new' } })));
  expect((await drafts.load(room))?.text).toBe('abc');
  failure.error = new Error('full');
  await expect(drafts.save(room, { text: 'abcd', mode: { kind: 'new' } })).rejects.toThrow('full');
  failure.error = null;
  await drafts.save(room, { text: 'abcde', mode: { kind: 'new' } });
  expect((await drafts.load(room))?.text).toBe('abcde');
});
