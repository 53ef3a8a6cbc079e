import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { SCREENS } from './browser.ts';
import { untranslated } from './troubles.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules of WCAG 2.2 A and AA, and the good practices of landmarks, headings and regions. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * Looks at what a page shows now, in light and dark, on a wide screen and on a phone, and at 320 px (WCAG 1.4.10) whether
 * anything must be scrolled sideways. One line a finding; none is what we want. The wide screen is back afterwards.
 */
export async function findingsOf(page: Page): Promise<string[]> {
  const found: string[] = (await untranslated(page)).map((key) => `not translated: ${key}`);
  for (const screen of ['phone', 'wide'] as const) {
    await page.setViewportSize(SCREENS[screen]);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await settled(page);
      for (const line of await violations(page)) found.push(`${screen}, ${colorScheme}: ${line}`);
    }
  }
  await page.setViewportSize(SCREENS.narrow);
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (sideways > 0) found.push(`320 px: ${sideways} px must be scrolled sideways`);
  await page.setViewportSize(SCREENS.wide);
  return found;
}

/** Until what changed is drawn and has stopped moving: a colour on its way is no colour to judge. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const moving = () => document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
    await frame();
    await frame();
    // The end of one is the beginning of the next where a colour is inherited.
    for (let left = moving(); left.length > 0; left = moving()) {
      await Promise.allSettled(left.map((one) => one.finished));
      await frame();
    }
    await frame();
  });
}

async function violations(page: Page): Promise<string[]> {
  // By the debugger, which the page's policy does not bind: a script element would be refused, and rightly so.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const results = await page.evaluate(
    (tags) =>
      (globalThis as unknown as { axe: { run(context: Document, options: object): Promise<AxeResults> } }).axe.run(
        document,
        { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] },
      ),
    TAGS,
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} (${node.any[0]?.message ?? node.failureSummary ?? ''})`),
  );
}
