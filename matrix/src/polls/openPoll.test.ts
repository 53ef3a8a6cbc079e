import { pollEndEvent, pollStartEvent } from '@besace/protocol/features/polls';
import { afterEach, expect, it } from 'vitest';
import type { Poll } from '../api/types.ts';
import { createOutbox } from '../outbox/createOutbox.ts';
import { rawEvent, seal, startServer, type TestAnswer, testSession, until } from '../outbox/testing.ts';
import { ALICE, BOB, EVE, id, must, ROOM } from '../timeline/testing.ts';
import { openPoll } from './openPoll.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it('[POLL-11] [T3] ends by whoever likes cost a bounded number of requests, one at a time', async () => {
  let now = 0;
  let most = 0;
  const asked: string[] = [];
  const flood = Array.from({ length: 60 }, (_, at) => endBy(`e${at}`));
  const server = await startServer(async ({ path }): Promise<TestAnswer> => {
    const url = new URL(path, 'http://server');
    if (url.pathname.includes('/relations/')) return { status: 200, json: { chunk: flood } };
    if (url.pathname.includes('/event/')) return { status: 200, json: start() };
    if (url.pathname.endsWith('%24poll')) return { status: 200, json: { state: [] } };
    asked.push(url.searchParams.get('filter') ?? '');
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 2));
    now -= 1;
    return { status: 403, json: { errcode: 'M_FORBIDDEN' } };
  });
  ends.push(() => server.stop());
  const session = await testSession(server.url, { storagePrefix: 'open-poll', me: ALICE });
  ends.push(() => session.end());
  session.know(ROOM, ALICE, [ALICE, BOB, EVE]);
  const poll = openPoll(session.context, createOutbox(session.context), ROOM, id('poll'), () => undefined);
  let last: Poll | undefined;
  poll.watch((next) => {
    last = next;
  });
  await until(() => asked.length === 20 && now === 0);
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect([asked.length, most]).toEqual([20, 1]);
  expect(asked[0]).not.toContain('m.room.member');
  expect(last?.end).toBeNull();
});

function start() {
  const answers = ['a', 'b'].map((one) => ({ id: one, text: one }));
  const made = must(pollStartEvent({ question: 'Q', disclosed: true, maxSelections: 1, answers }));
  return rawEvent(ROOM, '$poll', BOB, 'm.room.encrypted', seal(made));
}

function endBy(name: string) {
  const made = pollEndEvent(id('poll'), 'fini');
  return rawEvent(ROOM, `$${name}`, EVE, 'm.room.encrypted', seal(made));
}
