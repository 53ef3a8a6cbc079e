import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import type { Agent } from '../demo/agent.ts';
import { board, rooms, workspace } from '../demo/content.ts';
import type { Demo } from '../demo/fill.ts';
import { CHROMIUM } from '../harness/chromium.ts';

const WIDTHS = [1440, 1024, 390] as const;
const LOOKS = [
  { locale: 'fr-FR', tongue: 'fr', scheme: 'light' },
  { locale: 'en-GB', tongue: 'en', scheme: 'dark' },
] as const;

/** Takes every picture of `docs/screenshots`: each page at three widths, in French and light, and in English and dark. */
export async function takeScreenshots(
  frontUrl: string,
  demo: Demo,
  folder: string,
  say: (line: string) => void,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch(CHROMIUM);
  try {
    for (const { locale, tongue, scheme } of LOOKS) {
      const context = await browser.newContext({
        locale,
        colorScheme: scheme,
        viewport: { width: 1440, height: 900 },
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      const picture = async (name: string) => {
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
          await settled(page);
          await page.screenshot({ path: join(folder, `${name}-${width}-${tongue}-${scheme}.png`) });
        }
        await page.setViewportSize({ width: 1440, height: 900 });
        say(`${name} (${tongue}, ${scheme})`);
      };
      await page.goto(frontUrl);
      await page.locator('input[type=password]').waitFor();
      await picture('sign-in');
      await signIn(page, demo.agents.claire);
      await picture('home');
      await open(page, `${frontUrl}/espaces`, workspace);
      await page
        .getByRole('link', { name: rooms[0]?.name ?? '' })
        .first()
        .click();
      await page
        .getByText(rooms[0]?.lines.at(-1)?.[1] ?? '')
        .first()
        .waitFor();
      await picture('conversation');
      await page.getByRole('link', { name: board.name }).first().click();
      await page
        .getByText(board.cards[3]?.title ?? '')
        .first()
        .waitFor();
      await picture('board');
      await page
        .getByText(board.cards[3]?.title ?? '')
        .first()
        .click();
      await page.waitForURL(/\/carte\//);
      await picture('card');
      await context.close();
    }
  } finally {
    await browser.close();
  }
}

async function signIn(page: Page, who: Agent): Promise<void> {
  await page.locator('input').first().fill(who.address);
  await page.locator('input[type=password]').fill(who.password);
  await page.keyboard.press('Enter');
  const code = page.locator('textarea');
  await code.waitFor();
  await code.fill(who.recoveryCode);
  await page.keyboard.press('Enter');
  await page.waitForURL(/aujourdhui/);
  await page
    .getByText(rooms[0]?.name ?? '')
    .first()
    .waitFor();
}

async function open(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('main').getByRole('link', { name }).first().click();
}

/** Nothing is being fetched or drawn any more: fonts are there, and two frames went by. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  });
}
