import { expect, test } from 'vitest';
import { docOfText, type RichDoc } from '../../ui/editor/richDoc.ts';
import type { Draft } from './drafts.ts';
import { type DraftStore, localDrafts } from './localDrafts.ts';
import { eventId, roomId } from './testing.ts';

const room = { roomId: roomId('!plan'), threadRoot: null };

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

const rich: RichDoc = {
  type: 'doc',
  content: [
    { type: 'paragraph', content: [{ type: 'text', text: 'gras', marks: [{ type: 'bold' }] }] },
    { type: 'paragraph', content: [{ type: 'mention', attrs: { id: '@bob:culture.test', label: 'Bob' } }] },
  ],
};

test('[MSG-8] a draft comes back as it was written', async () => {
  const { drafts } = memory();
  const written: readonly Draft[] = [
    { doc: rich, mode: { kind: 'new' }, files: [{ name: 'plan.pdf', size: 3, caption: 'Le plan' }] },
    { doc: docOfText('b'), mode: { kind: 'reply', to: eventId('$a'), senderName: 'Bob', text: 'Quand ?' }, files: [] },
    {
      doc: docOfText('c'),
      mode: { kind: 'edit', of: eventId('$a'), original: docOfText('d'), before: rich },
      files: [],
    },
  ];
  for (const draft of written) {
    await drafts.save(room, draft);
    expect(await drafts.load(room)).toEqual(draft);
  }
  await drafts.remove(room);
  expect(await drafts.load(room)).toBeNull();
});

test('[MSG-8] a thread has its own draft, and what an earlier version kept is read', async () => {
  const { drafts, kept } = memory();
  const thread = { ...room, threadRoot: eventId('$root') };
  await drafts.save(room, draftOf('salon'));
  await drafts.save(thread, draftOf('fil'));
  expect((await drafts.load(room))?.doc).toEqual(docOfText('salon'));
  expect((await drafts.load(thread))?.doc).toEqual(docOfText('fil'));
  kept.set(room.roomId, { text: 'deux\nlignes', mode: { kind: 'new' } });
  expect(await drafts.load(room)).toEqual({ doc: docOfText('deux\nlignes'), mode: { kind: 'new' }, files: [] });
});

test('[MSG-8] [T7] what does not parse counts as no draft', async () => {
  const { drafts, kept } = memory();
  let node: unknown = { type: 'paragraph' };
  for (let depth = 0; depth < 1_000; depth += 1) node = { type: 'blockquote', content: [node] };
  const nested = { doc: { type: 'doc', content: [node] }, mode: { kind: 'new' }, files: [] };
  for (const value of [undefined, 3, { text: 1 }, { text: 'a', mode: { kind: 'reply', to: 'x' } }, nested]) {
    kept.set(room.roomId, value);
    expect(await drafts.load(room)).toBeNull();
  }
});

test('[MSG-8] the last write stays, and a failed one does not stop the next', async () => {
  const { drafts, failure } = memory();
  await Promise.all(['a', 'ab', 'abc'].map((text) => drafts.save(room, draftOf(text))));
  expect((await drafts.load(room))?.doc).toEqual(docOfText('abc'));
  failure.error = new Error('full');
  await expect(drafts.save(room, draftOf('abcd'))).rejects.toThrow('full');
  failure.error = null;
  await drafts.save(room, draftOf('abcde'));
  expect((await drafts.load(room))?.doc).toEqual(docOfText('abcde'));
});

function draftOf(text: string): Draft {
  return { doc: docOfText(text), mode: { kind: 'new' }, files: [] };
}
