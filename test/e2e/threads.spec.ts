import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@besace/homeserver-config/layout';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { sharedWorld } from '../src/harness/shared.ts';
import { findingsOf } from './support/axe.ts';
import { SCREENS, useBrowsers } from './support/browser.ts';
import { conversation } from './support/conversation.ts';
import { type Person, signUp, someone } from './support/person.ts';
import { acceptInvitation, startConversation } from './support/places.ts';
import { see, seeAddress, seeNoMore } from './support/see.ts';

const tag = randomBytes(3).toString('hex');
const words = {
  question: `Qui tient le guichet samedi ? ${tag}`,
  inThread: `Je peux de huit à midi ${tag}`,
  answer: `Merci, je complète ${tag}`,
  last: `Autre sujet : le plan ${tag}`,
};

describe('what one does with the messages of a conversation', () => {
  const browsers = useBrowsers();
  let claire: Person;
  let karim: Person;

  test('two agents talk', async () => {
    const mailbox = sharedWorld().description.mailboxUrl ?? '';
    claire = await signUp(await browsers.device(), someone('Claire Fontaine', 'interieur.gouv.fr'), mailbox);
    karim = await signUp(await browsers.device(), someone('Karim Haddad', 'culture.gouv.fr'), mailbox);
    await startConversation(claire.page, karim.name, karim.name);
    await acceptInvitation(karim.page, claire.name);
    await see(karim.page.getByRole('textbox', { name: 'Votre message' }));
    await conversation(claire.page).say(words.question);
    await see(conversation(karim.page).message(words.question));
  });

  test('[MSG-63] a thread is opened with the keyboard, answered beside the conversation, and counted under its beginning', async () => {
    const his = conversation(karim.page);
    await his.message(words.question).focus();
    await karim.page.keyboard.press('t');
    await seeAddress(karim.page, /\/discussion\/fil\//);
    await sayBeside(karim.page, words.inThread);
    const chip = conversation(claire.page)
      .message(words.question)
      .getByRole('button', { name: /1 réponse/ });
    await see(chip.getByText('1 non lue'));
    await see(chip.getByText(words.inThread));
    await chip.click();
    await sayBeside(claire.page, words.answer);
    await see(side(karim.page).getByRole('article').filter({ hasText: words.answer }));
    await seeNoMore(chip.getByText('non lue'));
    expect(await claire.page.getByRole('log').first().getByText(words.inThread).count()).toBe(0);
    await look(claire.page, 'thread');
  });

  test('[MSG-63] the threads of the room are listed', async () => {
    await claire.page.getByRole('button', { name: 'Fils', exact: true }).click();
    const entry = side(claire.page).getByRole('list', { name: 'Fils' }).getByRole('button', { name: words.question });
    await see(entry.getByText('2 réponses'));
    await look(claire.page, 'threads');
    await entry.click();
    await see(side(claire.page).getByRole('article').filter({ hasText: words.inThread }));
    await side(claire.page).getByRole('button', { name: 'Fermer' }).click();
    await seeAddress(claire.page, /\/discussion$/);
  });

  test('[MSG-64] a pinned message is found again, and leads to its place', async () => {
    await act(claire.page, words.question, 'Épingler');
    await see(claire.page.getByText('Message épinglé.'));
    await karim.page.getByRole('button', { name: 'Messages épinglés' }).click();
    const pinned = side(karim.page).getByRole('button', { name: words.question });
    await see(pinned);
    await look(karim.page, 'pinned');
    await pinned.click();
    await karim.page.waitForURL(/message=/);
    await see(conversation(karim.page).message(words.question));
  });

  test('[MSG-17] [MSG-18] a copied link opens the conversation at its message', async () => {
    await claire.device.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await act(claire.page, words.question, 'Copier le lien');
    const link = await claire.page.evaluate(() => navigator.clipboard.readText());
    expect(link).toContain('/discussion?message=%24');
    await claire.page.goto(link);
    await see(conversation(claire.page).message(words.question));
    await look(claire.page, 'place');
  });

  test('[MSG-65] forwarding, reporting and dates are reached from the menu and the separators', async () => {
    await act(karim.page, words.question, 'Transférer');
    await see(karim.page.getByRole('dialog', { name: 'Transférer ce message' }));
    await look(karim.page, 'forward');
    await karim.page.keyboard.press('Escape');
    await act(karim.page, words.question, 'Signaler');
    const report = karim.page.getByRole('dialog', { name: 'Signaler ce message ?' });
    await report.getByLabel('Ce qui pose problème').fill('Essai');
    await report.getByRole('button', { name: 'Signaler', exact: true }).click();
    await see(karim.page.getByText('Message signalé.'));
    await conversation(karim.page).log.getByRole('button', { name: 'Aujourd’hui' }).click();
    await karim.page.getByRole('dialog').getByRole('button', { name: 'Y aller' }).click();
    await karim.page.waitForURL(/message=/);
  });

  function side(page: Page) {
    return page.getByRole('complementary', { name: 'Volet latéral' });
  }

  async function sayBeside(page: Page, text: string): Promise<void> {
    const field = side(page).getByRole('textbox', { name: 'Votre message' });
    await field.fill(text);
    await field.press('Enter');
    await see(side(page).getByRole('article').filter({ hasText: text }));
  }

  async function act(page: Page, on: string, action: string): Promise<void> {
    const message = conversation(page).message(on).first();
    await message.hover();
    await message.getByRole('button', { name: 'Autres actions' }).click();
    await page.getByRole('menuitem', { name: action, exact: true }).click();
  }

  /** Nothing that axe finds, at both widths; what it looks like is kept. */
  async function look(page: Page, name: string): Promise<void> {
    expect(await findingsOf(page), name).toEqual([]);
    const folder = join(ROOT, '.besace', 'test', 'looks');
    mkdirSync(folder, { recursive: true });
    for (const screen of ['phone', 'wide'] as const) {
      await page.setViewportSize(SCREENS[screen]);
      await page.screenshot({ path: join(folder, `${name}-${screen}.png`) });
    }
  }
});
