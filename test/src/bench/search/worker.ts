import { openLocalDb } from '@besace/matrix/local/db';
import { createWebPlatform } from '@besace/matrix/platform/web';
import { answerOf, questionOf } from '@besace/matrix/search/answer';
import { find } from '@besace/matrix/search/find';
import type { Message } from '@besace/matrix/search/indexState';
import { type MessageIndex, openIndex } from '@besace/matrix/search/messageIndex';
import { tend } from '@besace/matrix/search/tend';
import { createTalk, mulberry32 } from '@besace/matrix/search/testTalk';
import { indexWords } from '@besace/matrix/search/words';
import type { Asked, Told } from './protocol.ts';

/*
 * A worker of a real browser with the index of the session worker, on its IndexedDB: what is measured is reading, sealing, writing and finding,
 * without the homeserver's share.
 */
const platform = createWebPlatform({ cryptoWasmUrl: '', outsiderServers: [], storagePrefix: 'bench' });
const PAGE = 100;
const ROOMS = 300;
const PEOPLE = 500;
const QUESTIONS = 300;
const IDLE_MS = 20_000;

self.addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  void answer(data).then(
    (told) => self.postMessage(told),
    (error: unknown) => self.postMessage({ error: String(error) }),
  );
});

async function answer(asked: Asked): Promise<Told> {
  const beat = createHeart();
  if (asked.kind === 'idle') {
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    return { ...EMPTY, took: 0, longestTask: beat.end() };
  }
  const db = await openLocalDb(platform);
  const begun = performance.now();
  const index = await openIndex({ db, clock: platform.clock, random: platform.random });
  const opened = performance.now() - begun;
  held.push(index);
  if (asked.kind === 'build') {
    await build(asked.messages, index, () => tend(db, index));
    return { ...EMPTY, took: performance.now() - begun, longestTask: beat.end(), words: bytesOf(index) };
  }
  const queries = await ask(index, asked.messages);
  return { ...EMPTY, took: opened, longestTask: beat.end(), queries, words: bytesOf(index) };
}

/** What a session would hold, for who weighs the heap. */
const held: MessageIndex[] = [];
const EMPTY = { queries: [], longestTask: 0, words: 0 };

/** Pages of history, as the crawler commits them; dates go back, rooms take turns. */
async function build(messages: number, { commit }: MessageIndex, tendOnce: () => Promise<boolean>): Promise<void> {
  const talk = createTalk(1);
  const random = mulberry32(2);
  for (let at = 0; at < messages; at += PAGE) {
    const put = Array.from({ length: PAGE }, (_, offset) => {
      const number = at + offset;
      const room = Math.floor(at / PAGE) % ROOMS;
      return {
        eventId: `$${String(number).padStart(43, 'x')}`,
        roomId: `!${String(room).padStart(43, 'r')}`,
        sender: `@person.${Math.floor(random() * PEOPLE)}:interieur.test`,
        at: 1_790_000_000_000 - number * 60_000,
        kind: 'text',
        encrypted: true,
        text: talk.next(),
      } as Message;
    });
    await commit({ put, drop: [], with: [] });
    while (await tendOnce());
  }
}

/** A word, its first three letters, two words: each question as the session answers it, texts and context read. */
async function ask(index: MessageIndex, messages: number): Promise<number[]> {
  const talk = createTalk(1);
  const times: number[] = [];
  const every = Math.max(1, Math.floor(messages / QUESTIONS));
  for (let at = 0; at < messages; at++) {
    const words = [...indexWords(talk.next())];
    if (at % every !== 0) continue;
    const first = words[at % words.length] ?? 'de';
    const second = words[(at + 1) % words.length] ?? 'la';
    const query = [first, first.slice(0, 3), `${first} ${second.slice(0, 4)}`][times.length % 3] ?? first;
    const question = questionOf({ query });
    if (question === null) continue;
    const begun = performance.now();
    const found = await find(index, question);
    await answerOf(index, question, found, () => ({ name: '', outsider: false }));
    times.push(performance.now() - begun);
  }
  return times;
}

function bytesOf({ state }: MessageIndex): number {
  return state.segments.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The longest time that the thread answered nobody, ms. */
function createHeart(): { end(): number } {
  let last = performance.now();
  let longest = 0;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    setTimeout(() => port2.postMessage(null), 0);
  };
  port2.postMessage(null);
  return {
    end() {
      port1.close();
      return longest;
    },
  };
}
