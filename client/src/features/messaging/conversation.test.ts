import { EMPTY_TIMELINE } from '@besace/matrix/api/emptyTimeline';
import { parseDeviceId } from '@besace/protocol/core/ids';
import { expect, test } from 'vitest';
import { effectScope } from 'vue';
import { createApiDouble } from '../../testing/apiDouble.ts';
import { docOfText } from '../../ui/editor/richDoc.ts';
import { memoryDrafts } from './drafts.ts';
import { eventId, roomId, textItem, userId } from './testing.ts';
import { useComposer } from './useComposer.ts';
import { useTimeline } from './useTimeline.ts';

const room = roomId('!plan');

function open() {
  const device = parseDeviceId('DEVICE');
  if (!device.ok) throw new Error('not a device id');
  const double = createApiDouble({
    status: {
      account: { userId: userId('@anne:interieur.test'), deviceId: device.value, homeserver: '', displayName: 'Anne' },
      identity: { kind: 'ready' },
      connection: { kind: 'online' },
      lockedEvents: 0,
      keyRestore: null,
    },
    timelines: new Map([[room, { ...EMPTY_TIMELINE, items: [textItem('a', 'Quand ?')] }]]),
  });
  const { api } = double;
  const models = effectScope().run(() => ({
    timeline: useTimeline({ api, roomId: room, dayOf: () => 'today', announce: () => undefined }),
    composer: useComposer({
      api,
      roomId: room,
      drafts: memoryDrafts(),
      measure: async () => null,
      docOf: async (html) => docOfText(html),
      newId: () => 'id',
      now: () => 0,
    }),
  }));
  if (models === undefined) throw new Error('no scope');
  return { ...models, double };
}

test('[MSG-9] [MSG-13] [T8] what one says shows at once as waiting, with what it answers', async () => {
  const { timeline, composer } = open();
  const [question] = timeline.items.value;
  if (question === undefined) throw new Error('nothing to answer');
  composer.reply(question);
  composer.input(docOfText('Demain'));
  await composer.send();
  const last = timeline.items.value.at(-1);
  expect(last?.sending).toEqual({ kind: 'waiting' });
  expect(last?.replyTo).toEqual({ eventId: eventId('$a'), senderName: 'Anne Martin', text: 'Quand ?' });
});

test('[MSG-13] what is thrown away leaves the conversation', async () => {
  const { timeline, composer } = open();
  composer.input(docOfText('Oups'));
  await composer.send();
  const last = timeline.items.value.at(-1);
  if (last === undefined) throw new Error('nothing was sent');
  await timeline.discard(last);
  expect(timeline.items.value.map((item) => item.id)).toEqual(['a']);
});

test('a reaction toggles', async () => {
  const { timeline } = open();
  for (const mine of [true, false]) {
    const [item] = timeline.items.value;
    if (item === undefined) throw new Error('nothing to react to');
    await timeline.react(item, '👍');
    expect(timeline.items.value[0]?.reactions.some((reaction) => reaction.mine)).toBe(mine);
  }
});
