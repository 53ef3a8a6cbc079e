import type { Locator, Page } from 'playwright-core';
import { eventually } from '../../src/harness/http.ts';
import { PATIENCE_MS } from './browser.ts';

/** Waits until it is on screen. */
export async function see(locator: Locator): Promise<void> {
  await locator.first().waitFor({ state: 'visible', timeout: PATIENCE_MS });
}

/** Waits until it is not on screen any more. */
export async function seeNoMore(locator: Locator): Promise<void> {
  await locator.first().waitFor({ state: 'hidden', timeout: PATIENCE_MS });
}

/** Waits until so many are there. */
export async function seeCount(locator: Locator, count: number): Promise<void> {
  await eventually(async () => (await locator.count()) === count, PATIENCE_MS);
}

/** Waits until the address ends so. */
export async function seeAddress(page: Page, path: RegExp): Promise<void> {
  await page.waitForURL((url) => path.test(url.pathname), { timeout: PATIENCE_MS });
}
