import type { BrowserContext } from 'playwright-core';
import { type Agent, must } from '../demo/agent.ts';
import type { BenchWorld } from './benchWorld.ts';
import { countReceived, heapOf, newDevice, newProbedPage, ROOM_ROW, seen, signIn } from './browserDevice.ts';
import { waitForBackup } from './keptKeys.ts';
import type { Sight } from './pageProbe.ts';
import { quantile, type Scenario } from './scenario.ts';

/** Rooms made side by side. */
const AT_ONCE = 8;
/** The local copy is written 2 s after the list changed. */
const SETTLE_MS = 5_000;
const WARM_STARTS = 5;
/** Faster than anyone types a password, or opens a keyring and pastes a code from it. */
const PERSON_MS = 2_000;
/** What a window of 900 px shows of the list, without those half hidden: each with the name that only its key opens. */
const LIST: Sight = { kind: 'rows', selector: ROOM_ROW, words: 'Salon ', atLeast: 12 };

/** The list of an account of so many encrypted rooms, on a device that knows it and on a new one. */
export function roomLists(bench: BenchWorld, rooms: 200 | 1_000): Scenario {
  const name = `rooms-${rooms}`;
  const bar = (value: number) => (rooms === 200 ? value : null);
  return {
    name,
    runs: rooms === 200 ? 3 : 1,
    figures: [
      { figure: `${name}.warm`, unit: 'ms', bar: bar(600), better: 'lower' },
      { figure: `${name}.new-device`, unit: 'ms', bar: bar(1_500), better: 'lower' },
      // Watched only: see `signIn`.
      { figure: `${name}.new-device.typed-in-no-time`, unit: 'ms', bar: null, better: 'lower' },
      { figure: `${name}.javascript-before-list`, unit: 'KB', bar: bar(200), better: 'lower' },
      { figure: `${name}.heap`, unit: 'MB', bar: bar(30), better: 'lower' },
      { figure: `${name}.heap.worker`, unit: 'MB', bar: null, better: 'lower' },
    ],
    async prepare() {
      const { url } = await bench.front();
      const browser = await bench.browser();
      const claire = await bench.agent('interieur.gouv.fr', 'claire');
      await makeRooms(claire, rooms);
      await waitForBackup(bench, claire, rooms);
      return {
        async run() {
          const hurried = await newDevice(browser, url);
          const inNoTime = await signIn(await newProbedPage(hurried, {}), claire, LIST);
          await hurried.close();
          const device = await newDevice(browser, url);
          const first = await newProbedPage(device, {});
          const newDeviceTime = await signIn(first, claire, LIST, PERSON_MS);
          await first.waitForTimeout(SETTLE_MS);
          await first.close();
          const warm: number[] = [];
          for (let start = 0; start < WARM_STARTS; start++) warm.push(await warmStart(device));
          const { javascript, heap } = await weigh(device);
          await device.close();
          return new Map([
            [`${name}.warm`, quantile(warm, 0.5)],
            [`${name}.new-device`, newDeviceTime],
            [`${name}.new-device.typed-in-no-time`, inNoTime],
            [`${name}.javascript-before-list`, javascript],
            [`${name}.heap`, heap.page + heap.worker],
            [`${name}.heap.worker`, heap.worker],
          ]);
        },
        end: async () => {},
      };
    },
  };
}

/** A new tab of a browser that was here before: from the start of the navigation until the rows have their names and take a click. */
async function warmStart(device: BrowserContext): Promise<number> {
  const page = await newProbedPage(device, { list: LIST });
  await page.goto('/aujourdhui');
  const shown = await seen(page, 'list');
  // The worker is let come up before the tab goes, as it would be.
  await page.waitForTimeout(1_500);
  await page.close();
  return shown;
}

/** The same with an empty cache, as after a new version: what JavaScript was sent before the list, and what is held after it. */
async function weigh(device: BrowserContext) {
  const page = await newProbedPage(device, { list: LIST });
  const received = await countReceived(page);
  const cdp = await device.newCDPSession(page);
  await cdp.send('Network.clearBrowserCache');
  await page.goto('/aujourdhui');
  const javascript = await received.until(await seen(page, 'list'), '.js');
  await page.waitForTimeout(SETTLE_MS);
  const heap = await heapOf(page);
  await page.close();
  return { javascript, heap };
}

async function makeRooms(agent: Agent, count: number): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) {
      next += 1;
      const name = `Salon ${String(next).padStart(4, '0')}`;
      must(await agent.api.createConversation({ name, invite: [], direct: false }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}
