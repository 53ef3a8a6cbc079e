import type { Locator, Page } from 'playwright-core';
import type { ChosenFile } from './picture.ts';
import { see } from './see.ts';

/** What someone sees and does in a conversation that is open. */
export interface Conversation {
  readonly log: Locator;
  readonly composer: Locator;
  /** Writes and presses Enter. */
  say(text: string): Promise<void>;
  /** The message that holds these words. */
  message(text: string): Locator;
  reply(to: string, text: string): Promise<void>;
  /** Edits one's own message through the menu of its actions. */
  edit(from: string, to: string): Promise<void>;
  react(to: string, name: string): Promise<void>;
  attach(...files: readonly ChosenFile[]): Promise<void>;
}

export function conversation(page: Page): Conversation {
  const log = page.getByRole('log');
  const composer = page.getByRole('textbox', { name: 'Votre message' });
  const message = (text: string): Locator => log.getByRole('article').filter({ hasText: text });

  async function act(on: string, action: string): Promise<void> {
    await message(on).first().hover();
    await message(on).first().getByRole('button', { name: action, exact: true }).click();
  }

  async function say(text: string): Promise<void> {
    await composer.fill(text);
    await composer.press('Enter');
    await see(message(text));
  }

  return {
    log,
    composer,
    say,
    message,
    async reply(to, text) {
      await act(to, 'Répondre');
      await say(text);
    },
    async edit(from, to) {
      await act(from, 'Autres actions');
      await page.getByRole('menuitem', { name: 'Modifier' }).click();
      await see(page.getByText('Modification de votre message'));
      await say(to);
    },
    async react(to, name) {
      await act(to, 'Réagir');
      await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
    },
    async attach(...files) {
      const choosing = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Joindre des fichiers' }).click();
      await (await choosing).setFiles([...files]);
      await composer.press('Enter');
    },
  };
}
