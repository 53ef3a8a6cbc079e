import type { BesaceError } from '@besace/matrix/api/types';
import { err, ok } from '@besace/protocol/core/result';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { effectScope } from 'vue';
import { type Drafts, memoryDrafts } from './drafts.ts';
import { largestFile } from './media.ts';
import { eventId, roomId, textItem } from './testing.ts';
import { type ComposerDeps, useComposer } from './useComposer.ts';

type Call = readonly [string, ...unknown[]];
const room = roomId('!plan');

/** A composer over an api that accepts, or refuses with `refusal.error`, and notes what it was asked. */
function open(drafts: Drafts = memoryDrafts()) {
  const calls: Call[] = [];
  const refusal: { error: BesaceError | null } = { error: null };
  function answer<T>(value: T, ...call: Call) {
    calls.push(call);
    return Promise.resolve(refusal.error === null ? ok(value) : err(refusal.error));
  }
  const deps: ComposerDeps = {
    api: {
      sendText: (_, input) => answer('t', 'sendText', input),
      edit: (_, event, input) => answer('t', 'edit', event, input),
      sendFile: (_, file, input) => answer('t', 'sendFile', file.size, input),
      setTyping: (_, typing) => answer(undefined, 'setTyping', typing),
    },
    roomId: room,
    drafts,
    measure: async (file) => (file.type === 'image/png' ? { width: 640, height: 480 } : null),
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
    composer.input('  Bonjour  ');
    expect(await composer.send()).toBe(true);
    expect(sent()).toEqual([['sendText', { text: 'Bonjour' }]]);
    expect(composer.text.value).toBe('');
    expect(composer.canSend.value).toBe(false);
  });

  test('[MSG-9] [T8] what was not accepted stays, with its mode and the reason', async () => {
    const { composer, refusal } = open();
    composer.reply(textItem('a', 'Quand ?', { senderName: 'Bob' }));
    composer.input('Demain');
    refusal.error = { code: 'storage-lost' };
    expect(await composer.send()).toBe(false);
    expect(composer.text.value).toBe('Demain');
    expect(composer.mode.value.kind).toBe('reply');
    expect(composer.problem.value).toEqual({ kind: 'refused', error: { code: 'storage-lost' } });
  });

  test('[MSG-9] what is typed while a message is being accepted is the next one', async () => {
    const { composer } = open();
    composer.input('Un');
    const sending = composer.send();
    composer.input('Un deux');
    await sending;
    expect(composer.text.value).toBe('deux');
  });

  test('[MSG-8] a draft comes back with its mode', async () => {
    const drafts = memoryDrafts();
    const first = open(drafts);
    first.composer.reply(textItem('a', 'Quand ?', { senderName: 'Bob' }));
    first.composer.input('Je re');
    first.scope.stop();
    const second = open(drafts);
    await second.composer.loaded;
    expect(second.composer.text.value).toBe('Je re');
    expect(second.composer.mode.value).toEqual({
      kind: 'reply',
      to: eventId('$a'),
      senderName: 'Bob',
      text: 'Quand ?',
    });
    await second.composer.send();
    expect(await drafts.load(room)).toBeNull();
  });

  test('[MSG-8] a draft that loads late does not overwrite what was typed meanwhile', async () => {
    const drafts = memoryDrafts();
    await drafts.save(room, { text: 'old', mode: { kind: 'new' } });
    const { composer } = open(drafts);
    composer.input('new');
    await composer.loaded;
    expect(composer.text.value).toBe('new');
  });

  test('[MSG-8] a draft that cannot be kept says so, and stays', async () => {
    const lost = () => Promise.reject(new Error('no storage'));
    const { composer } = open({ load: lost, save: lost, remove: lost });
    await composer.loaded;
    composer.input('Bonjour');
    await vi.runAllTimersAsync();
    expect(composer.unkept.value).toBe(true);
    expect(composer.text.value).toBe('Bonjour');
  });

  test('[MSG-10] typing is announced at most each 4 s and taken back', async () => {
    const { composer, calls, scope } = open();
    for (let second = 0; second < 5; second += 1) {
      composer.input(`${second}`);
      vi.advanceTimersByTime(1000);
    }
    expect(calls).toEqual([
      ['setTyping', true],
      ['setTyping', true],
    ]);
    composer.input('');
    expect(calls.at(-1)).toEqual(['setTyping', false]);
    composer.input('a');
    vi.advanceTimersByTime(6000);
    expect(calls.at(-1)).toEqual(['setTyping', false]);
    composer.input('b');
    scope.stop();
    expect(calls.at(-1)).toEqual(['setTyping', false]);
  });

  test('[MSG-11] Up edits my last text, and Escape gives back what was before', () => {
    const { composer } = open();
    const items = [textItem('a', 'Bonjuor', { mine: true }), textItem('b', 'Bonjour')];
    expect(composer.editLast(items)).toBe(true);
    expect(composer.text.value).toBe('Bonjuor');
    expect(composer.cancel()).toBe(true);
    expect(composer.text.value).toBe('');
    composer.input('en cours');
    expect(composer.editLast(items)).toBe(false);
    composer.edit(textItem('a', 'Bonjuor', { mine: true }));
    composer.cancel();
    expect(composer.text.value).toBe('en cours');
    expect(composer.cancel()).toBe(false);
  });

  test('[MSG-11] an edit is sent as one, and gives back what was before; without a change nothing is sent', async () => {
    const { composer, sent } = open();
    composer.input('en cours');
    composer.edit(textItem('a', 'Bonjuor', { mine: true }));
    composer.input('Bonjour');
    await composer.send();
    expect(sent()).toEqual([['edit', '$a', { text: 'Bonjour' }]]);
    expect(composer.text.value).toBe('en cours');
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
    composer.input('Le plan');
    await composer.send();
    expect(sent()).toEqual([['sendFile', 3, { name: 'plan.png', caption: 'Le plan', width: 640, height: 480 }]]);
    expect(composer.files.value).toEqual([]);
    expect(composer.text.value).toBe('');
  });

  test('several files follow the text; those not accepted stay', async () => {
    const { composer, sent, refusal } = open();
    await composer.addFiles([new File(['a'], 'un.txt'), new File(['bb'], 'deux.txt')]);
    composer.input('Voici');
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
