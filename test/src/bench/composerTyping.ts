import type { BrowserContext, Page } from 'playwright-core';
import { must } from '../demo/agent.ts';
import type { BenchWorld } from './benchWorld.ts';
import { newDevice, newProbedPage, ROOM_ROW, signIn } from './browserDevice.ts';
import { quantile, type Scenario } from './scenario.ts';

const MEMBERS = 1_000;

/** From the key to the frame that shows it, in a conversation of 1,000 members: words, then a name that is being looked for. */
export function composerTyping(bench: BenchWorld): Scenario {
  return {
    name: 'composer-typing',
    runs: 3,
    figures: [
      { figure: 'composer-typing.words.p95', unit: 'ms', bar: 16, better: 'lower' },
      { figure: 'composer-typing.mention.p95', unit: 'ms', bar: 16, better: 'lower' },
      { figure: 'composer-typing.words.p50', unit: 'ms', bar: null, better: 'lower' },
      // A field of the browser in an empty page: what this machine takes at least, now.
      { figure: 'composer-typing.bare-field.p95', unit: 'ms', bar: null, better: 'lower' },
      { figure: 'composer-typing.words.to-frame.p95', unit: 'ms', bar: null, better: 'lower' },
    ],
    async prepare() {
      const { url } = await bench.front();
      const claire = await bench.agent('interieur.gouv.fr', 'claire');
      const room = must(await claire.api.createConversation({ name: 'Foule', invite: [], direct: false }));
      const device = await newDevice(await bench.browser(), url);
      // Membership is the server's word: it says here that a thousand people are in the room.
      await device.route(/\/rooms\/[^/]+\/members/, async (route) => {
        const answer = await route.fetch();
        const { chunk } = (await answer.json()) as { chunk: object[] };
        await route.fulfill({ response: answer, json: { chunk: [...chunk, ...crowd(room)] } });
      });
      const page = await newProbedPage(device, {});
      await signIn(page, claire, { kind: 'rows', selector: ROOM_ROW, words: '', atLeast: 1 });
      await page.goto(`/salon/${encodeURIComponent(room)}/discussion`);
      const field = page.locator('[contenteditable="true"]');
      await field.click();
      await field.pressSequentially('@personne 99');
      await page.getByRole('option', { name: 'Personne 99', exact: false }).first().waitFor();
      await field.fill('');
      await watchKeys(page);
      return {
        async run() {
          const words = await typed(page, 'le plan canicule '.repeat(12));
          const mention = await typed(page, '@personne 12 @foule.77 @p ');
          await field.fill('');
          const plain = await typedInBareField(device);
          const p95 = (keys: readonly Key[], of: keyof Key) =>
            quantile(
              keys.map((key) => key[of]),
              0.95,
            );
          return new Map([
            ['composer-typing.words.p95', p95(words, 'work')],
            ['composer-typing.mention.p95', p95(mention, 'work')],
            [
              'composer-typing.words.p50',
              quantile(
                words.map(({ work }) => work),
                0.5,
              ),
            ],
            ['composer-typing.bare-field.p95', p95(plain, 'work')],
            ['composer-typing.words.to-frame.p95', p95(words, 'frame')],
          ]);
        },
        end: () => device.close(),
      };
    },
  };
}

type Key = { work: number; frame: number };

declare global {
  interface Window {
    /** Of each key, ms. */
    besaceKeys: Key[];
  }
}

/**
 * Two times of each key: `work`, all that it costs before the browser may draw (its event, what follows from it, style and layout), and `frame`, from
 * the event until the frame that shows it is done, in which the wait for the screen's next turn (up to 16.7 ms at 60 Hz) is contained.
 */
async function watchKeys(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.besaceKeys = [];
    window.addEventListener(
      'keydown',
      (event) => {
        const key = { work: Number.NaN, frame: Number.NaN };
        window.besaceKeys.push(key);
        setTimeout(() => {
          document.body.getBoundingClientRect();
          key.work = performance.now() - event.timeStamp;
        });
        requestAnimationFrame(() =>
          setTimeout(() => {
            key.frame = performance.now() - event.timeStamp;
          }),
        );
      },
      { capture: true },
    );
  });
}

async function typed(page: Page, text: string): Promise<readonly Key[]> {
  await page.evaluate(() => window.besaceKeys.splice(0));
  await page.locator('[contenteditable="true"]').pressSequentially(text, { delay: 40 });
  await page.waitForTimeout(200);
  return page.evaluate(() => window.besaceKeys);
}

async function typedInBareField(device: BrowserContext): Promise<readonly Key[]> {
  const page = await device.newPage();
  await page.setContent('<div contenteditable="true">a</div>');
  await watchKeys(page);
  await page.locator('[contenteditable="true"]').click();
  const keys = await typed(page, 'le plan canicule '.repeat(12));
  await page.close();
  return keys;
}

function crowd(room: string): object[] {
  return Array.from({ length: MEMBERS - 1 }, (_, index) => ({
    type: 'm.room.member',
    state_key: `@foule.${index}:interieur.test`,
    sender: `@foule.${index}:interieur.test`,
    event_id: `$foule${index}`,
    room_id: room,
    origin_server_ts: 1,
    content: { membership: 'join', displayname: `Personne ${index}` },
  }));
}
