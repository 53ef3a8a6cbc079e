import type { RoomId } from '@besace/protocol/core/ids';
import type { Page } from 'playwright-core';
import { type Agent, must } from '../demo/agent.ts';
import type { BenchWorld } from './benchWorld.ts';
import { heapOf, longestTask, newDevice, newProbedPage, ROOM_ROW, seen, signIn } from './browserDevice.ts';
import type { Sight } from './pageProbe.ts';
import { quantile, type Scenario } from './scenario.ts';

const ROOM = 'Mesure';
const ROW: Sight = { kind: 'rows', selector: ROOM_ROW, words: ROOM, atLeast: 1 };
const MESSAGE: Sight = { kind: 'rows', selector: '[role="log"] article', words: '', atLeast: 1 };
/** Longest that sending one message may take, ms: only to give up. */
const PER_MESSAGE_MS = 200;
/** How often the wheel is turned at most: one turn shows about six messages. */
const TURNS_PER_MESSAGE = 1;

type Reading = { readonly frames: readonly number[]; readonly nodes: number; readonly longest: number };

/** A conversation of so many encrypted messages, read by the wheel from its newest end to its beginning. */
export function longTimeline(bench: BenchWorld, messages: number): Scenario {
  const name = `timeline-${messages}`;
  return {
    name,
    ...(messages > 2_000 ? { onlyWhenNamed: true as const } : {}),
    runs: 1,
    figures: [
      // A frame of 60 a second, and the little that a timer may be late.
      { figure: `${name}.frame.p95`, unit: 'ms', bar: 17, better: 'lower' },
      { figure: `${name}.long-task`, unit: 'ms', bar: 50, better: 'lower' },
      { figure: `${name}.dom-nodes`, unit: 'count', bar: 12_000, better: 'lower' },
      { figure: `${name}.heap.page`, unit: 'MB', bar: 60, better: 'lower' },
      { figure: `${name}.heap.worker`, unit: 'MB', bar: 120, better: 'lower' },
    ],
    async prepare() {
      const { url } = await bench.front();
      const browser = await bench.browser();
      const claire = await bench.agent('interieur.gouv.fr', 'claire');
      const room = must(await claire.api.createConversation({ name: ROOM, invite: [], direct: false }));
      const device = await newDevice(browser, url);
      const page = await newProbedPage(device, {});
      // The browser is there while they are written, so that it has their keys.
      await signIn(page, claire, ROW);
      await fill(claire, room, messages);
      return {
        async run() {
          await page.goto(`/salon/${encodeURIComponent(room)}/discussion`);
          await page.evaluate((sight) => window.besaceProbe.expect('message', sight), MESSAGE);
          await seen(page, 'message');
          const reading = await readBack(page, messages * TURNS_PER_MESSAGE);
          const heap = await heapOf(page);
          return new Map([
            [`${name}.frame.p95`, quantile(reading.frames, 0.95)],
            [`${name}.long-task`, reading.longest],
            [`${name}.dom-nodes`, reading.nodes],
            [`${name}.heap.page`, heap.page],
            [`${name}.heap.worker`, heap.worker],
          ]);
        },
        end: () => device.close(),
      };
    },
  };
}

async function fill(claire: Agent, room: RoomId, messages: number): Promise<void> {
  for (let at = 0; at < messages; at++) {
    must(await claire.api.sendText(room, { text: `Message ${at} : ${'la suite du dossier '.repeat((at % 5) + 1)}` }));
  }
  await claire.sent(messages * PER_MESSAGE_MS);
}

/** Turns the wheel upwards until the beginning is there; gives the times between frames, ms, and the most nodes at once. */
async function readBack(page: Page, turns: number): Promise<Reading> {
  const start = await page.evaluate(() => performance.now());
  await page.evaluate(() => {
    const reading = { frames: [] as number[], nodes: 0, last: performance.now() };
    Object.assign(window, { besaceReading: reading });
    const frame = (now: number): void => {
      reading.frames.push(now - reading.last);
      reading.last = now;
      if (reading.frames.length % 30 === 0)
        reading.nodes = Math.max(reading.nodes, document.querySelectorAll('*').length);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await page.getByRole('log').hover();
  const beginning = page.getByText('Vous êtes au début de cette conversation.');
  for (let turn = 0; turn < turns; turn++) {
    await page.mouse.wheel(0, -400);
    await page.waitForTimeout(16);
    if (turn % 20 === 0 && (await beginning.count()) > 0) break;
  }
  const longest = await longestTask(page, start);
  return page.evaluate((long) => {
    const { frames, nodes } = (window as unknown as { besaceReading: { frames: number[]; nodes: number } })
      .besaceReading;
    return { frames, nodes, longest: long };
  }, longest);
}
