import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@besace/homeserver-config/layout';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { CHROMIUM } from '../../src/harness/chromium.ts';
import { sharedWorld } from '../../src/harness/shared.ts';
import { type Troubles, watchPage } from './troubles.ts';

/** How wide a screen is, in CSS pixels. */
export const SCREENS = {
  wide: { width: 1440, height: 900 },
  tablet: { width: 1024, height: 768 },
  phone: { width: 390, height: 844 },
  narrow: { width: 320, height: 640 },
} as const;

/** One browser of one person: its own storage, its own cookies, one page. */
export type Device = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What this page did that it must not. */
  readonly troubles: Troubles;
};

export interface Browsers {
  /** A new device, in French unless told otherwise, on the front of the shared world. */
  device(options?: BrowserContextOptions): Promise<Device>;
}

/** Longest that a person waits for anything here: a world on a busy machine. */
export const PATIENCE_MS = 30_000;

/**
 * A browser for the tests of a file. After each test it is checked that no page threw, broke the content security policy or
 * missed a translation; when a test failed, what each page showed and logged is kept in `.besace/test/e2e`.
 */
export function useBrowsers(): Browsers {
  let browser: Browser | undefined;
  const devices: Device[] = [];

  beforeAll(async () => {
    browser = await chromium.launch(CHROMIUM);
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await keepPictures(devices, task.name);
    const said = devices.flatMap((device) => device.troubles.take());
    expect(said, 'pages threw, broke the policy or missed a translation').toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
  });

  return {
    async device(options = {}) {
      if (browser === undefined) throw new Error('the browser is opened before the first test');
      const device = await openDevice(browser, sharedWorld().description.frontUrl ?? '', options);
      devices.push(device);
      return device;
    },
  };
}

/** A device in a browser that the caller owns. */
export async function openDevice(
  browser: Browser,
  frontUrl: string,
  options: BrowserContextOptions = {},
): Promise<Device> {
  const context = await browser.newContext({
    baseURL: frontUrl,
    locale: 'fr-FR',
    timezoneId: 'Europe/Paris',
    viewport: SCREENS.wide,
    reducedMotion: 'reduce',
    acceptDownloads: true,
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  return { page, context, troubles: watchPage(page) };
}

async function keepPictures(devices: readonly Device[], test: string): Promise<void> {
  const folder = join(ROOT, '.besace', 'test', 'e2e');
  mkdirSync(folder, { recursive: true });
  const name = test.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60);
  for (const [index, { page, troubles }] of devices.entries()) {
    const path = join(folder, `${name}-${index + 1}`);
    writeFileSync(`${path}.log`, `${page.url()}\n${troubles.log.join('\n')}\n`);
    if (!page.isClosed()) await page.screenshot({ path: `${path}.png`, timeout: 5_000 });
  }
}
