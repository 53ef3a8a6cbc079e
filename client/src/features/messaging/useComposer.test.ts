import type { BesaceError } from '@besace/matrix/api/types';
import { err, ok } from '@besace/protocol/core/result';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { effectScope } from 'vue';
import { docOfText, emptyDoc, isEmptyDoc, type RichDoc, textIn } from '../../ui/editor/richDoc.ts';
import { type Drafts, memoryDrafts } from './drafts.ts';
import { largestFile } from './media.ts';
import { eventId, roomId, textItem } from './testing.ts';
import { type ComposerDeps, useComposer } from './useComposer.ts';

type Call = readonly [string, ...unknown[]];
const room = roomId('!plan');
const here = { roomId: room, threadRoot: null };
const nobody = { users: [], room: false };

/** A composer over an api that accepts, or refuses with `refusal.error`, and notes what it was asked. */
function open(drafts: Drafts = memoryDrafts()) {
  const calls: Call[] = [];
  let ids = 0;
  const refusal: { error: BesaceError | null } = { error: null };
  function answer<T>(value: T, ...call: Call) {
    calls.push(call);
    return Promise.resolve(refusal.error === null ? ok(value) : err(refusal.error));
  }
  const deps: ComposerDeps = {
    api: {
      sendText: (_, input) => answer(input.txnId ?? '', 'sendText', input),
      edit: (_, event, input) => answer('t', 'edit', event, input),
      sendFile: (_, file, input) => answer(input.txnId ?? '', 'sendFile', file.size, input),
      undo: (id) => answer('withdrawn' as const, 'undo', id),
      invite: (_, user) => answer(undefined, 'invite', user),
      setTopic: (_, topic) => answer(undefined, 'setTopic', topic),
      setDisplayName: (name) => answer(undefined, 'setDisplayName', name),
      setTyping: (_, typing) => answer(undefined, 'setTyping', typing),
    },
    roomId: room,
    drafts,
    tools: [{ id: 'poll', label: 'polls.ask', names: ['sondage', 'poll'] }],
    askNote: () => 'réagissez',
    measure: async (file) => (file.type === 'image/png' ? { width: 640, height: 480 } : null),
    docOf: async (html) => bold(html.replace(/<[^>]*>/g, '')),
    newId: () => {
      ids += 1;
      return `t${ids}`;
    },
    now: () => Date.now(),
  };
  const scope = effectScope();
  const composer = scope.run(() => useComposer(deps));
  if (composer === undefined) throw new Error('no scope');
  return { composer, calls, refusal, scope, drafts, sent: () => calls.filter(([name]) => name !== 'setTyping') };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the composer', () => {
  test('[MSG-9] what was accepted leaves it', async () => {
    const { composer, sent } = open();
    composer.input(docOfText('  Bonjour  '));
    expect(await composer.send()).toBe(true);
    expect(sent()).toEqual([['sendText', { text: 'Bonjour', mentions: nobody, txnId: 't1' }]]);
    expect(wordsOf(composer.doc.value)).toBe('');
    expect(composer.canSend.value).toBe(false);
  });

  test('[MSG-9] [T8] what was not accepted stays, with its mode and the reason', async () => {
    const { composer, refusal } = open();
    composer.reply(textItem('a', 'Quand ?', { senderName: 'Bob' }));
    composer.input(docOfText('Demain'));
    refusal.error = { code: 'storage-lost' };
    expect(await composer.send()).toBe(false);
    expect(wordsOf(composer.doc.value)).toBe('Demain');
    expect(composer.mode.value.kind).toBe('reply');
    expect(composer.problem.value).toEqual({ kind: 'refused', error: { code: 'storage-lost' } });
  });

  test('[MSG-80] [T8] words leave to be sent later, and stay when that is refused', async () => {
    const { composer, sent, refusal } = open();
    expect(await composer.schedule(5)).toBe(false);
    composer.reply(textItem('a', 'Quand ?'));
    composer.input(docOfText('Lundi'));
    refusal.error = { code: 'invalid', detail: 'due' };
    expect(await composer.schedule(5)).toBe(false);
    expect(wordsOf(composer.doc.value)).toBe('Lundi');
    refusal.error = null;
    expect(await composer.schedule(5)).toBe(true);
    expect(sent().at(-1)).toMatchObject(['sendText', { text: 'Lundi', due: 5, replyTo: '$a' }]);
    expect([wordsOf(composer.doc.value), composer.done.value]).toEqual(['', 'scheduled']);
    composer.input(docOfText('/aide'));
    expect(await composer.schedule(5)).toBe(false);
    expect(composer.undoable.value).toBe(false);
  });

  test('[MSG-9] what is typed while a message is being accepted is the next one', async () => {
    const { composer } = open();
    composer.input(docOfText('Un'));
    const sending = composer.send();
    composer.input(docOfText('Un deux'));
    await sending;
    expect(wordsOf(composer.doc.value)).toBe('deux');
  });

  test('[MSG-8] a draft comes back with its mode', async () => {
    const drafts = memoryDrafts();
    const first = open(drafts);
    first.composer.reply(textItem('a', 'Quand ?', { senderName: 'Bob' }));
    first.composer.input(docOfText('Je re'));
    await kept(first.composer);
    first.scope.stop();
    const second = open(drafts);
    await second.composer.loaded;
    expect(wordsOf(second.composer.doc.value)).toBe('Je re');
    expect(second.composer.mode.value).toEqual({
      kind: 'reply',
      to: eventId('$a'),
      senderName: 'Bob',
      text: 'Quand ?',
    });
    await second.composer.send();
    await kept(second.composer);
    expect(await drafts.load(here)).toBeNull();
  });

  test('[MSG-8] a draft that loads late does not overwrite what was typed meanwhile', async () => {
    const drafts = memoryDrafts();
    await drafts.save(here, { doc: docOfText('old'), mode: { kind: 'new' }, files: [] });
    const { composer } = open(drafts);
    composer.input(docOfText('new'));
    await composer.loaded;
    expect(wordsOf(composer.doc.value)).toBe('new');
  });

  test('[MSG-8] a draft that cannot be kept says so, and stays', async () => {
    const lost = () => Promise.reject(new Error('no storage'));
    const { composer } = open({ load: lost, save: lost, remove: lost });
    await composer.loaded;
    composer.input(docOfText('Bonjour'));
    await vi.runAllTimersAsync();
    expect(composer.unkept.value).toBe(true);
    expect(wordsOf(composer.doc.value)).toBe('Bonjour');
  });

  test('[MSG-10] typing is announced at most each 4 s and taken back', async () => {
    const { composer, calls, scope } = open();
    for (let second = 0; second < 5; second += 1) {
      composer.input(docOfText(`${second}`));
      vi.advanceTimersByTime(1000);
    }
    expect(calls).toEqual([
      ['setTyping', true],
      ['setTyping', true],
    ]);
    composer.input(docOfText(''));
    expect(calls.at(-1)).toEqual(['setTyping', false]);
    composer.input(docOfText('a'));
    vi.advanceTimersByTime(6000);
    expect(calls.at(-1)).toEqual(['setTyping', false]);
    composer.input(docOfText('b'));
    scope.stop();
    expect(calls.at(-1)).toEqual(['setTyping', false]);
  });

  test('[MSG-11] Up edits my last text, and Escape gives back what was before', () => {
    const { composer } = open();
    const items = [textItem('a', 'Bonjuor', { mine: true }), textItem('b', 'Bonjour')];
    expect(composer.editLast(items)).toBe(true);
    expect(wordsOf(composer.doc.value)).toBe('Bonjuor');
    expect(composer.cancel()).toBe(true);
    expect(wordsOf(composer.doc.value)).toBe('');
    composer.input(docOfText('en cours'));
    expect(composer.editLast(items)).toBe(false);
    composer.edit(textItem('a', 'Bonjuor', { mine: true }));
    composer.cancel();
    expect(wordsOf(composer.doc.value)).toBe('en cours');
    expect(composer.cancel()).toBe(false);
  });

  test('[MSG-11] an edit is sent as one, and gives back what was before; without a change nothing is sent', async () => {
    const { composer, sent } = open();
    composer.input(docOfText('en cours'));
    composer.edit(textItem('a', 'Bonjuor', { mine: true }));
    composer.input(docOfText('Bonjour'));
    await composer.send();
    expect(sent()).toEqual([['edit', '$a', { text: 'Bonjour', mentions: nobody }]]);
    expect(wordsOf(composer.doc.value)).toBe('en cours');
    composer.edit(textItem('b', 'pareil', { mine: true }));
    await composer.send();
    expect(sent()).toHaveLength(1);
    expect(composer.mode.value.kind).toBe('new');
  });

  test('only my own texts can be edited', () => {
    const { composer } = open();
    composer.edit(textItem('a', 'hers'));
    expect(composer.mode.value.kind).toBe('new');
  });

  test('one file takes the text as its caption, with its dimensions', async () => {
    const { composer, sent } = open();
    await composer.addFiles([new File(['abc'], 'plan.png', { type: 'image/png' })]);
    composer.input(docOfText('Le plan'));
    await composer.send();
    expect(sent()).toEqual([
      ['sendFile', 3, { name: 'plan.png', caption: 'Le plan', mentions: nobody, width: 640, height: 480, txnId: 't1' }],
    ]);
    expect(composer.files.value).toEqual([]);
    expect(wordsOf(composer.doc.value)).toBe('');
  });

  test('several files follow the text; those not accepted stay', async () => {
    const { composer, sent, refusal } = open();
    await composer.addFiles([new File(['a'], 'un.txt'), new File(['bb'], 'deux.txt')]);
    composer.input(docOfText('Voici'));
    await composer.send();
    expect(sent().map(([name]) => name)).toEqual(['sendText', 'sendFile', 'sendFile']);
    await composer.addFiles([new File(['c'], 'trois.txt')]);
    refusal.error = { code: 'storage-lost' };
    await composer.send();
    expect(composer.files.value.map(({ name }) => name)).toEqual(['trois.txt']);
  });

  test('[MSG-16] a file above 100 MiB is refused by name, the others are kept', async () => {
    const { composer } = open();
    const large = Object.defineProperty(new File([''], 'film.mp4'), 'size', { value: largestFile + 1 });
    await composer.addFiles([large, new File(['a'], 'un.txt')]);
    expect(composer.problem.value).toEqual({ kind: 'too-large', names: ['film.mp4'] });
    expect(composer.files.value.map(({ name }) => name)).toEqual(['un.txt']);
  });
});

async function kept({ kept: isKept }: ReturnType<typeof useComposer>): Promise<void> {
  while (!isKept.value) await Promise.resolve();
}

function wordsOf(doc: RichDoc): string {
  return doc.content.map(textIn).join('\n');
}

function bold(text: string): RichDoc {
  return {
    type: 'doc',
    content: [{ type: 'paragraph', content: [{ type: 'text', text, marks: [{ type: 'bold' }] }] }],
  };
}

describe('rich text, commands, undo', () => {
  test('[MSG-40] what is formatted is sent with its form, and edited with it', async () => {
    const { composer, sent } = open();
    composer.input(bold('Urgent'));
    await composer.send();
    expect(sent()[0]?.[1]).toMatchObject({ text: 'Urgent', html: '<strong>Urgent</strong>' });
    const body = { kind: 'text', text: 'Urgent', html: '<b>Urgent</b>', emote: false, notice: false } as const;
    await composer.edit(textItem('a', '', { mine: true, body }));
    expect(composer.doc.value).toEqual(bold('Urgent'));
    await composer.send();
    expect(sent()).toHaveLength(1);
    expect(composer.mode.value.kind).toBe('new');
  });

  test('[MSG-8] a draft remembers the files that must be chosen again, and gives them their captions', async () => {
    const drafts = memoryDrafts();
    const first = open(drafts);
    await first.composer.addFiles([new File(['abc'], 'plan.pdf'), new File(['de'], 'note.pdf')]);
    first.composer.describeFile(0, 'Le plan');
    await kept(first.composer);
    first.scope.stop();
    const { composer } = open(drafts);
    await composer.loaded;
    expect(composer.awaited.value.map(({ name }) => name)).toEqual(['plan.pdf', 'note.pdf']);
    await composer.addFiles([new File(['abc'], 'plan.pdf')]);
    expect(composer.files.value[0]?.caption).toBe('Le plan');
    expect(composer.awaited.value.map(({ name }) => name)).toEqual(['note.pdf']);
    composer.forgetAwaited();
    expect(composer.awaited.value).toEqual([]);
  });

  test('[MSG-45] each of several files goes with its own caption', async () => {
    const { composer, sent } = open();
    await composer.addFiles([new File(['a'], 'un.txt'), new File(['bb'], 'deux.txt')]);
    composer.describeFile(1, 'Le second');
    await composer.send();
    expect(sent().map(([, , input]) => input)).toEqual([
      { name: 'un.txt', txnId: 't1' },
      { name: 'deux.txt', txnId: 't2', caption: 'Le second', mentions: nobody },
    ]);
  });

  test('[MSG-43] what was sent comes back for ten seconds, before what was begun since', async () => {
    const { composer, sent } = open();
    composer.reply(textItem('a', 'Quand ?'));
    composer.input(bold('Demain'));
    await composer.send();
    composer.input(docOfText('suite'));
    expect(composer.undoable.value).toBe(true);
    await composer.undo();
    expect(sent().at(-1)).toEqual(['undo', 't1']);
    expect(wordsOf(composer.doc.value)).toBe('Demain\nsuite');
    expect(composer.mode.value.kind).toBe('reply');
    await composer.send();
    vi.advanceTimersByTime(9_999);
    expect(composer.undoable.value).toBe(true);
    vi.advanceTimersByTime(1);
    expect(composer.undoable.value).toBe(false);
    await composer.undo();
    expect(sent().filter(([name]) => name === 'undo')).toHaveLength(1);
  });

  test('[MSG-43] files and an edit come back too; what cannot be taken back says so', async () => {
    const { composer, refusal } = open();
    await composer.addFiles([new File(['abc'], 'plan.pdf')]);
    composer.input(docOfText('Le plan'));
    await composer.send();
    await composer.undo();
    expect(composer.files.value.map(({ name, leaving }) => [name, leaving])).toEqual([['plan.pdf', false]]);
    composer.removeFile(0);
    composer.input(emptyDoc);
    composer.edit(textItem('a', 'Bonjuor', { mine: true }));
    composer.input(docOfText('Bonjour'));
    await composer.send();
    await composer.undo();
    expect([wordsOf(composer.doc.value), composer.mode.value.kind]).toEqual(['Bonjour', 'edit']);
    await composer.send();
    refusal.error = { code: 'not-found' };
    await composer.undo();
    expect(composer.problem.value).toEqual({ kind: 'not-undone' });
    expect(isEmptyDoc(composer.doc.value)).toBe(true);
  });

  test('[MSG-42] commands do what they say', async () => {
    const { composer, sent } = open();
    const run = async (text: string) => {
      composer.input(docOfText(text));
      await composer.send();
    };
    await run('/me rit');
    await run('/sujet La canicule');
    await run('/inviter @bob:culture.test');
    await run('/nom Anne M.');
    expect(sent()).toEqual([
      ['sendText', { text: 'rit', mentions: nobody, txnId: 't1', emote: true }],
      ['setTopic', 'La canicule'],
      ['invite', '@bob:culture.test'],
      ['setDisplayName', 'Anne M.'],
    ]);
    expect(composer.done.value).toBe('name');
    await run('/aide');
    expect(composer.help.value).toBe(true);
    expect(isEmptyDoc(composer.doc.value)).toBe(true);
  });

  test('[MSG-70] asks for an acknowledgement once, for words alone', async () => {
    const { composer, sent } = open();
    composer.toggleAsk();
    await composer.addFiles([new File(['x'], 'note.txt')]);
    composer.input(docOfText('Lisez ceci'));
    await composer.send();
    expect(sent().map(([name]) => name)).toEqual(['sendText', 'sendFile']);
    expect(sent()[0]?.[1]).toMatchObject({ ask: { urgent: false, note: 'réagissez' } });
    expect(composer.ask.value).toBeNull();
  });

  test('[MSG-70] [MSG-8] that it asks is kept with the draft, and comes back with what is taken back', async () => {
    const { composer, drafts } = open();
    composer.toggleAsk();
    composer.ask.value = { urgent: true };
    composer.input(docOfText('Lisez ceci'));
    await vi.waitFor(() => expect(composer.kept.value).toBe(true));
    const again = open(drafts).composer;
    await again.loaded;
    expect(again.ask.value).toEqual({ urgent: true });
    await again.send();
    expect(again.ask.value).toBeNull();
    await again.undo();
    expect(again.ask.value).toEqual({ urgent: true });
  });

  test('[MSG-46] a dialog of another feature opens with what stood after the slash, which leaves the composer', async () => {
    const { composer, sent } = open();
    composer.input(docOfText('/Sondage Quand se voir ?'));
    expect(await composer.send()).toBe(false);
    expect(composer.tool.value).toEqual({ id: 'poll', words: 'Quand se voir ?' });
    expect(isEmptyDoc(composer.doc.value)).toBe(true);
    expect(sent()).toEqual([]);
  });

  test('[MSG-42] an unknown command is never sent, and stays to be mended; two slashes send it', async () => {
    const { composer, sent } = open();
    composer.input(docOfText('/secret mot de passe'));
    expect(await composer.send()).toBe(false);
    expect(composer.problem.value).toEqual({ kind: 'unknown-command', name: 'secret' });
    expect(wordsOf(composer.doc.value)).toBe('/secret mot de passe');
    composer.input(docOfText('/inviter quelqu’un'));
    await composer.send();
    expect(composer.problem.value).toEqual({ kind: 'incomplete', command: 'invite' });
    expect(sent()).toEqual([]);
    for (const text of ['//secret', '/srv/data est plein', '/ 2']) {
      composer.input(docOfText(text));
      await composer.send();
    }
    expect(sent().map(([, input]) => (input as { text: string }).text)).toEqual([
      '/secret',
      '/srv/data est plein',
      '/ 2',
    ]);
  });
});
