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
import { acceptInvitation, goTo, roomList, runCommand, startConversation } from './support/places.ts';
import { see, seeAddress, seeNoMore } from './support/see.ts';

const tag = randomBytes(3).toString('hex');
const words = {
  keep: `Le numéro du dossier est 2026-417 ${tag}`,
  tomorrow: `Pensez à la réunion de neuf heures ${tag}`,
  never: `À relire avant l’envoi ${tag}`,
};

describe('what one keeps for oneself, and puts off', () => {
  const browsers = useBrowsers();
  let claire: Person;
  let karim: Person;

  test('[WSP-20] two agents who share no room: the invitation is a request', async () => {
    const mailbox = sharedWorld().description.mailboxUrl ?? '';
    claire = await signUp(await browsers.device(), someone('Claire Vidal', 'interieur.gouv.fr'), mailbox);
    karim = await signUp(await browsers.device(), someone('Karim Mansouri', 'culture.gouv.fr'), mailbox);
    await startConversation(claire.page, karim.name, karim.name);
    await goTo(karim.page, 'Conversations');
    await see(roomList(karim.page).getByRole('button', { name: 'Demandes' }));
    await see(roomList(karim.page).getByRole('button', { name: `Bloquer ${claire.name}` }));
    await look(karim.page, 'requests');
    await acceptInvitation(karim.page, claire.name);
    await conversation(claire.page).say(words.keep);
    await see(conversation(karim.page).message(words.keep));
  });

  test('[MSG-81] [KEPT-1] a message is kept, found again in the list, and opens in its place', async () => {
    const message = conversation(karim.page).message(words.keep);
    await message.hover();
    await message.getByRole('button', { name: 'Autres actions' }).click();
    await karim.page.getByRole('menuitem', { name: 'Enregistrer pour moi' }).click();
    await karim.page.getByRole('button', { name: 'Voir', exact: true }).click();
    await seeAddress(karim.page, /^\/enregistres$/);
    await see(entry(karim.page));
    await look(karim.page, 'saved');
    await entry(karim.page).click();
    await see(conversation(karim.page).message(words.keep));
    await runCommand(karim.page, 'Messages enregistrés');
    await karim.page.getByRole('button', { name: 'Ne plus enregistrer ce message' }).click();
    await see(karim.page.getByText('Rien d’enregistré'));
    await karim.page.getByRole('button', { name: 'Annuler', exact: true }).click();
    await see(entry(karim.page));
  });

  test('[MSG-80] [WAIT-1] [WAIT-2] a message is put off, survives a reload, and is sent now or cancelled', async () => {
    const { composer, log } = conversation(claire.page);
    for (const text of [words.tomorrow, words.never]) {
      await composer.fill(text);
      await claire.page.getByRole('button', { name: 'Envoyer plus tard' }).click();
      await claire.page.getByRole('menuitem', { name: 'Demain matin' }).click();
      await see(claire.page.getByText(/Message programmé/).first());
    }
    expect(await log.getByText(words.tomorrow).count()).toBe(0);
    await claire.page.getByRole('button', { name: 'Envoyer plus tard' }).click();
    await claire.page.getByRole('menuitem', { name: 'Voir les envois programmés' }).click();
    await seeAddress(claire.page, /^\/envois-programmes$/);
    const list = claire.page.getByRole('list', { name: 'Envois programmés' });
    const waiting = (text: string) => list.getByRole('listitem').filter({ hasText: text });
    await see(waiting(words.tomorrow).getByText(/même si vos appareils sont éteints/));
    await look(claire.page, 'scheduled');
    await claire.page.reload();
    await see(waiting(words.never));
    await waiting(words.never).getByRole('button', { name: 'Annuler l’envoi' }).click();
    await seeNoMore(waiting(words.never));
    await waiting(words.tomorrow).getByRole('button', { name: 'Envoyer maintenant' }).click();
    await see(claire.page.getByText('Aucun envoi programmé'));
    await entry(karim.page).click();
    await see(conversation(karim.page).message(words.tomorrow));
  });

  test('[WSP-22] [WSP-23] [PPL-1] a person is opened from her message, ignored, and heard again', async () => {
    const { page } = karim;
    await conversation(page).message(words.keep).getByRole('button', { name: claire.name }).first().click();
    const card = page.getByRole('complementary', { name: 'Volet latéral' });
    await see(card.getByText('Ses appareils sont les siens.', { exact: false }));
    await look(page, 'person');
    await card.getByRole('button', { name: 'Ignorer' }).click();
    await seeNoMore(conversation(page).message(words.tomorrow));
    await runCommand(page, 'Personnes ignorées');
    await see(page.getByRole('list', { name: 'Personnes ignorées' }));
    await look(page, 'ignored');
    await page.getByRole('button', { name: /^Ne plus ignorer/ }).click();
    await see(page.getByText('Vous n’ignorez personne'));
    await page.goBack();
    await see(conversation(page).message(words.tomorrow));
  });
});

/** The kept message in the list. */
function entry(page: Page) {
  return page.getByRole('list', { name: 'Messages enregistrés' }).getByRole('link', { name: words.keep });
}

/** Nothing that axe finds; what it looks like at both widths is kept. */
async function look(page: Page, name: string): Promise<void> {
  expect(await findingsOf(page), name).toEqual([]);
  const folder = join(ROOT, '.besace', 'test', 'looks');
  mkdirSync(folder, { recursive: true });
  for (const screen of ['phone', 'wide'] as const) {
    await page.setViewportSize(SCREENS[screen]);
    await page.screenshot({ path: join(folder, `${name}-${screen}.png`) });
  }
}
