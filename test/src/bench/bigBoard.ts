import { fixtureBoard, taskKind } from '@besace/protocol/features/tasks';
import type { BrowserContext, Page } from 'playwright-core';
import { type Agent, must } from '../demo/agent.ts';
import type { BenchWorld } from './benchWorld.ts';
import { clicked, longestTask, newDevice, newProbedPage, ROOM_ROW, seen, signIn } from './browserDevice.ts';
import type { Sight } from './pageProbe.ts';
import type { Scenario } from './scenario.ts';

const CARDS = 2_000;
const WORKSPACE = 'Mesure';
const BOARD = 'Tableau de mesure';
/** Until keys, lists and copies that come in the background have come. */
const SETTLE_MS = 6_000;

const ROW: Sight = { kind: 'rows', selector: ROOM_ROW, words: BOARD, atLeast: 1 };
const FIRST: Sight = { kind: 'rows', selector: '[data-card]', words: '', atLeast: 1 };

type Opening = { readonly first: number; readonly all: number; readonly longest: number };

/** A board of 2,000 encrypted cards, opened by a click in the list: first without, then with the local copy; scrolled and dragged on. */
export function bigBoard(bench: BenchWorld): Scenario {
  return {
    name: 'board-2000',
    runs: 3,
    figures: [
      { figure: 'board-2000.first-time.first-cards', unit: 'ms', bar: 500, better: 'lower' },
      { figure: 'board-2000.first-time.all', unit: 'ms', bar: 2_500, better: 'lower' },
      { figure: 'board-2000.again.all', unit: 'ms', bar: 300, better: 'lower' },
      // The whole application starts first: counted from the navigation.
      { figure: 'board-2000.reload.all', unit: 'ms', bar: null, better: 'lower' },
      { figure: 'board-2000.long-task.first-time', unit: 'ms', bar: 50, better: 'lower' },
      { figure: 'board-2000.long-task.again', unit: 'ms', bar: 50, better: 'lower' },
      { figure: 'board-2000.long-task.scrolling', unit: 'ms', bar: 50, better: 'lower' },
      { figure: 'board-2000.long-task.dragging', unit: 'ms', bar: 50, better: 'lower' },
    ],
    async prepare() {
      const { url } = await bench.front();
      const browser = await bench.browser();
      const claire = await bench.agent('interieur.gouv.fr', 'claire');
      const workspace = must(await claire.api.createWorkspace({ name: WORKSPACE }));
      const input = { workspace, name: BOARD, kind: 'board', openToOutsiders: false, inviteMembers: false } as const;
      const board = must(await claire.api.createRoomIn(input));
      // The browser is there while the cards are written, so that it has their keys; it does not look at the board.
      const device = await newDevice(browser, url);
      const page = await newProbedPage(device, {});
      await signIn(page, claire, { kind: 'rows', selector: 'a[href^="/espace/"]', words: '', atLeast: 1 });
      const shown = await fill(claire, board);
      await page.waitForTimeout(SETTLE_MS);
      await page.close();
      const path = { list: `/espace/${encodeURIComponent(workspace)}`, board: `/salon/${encodeURIComponent(board)}` };
      const all: Sight = { kind: 'sum', selector: '[data-column] .count', atLeast: shown };
      return {
        async run() {
          await forgetBoards(device);
          const before = await openFromList(device, path.list, all);
          const firstTime = before.times;
          await before.page.waitForTimeout(SETTLE_MS);
          await before.page.close();
          const after = await openFromList(device, path.list, all);
          const scrolling = await whileScrolling(after.page);
          const dragging = await whileDragging(after.page);
          await after.page.close();
          const reload = await openByAddress(device, path.board, all);
          return new Map([
            ['board-2000.first-time.first-cards', firstTime.first],
            ['board-2000.first-time.all', firstTime.all],
            ['board-2000.again.all', after.times.all],
            ['board-2000.reload.all', reload],
            ['board-2000.long-task.first-time', firstTime.longest],
            ['board-2000.long-task.again', after.times.longest],
            ['board-2000.long-task.scrolling', scrolling],
            ['board-2000.long-task.dragging', dragging],
          ]);
        },
        end: () => device.close(),
      };
    },
  };
}

/** Writes the cards; gives how many of them the columns show. */
async function fill(claire: Agent, board: Parameters<Agent['api']['writeObject']>[0]): Promise<number> {
  const { objects } = fixtureBoard({ cards: CARDS, people: [claire.userId], seed: 7 });
  let shown = 0;
  for (const { type, objectId, content } of objects) {
    must(await claire.api.writeObject(board, type, objectId, content));
    if (type !== taskKind.type) continue;
    const task = taskKind.parse(content);
    if (task.ok && task.value.archived?.value !== true && task.value.deleted?.value !== true) shown += 1;
  }
  await claire.sent(10 * 60_000);
  return shown;
}

/** Empties the copy of all boards on this device, as on one that never opened them. */
async function forgetBoards(device: BrowserContext): Promise<void> {
  const page = await device.newPage();
  // An address of the same origin that runs none of the application.
  await page.goto('/besace.svg');
  await page.evaluate(async () => {
    const [local] = (await indexedDB.databases()).filter(({ name }) => name?.endsWith('-local'));
    if (local?.name === undefined) throw new Error('this device has no local copy');
    const opening = indexedDB.open(local.name);
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    const transaction = db.transaction('objects', 'readwrite');
    transaction.objectStore('objects').clear();
    await new Promise((resolve) => {
      transaction.oncomplete = resolve;
    });
    db.close();
  });
  await page.close();
}

/** Opens the board by its row, in a session that is up. */
async function openFromList(device: BrowserContext, path: string, all: Sight): Promise<{ page: Page; times: Opening }> {
  const page = await newProbedPage(device, { row: ROW });
  await page.goto(path);
  await seen(page, 'row');
  await page.waitForTimeout(SETTLE_MS);
  await page.evaluate(
    ([first, every]) => {
      window.besaceProbe.expect('first', first);
      window.besaceProbe.expect('all', every);
    },
    [FIRST, all] as const,
  );
  await page.locator(ROOM_ROW, { hasText: BOARD }).first().click();
  const start = await clicked(page);
  const end = await seen(page, 'all');
  const first = (await seen(page, 'first')) - start;
  await page.waitForTimeout(1_500);
  return { page, times: { first, all: end - start, longest: await longestTask(page, start) } };
}

async function openByAddress(device: BrowserContext, path: string, all: Sight): Promise<number> {
  const page = await newProbedPage(device, { all });
  await page.goto(path);
  const shown = await seen(page, 'all');
  await page.close();
  return shown;
}

async function whileScrolling(page: Page): Promise<number> {
  const start = await page.evaluate(() => performance.now());
  await page.locator('[data-column]').nth(2).hover();
  for (let step = 0; step < 60; step++) {
    await page.mouse.wheel(0, step < 40 ? 600 : -900);
    await page.waitForTimeout(30);
  }
  await page.waitForTimeout(300);
  return longestTask(page, start);
}

/** Takes a card of one column, carries it over two others, down and up, and puts it down. Throws when the card did not go where it was put. */
async function whileDragging(page: Page): Promise<number> {
  const columns = page.locator('[data-column]');
  // Labels are list items too.
  const row = columns.nth(1).locator('.rows > li').nth(1);
  const card = await row.locator('[data-card]').getAttribute('data-card');
  const from = await row.boundingBox();
  const over = await Promise.all([2, 1, 0].map((index) => columns.nth(index).boundingBox()));
  if (from === null) throw new Error('the board shows no card to drag');
  const start = await page.evaluate(() => performance.now());
  await page.mouse.move(from.x + 60, from.y + from.height / 2);
  await page.mouse.down();
  for (const box of over) {
    if (box === null) continue;
    for (const share of [0.3, 0.5, 0.7, 0.4]) {
      await page.mouse.move(box.x + box.width / 2, box.y + box.height * share, { steps: 6 });
      await page.waitForTimeout(30);
    }
  }
  await page.mouse.up();
  await columns.nth(0).locator(`[data-card="${card}"]`).waitFor({ timeout: 10_000 });
  await page.waitForTimeout(1_500);
  return longestTask(page, start);
}
