import type { Locator, Page } from 'playwright-core';
import { eventually } from '../../src/harness/http.ts';
import { PATIENCE_MS } from './browser.ts';
import { see } from './see.ts';

/** What someone sees and does on a board that is open. */
export interface Board {
  column(name: string): Locator;
  card(title: string): Locator;
  addColumn(name: string): Promise<void>;
  addCards(column: string, ...titles: string[]): Promise<void>;
  /** Waits until the column holds exactly these cards, in this order. */
  seeColumn(name: string, titles: readonly string[]): Promise<void>;
  /** Takes a card with the keyboard, presses the keys, puts it down. */
  moveByKeys(title: string, ...keys: string[]): Promise<void>;
  /** Drags a card with the mouse onto the cards of a column. */
  drag(title: string, toColumn: string): Promise<void>;
}

export function board(page: Page): Board {
  const strip = page.getByRole('region', { name: 'Tableau', exact: true });
  const column = (name: string): Locator => strip.getByRole('region', { name, exact: true });
  const card = (title: string): Locator => strip.getByRole('link', { name: title, exact: true });

  return {
    column,
    card,
    async addColumn(name) {
      await strip.getByRole('button', { name: 'Ajouter une colonne' }).click();
      await page.keyboard.type(name);
      await page.keyboard.press('Enter');
      await page.keyboard.press('Escape');
      await see(column(name));
    },
    async addCards(name, ...titles) {
      await column(name).getByRole('button', { name: 'Ajouter une carte' }).click();
      for (const title of titles) {
        await page.keyboard.type(title);
        await page.keyboard.press('Enter');
        await see(card(title));
      }
      await page.keyboard.press('Escape');
    },
    async seeColumn(name, titles) {
      let seen: string[] = [];
      const wanted = JSON.stringify(titles);
      await eventually(async () => {
        const lines = await column(name).getByRole('listitem').getByRole('article').getByRole('link').all();
        const texts = await Promise.all(lines.map((line) => line.textContent({ timeout: 1_000 })));
        seen = texts.map((text) => text?.trim() ?? '');
        return JSON.stringify(seen) === wanted;
      }, PATIENCE_MS).catch((cause: unknown) => {
        throw new Error(`column ${name} holds ${JSON.stringify(seen)}, not ${wanted}`, { cause });
      });
    },
    async moveByKeys(title, ...keys) {
      await card(title).focus();
      await page.keyboard.press('Space');
      await see(page.getByText('Flèches : déplacer. Entrée : poser.'));
      for (const key of keys) await page.keyboard.press(key);
      await page.keyboard.press('Enter');
    },
    async drag(title, toColumn) {
      const from = await boxOf(strip.getByRole('article').filter({ hasText: title }));
      const to = await boxOf(column(toColumn));
      await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
      await page.mouse.down();
      // A hand passes over what lies between; the library begins a drag at the first moves.
      await page.mouse.move(from.x + from.width / 2 + 8, from.y + from.height / 2 + 8, { steps: 4 });
      await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 12 });
      await page.mouse.up();
    },
  };
}

async function boxOf(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await locator.boundingBox();
  if (box === null) throw new Error('it is not on screen');
  return box;
}
