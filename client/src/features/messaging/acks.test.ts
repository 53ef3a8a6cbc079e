import type { Acknowledgements, ToAcknowledge } from '@besace/matrix/api/types';
import { ok } from '@besace/protocol/core/result';
import { describe, expect, test, vi } from 'vitest';
import { createApp, effectScope } from 'vue';
import { provideToAcknowledge, useToAcknowledge } from '../../app/toAcknowledge.ts';
import { watched } from '../../testing/watchedApi.ts';
import { eventId, roomId, userId } from './testing.ts';
import { useAcks } from './useAcks.ts';

const room = roomId('!plan');
const message = eventId('$m');
const person = (at: number, acknowledged = false) => ({
  userId: userId(`@p${at}:interieur.test`),
  name: `P${at}`,
  acknowledged,
  proven: acknowledged,
});

function open(people: Acknowledgements['people']) {
  const source = watched<Acknowledgements>({
    author: { userId: userId('@anne:interieur.test'), name: 'Anne' },
    urgent: false,
    people,
    complete: true,
    mine: 'not-asked',
    loading: false,
    problem: null,
  });
  const sendText = vi.fn(async (..._: unknown[]) => ok('sent'));
  const acknowledge = vi.fn(async () => ok(undefined));
  const api = {
    watchAcknowledgements: (...args: Parameters<typeof source.watch>) => source.watch(...args),
    acknowledge,
    sendText,
  };
  const model = effectScope().run(() => useAcks({ api, roomId: room, eventId: message }));
  if (model === undefined) throw new Error('no scope');
  return { model, sendText, acknowledge };
}

describe('acknowledgements of a message', () => {
  test('[MSG-70] counts those who have, and names those who have not', async () => {
    const { model, acknowledge } = open([person(1), person(2, true)]);
    expect(model.given.value).toBe(1);
    expect(model.missing.value.map(({ name }) => name)).toEqual(['P1']);
    await model.acknowledge();
    expect(acknowledge).toHaveBeenCalledWith(room, message);
  });

  test('[MSG-71] reminds those, and only those, who have not, a hundred at a time', async () => {
    const { model, sendText } = open([...Array.from({ length: 150 }, (_, at) => person(at)), person(200, true)]);
    expect(await model.remind('Rappel')).toBe(true);
    const named = sendText.mock.calls.map(([, input]) => (input as { mentions: { users: string[] } }).mentions.users);
    expect(named.map((users) => users.length)).toEqual([100, 50]);
    expect(named.flat()).not.toContain(person(200).userId);
    expect(sendText.mock.calls[0]).toMatchObject([room, { text: 'Rappel', replyTo: message }]);
    const all = open([person(1, true)]);
    expect(await all.model.remind('Rappel')).toBe(false);
    expect(all.sendText).not.toHaveBeenCalled();
  });

  test('[MSG-72] what waits is watched once for the whole page, and stands by room', () => {
    const waiting: ToAcknowledge = {
      roomId: room,
      eventId: message,
      sender: { userId: userId('@anne:interieur.test'), name: 'Anne' },
      text: 'Lisez',
      urgent: true,
      at: 1,
    };
    const source = watched<readonly ToAcknowledge[]>([waiting]);
    const app = createApp({});
    provideToAcknowledge(app, { watchToAcknowledge: (listener) => source.watch(listener) });
    const [one, other] = app.runWithContext(() => [useToAcknowledge(), useToAcknowledge()]);
    expect(source.watchers()).toBe(1);
    expect(one).toBe(other);
    expect(one?.byRoom.value.get(room)).toEqual([waiting]);
    source.say([]);
    expect(one?.list.value).toEqual([]);
  });
});
