import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import type { Agent } from '../demo/agent.ts';
import { installProbe, type Sight } from './pageProbe.ts';

/** Longest that a scenario waits for anything on screen, ms. */
const PATIENCE_MS = 120_000;

/** Rows of the list of rooms. */
export const ROOM_ROW = 'aside nav a.line .name';

/** A browser of its own: cold cache, empty storage. French, as wide as a desk. */
export function newDevice(browser: Browser, baseURL: string): Promise<BrowserContext> {
  return browser.newContext({
    baseURL,
    locale: 'fr-FR',
    timezoneId: 'Europe/Paris',
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
  });
}

/** A new tab in which these sights are looked for from the first byte on. */
export async function newProbedPage(device: BrowserContext, sights: Readonly<Record<string, Sight>>): Promise<Page> {
  const page = await device.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(installProbe, sights);
  return page;
}

/** When the sight was on screen, ms since the navigation of the page began. */
export async function seen(page: Page, name: string): Promise<number> {
  const found = await page.waitForFunction((wanted) => window.besaceProbe.seen[wanted], name);
  return (await found.jsonValue()) ?? Number.NaN;
}

/** The longest task of the page's thread that began between two of its moments; 0 when none took more than 50 ms. */
export function longestTask(page: Page, from: number, until = Number.POSITIVE_INFINITY): Promise<number> {
  return page.evaluate(
    (span) =>
      Math.max(
        0,
        ...window.besaceProbe.longTasks
          .filter(({ start, duration }) => start + duration >= span.from && start <= span.until)
          .map(({ duration }) => duration),
      ),
    { from, until },
  );
}

/**
 * Signs in with the password, then the recovery code. The answer is the time until `sight`, ms, that the machine takes: from the press on
 * "Se connecter" until the field for the code is there, and from the press on "Déverrouiller" until the sight. What lies between is not
 * counted, but it counts: the worker loads while an address and a password are typed, and reads the list while the code is fetched.
 *
 * @param pauseMs how long the person takes for each of the two. With 0 all is typed in no time, which no person does: the figure then has
 *   what was to happen meanwhile in it.
 */
export async function signIn(page: Page, agent: Agent, sight: Sight, pauseMs = 0): Promise<number> {
  await page.goto('/connexion');
  await page.getByLabel('Adresse électronique').fill(agent.address);
  await page.waitForTimeout(pauseMs);
  await page.getByRole('textbox', { name: 'Mot de passe' }).fill(agent.password);
  await page.evaluate(() => window.besaceProbe.expect('code', { kind: 'field', selector: 'form textarea' }));
  await page.getByRole('button', { name: 'Se connecter' }).click();
  const toCode = (await seen(page, 'code')) - (await clicked(page));
  await page.waitForTimeout(pauseMs);
  await page.getByLabel('Code de récupération').fill(agent.recoveryCode);
  await page.evaluate((wanted) => window.besaceProbe.expect('signed-in', wanted), sight);
  await page.getByRole('button', { name: 'Déverrouiller mes messages' }).click();
  const unlocking = await clicked(page);
  return toCode + (await seen(page, 'signed-in')) - unlocking;
}

export function clicked(page: Page): Promise<number> {
  return page.evaluate(() => window.besaceProbe.clicked);
}

/** What comes over the wire to a page, headers and compressed bodies, until a moment of the page. */
export interface Received {
  /** In KB of 1,000 bytes, until `moment` (ms since the navigation began); only addresses that end so. */
  until(moment: number, ending?: string): Promise<number>;
}

/** Counts from now on; call it before the navigation. */
export async function countReceived(page: Page): Promise<Received> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  const urls = new Map<string, string>();
  const chunks: { readonly id: string; readonly at: number; readonly bytes: number }[] = [];
  const counted = new Map<string, number>();
  // Seconds of the browser's clock at the epoch's zero.
  let clock = Number.NaN;
  const take = (id: string, at: number, total: number) => {
    const before = counted.get(id) ?? 0;
    if (total <= before) return;
    counted.set(id, total);
    chunks.push({ id, at, bytes: total - before });
  };
  cdp.on('Network.requestWillBeSent', ({ requestId, request, timestamp, wallTime }) => {
    if (Number.isNaN(clock)) clock = timestamp - wallTime;
    urls.set(requestId, request.url);
  });
  cdp.on('Network.dataReceived', ({ requestId, timestamp, encodedDataLength }) => {
    take(requestId, timestamp, (counted.get(requestId) ?? 0) + encodedDataLength);
  });
  // The last word on a request, with its headers.
  cdp.on('Network.loadingFinished', ({ requestId, timestamp, encodedDataLength }) => {
    take(requestId, timestamp, encodedDataLength);
  });
  return {
    async until(moment, ending = '') {
      const origin = await page.evaluate(() => performance.timeOrigin);
      const limit = (origin + moment) / 1_000 + clock;
      const bytes = chunks
        .filter(({ id, at }) => at <= limit && new URL(urls.get(id) ?? 'http://none').pathname.endsWith(ending))
        .reduce((sum, chunk) => sum + chunk.bytes, 0);
      return bytes / 1_000;
    },
  };
}

/** Bytes that JavaScript holds after a garbage collection, in MB of 1,000,000 bytes. */
export type Heap = { readonly page: number; readonly worker: number };

type HeapUsage = { readonly usedSize: number };

/** The heaps of the page and of its session worker. The memory of the crypto's wasm is not in them. */
export async function heapOf(page: Page): Promise<Heap> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = (await cdp.send('Runtime.getHeapUsage')) as HeapUsage;
  const worker = await heapOfWorker(cdp);
  await cdp.detach();
  return { page: usedSize / 1e6, worker: worker.usedSize / 1e6 };
}

async function heapOfWorker(cdp: CDPSession): Promise<HeapUsage> {
  const attached = new Promise<string>((resolve) => {
    cdp.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker') resolve(sessionId);
    });
  });
  // Messages to the worker's own session go through the page's: playwright shows no others.
  await cdp.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const sessionId = await attached;
  let last = 0;
  const ask = (method: string): Promise<unknown> => {
    last += 1;
    const id = last;
    return new Promise((resolve, reject) => {
      cdp.on('Target.receivedMessageFromTarget', ({ message }) => {
        const answer = JSON.parse(message) as { id?: number; result?: unknown; error?: { message: string } };
        if (answer.id !== id) return;
        if (answer.error) reject(new Error(`${method}: ${answer.error.message}`));
        else resolve(answer.result);
      });
      cdp.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) }).catch(reject);
    });
  };
  await ask('HeapProfiler.collectGarbage');
  return (await ask('Runtime.getHeapUsage')) as HeapUsage;
}
