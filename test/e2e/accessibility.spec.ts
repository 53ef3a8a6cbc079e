import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { sharedWorld } from '../src/harness/shared.ts';
import { findingsOf } from './support/axe.ts';
import { board } from './support/board.ts';
import { useBrowsers } from './support/browser.ts';
import { conversation } from './support/conversation.ts';
import { askForLink, fillSignIn, type Person, signUp, someone } from './support/person.ts';
import { picture, textFile } from './support/picture.ts';
import {
  acceptInvitation,
  createRoom,
  createWorkspace,
  openRoom,
  openWorkspace,
  pickPerson,
  roomLine,
  startConversation,
} from './support/places.ts';
import { see, seeAddress, seeNoMore } from './support/see.ts';

describe('every page can be used by everyone', () => {
  const browsers = useBrowsers();
  let claire: Person;
  let karim: Person;
  const mailbox = () => sharedWorld().description.mailboxUrl ?? '';

  test('signing up, in, and the recovery code', async () => {
    const { page } = await browsers.device();
    await page.goto('/connexion');
    await see(page.getByRole('heading', { name: 'Se connecter' }));
    await clean(page, 'sign-in');
    await page.goto('/inscription');
    await page.getByLabel('Adresse électronique professionnelle').fill('nora.petit@association.example');
    await see(page.getByText('Vous serez « invité externe »'));
    await clean(page, 'sign-up');
    const zoe = someone('Zoé Martin', 'culture.gouv.fr');
    const link = await askForLink(page, zoe.address, mailbox());
    await clean(page, 'mail sent');
    await page.goto(`/inscription/${'x'.repeat(43)}`);
    await see(page.getByText('Ce lien d’inscription n’est pas le bon.'));
    await clean(page, 'closed link');
    await page.goto(link);
    await page.getByRole('textbox', { name: 'Mot de passe' }).fill(zoe.password);
    await clean(page, 'finish');
    await page.getByRole('button', { name: 'Créer mon compte' }).click();
    await see(page.getByRole('heading', { name: 'Gardez ce code en lieu sûr' }));
    await clean(page, 'recovery code');
    await page.getByRole('button', { name: 'Je l’ai gardé, continuer' }).click();
    await see(page.getByRole('heading', { name: 'Vérifions que vous l’avez bien' }));
    await clean(page, 'recovery code asked back');
    const other = await browsers.device();
    await fillSignIn(other.page, zoe);
    await see(other.page.getByRole('heading', { name: 'Vérifier cet appareil' }));
  });

  test('home, lists, new places, people', async () => {
    claire = await signUp(await browsers.device(), someone('Claire Fontaine', 'interieur.gouv.fr'), mailbox());
    karim = await signUp(await browsers.device(), someone('Karim Haddad', 'culture.gouv.fr'), mailbox());
    const { page } = claire;
    await clean(page, 'empty home');
    await page.goto('/conversations');
    await clean(page, 'empty conversations');
    await startConversation(page, karim.address, karim.name);
    await createWorkspace(page, 'Plan canicule');
    await clean(page, 'empty workspace');
    await page.getByRole('main').getByRole('link', { name: 'Inviter' }).click();
    await pickPerson(page, karim.address, karim.name);
    await clean(page, 'inviting');
    await page.getByRole('button', { name: `Inviter ${karim.name}` }).click();
    await see(page.getByText(`${karim.name} a reçu votre invitation.`));
    await openWorkspace(page, 'Plan canicule');
    await page.getByRole('main').getByRole('link', { name: 'Nouveau salon' }).first().click();
    await clean(page, 'new room');
    await openWorkspace(page, 'Plan canicule');
    await createRoom(page, 'Préparatifs', 'board');
    await openWorkspace(page, 'Plan canicule');
    await clean(page, 'workspace');
    await see(karim.page.getByRole('main').getByText(`${claire.name} vous invite`));
    await clean(karim.page, 'home with invitations');
  });

  test('a conversation, its dialogs and its side', async () => {
    const { page } = claire;
    await page.goto('/conversations');
    await acceptInvitation(karim.page, `${claire.name}`);
    await acceptInvitation(karim.page, `${claire.name}`);
    await page.getByRole('link', { name: karim.name }).click();
    const hers = conversation(page);
    await hers.say('Bonjour **Karim**, voici https://www.gouvernement.fr');
    await hers.attach(picture('plan.png', 320, 180), textFile('notes.txt', 'notes'));
    await see(hers.log.getByRole('button', { name: /notes\.txt/ }));
    await seeNoMore(hers.log.getByText(/^(En attente|Envoi)/));
    await hers.reply('Bonjour', 'Je me réponds');
    await hers.react('Bonjour', 'Merci');
    await clean(page, 'conversation');
    await page.getByRole('button', { name: 'Personnes' }).click();
    await clean(page, 'people');
    await page.getByRole('button', { name: 'Détails' }).click();
    await clean(page, 'details');
    await page.getByRole('complementary', { name: 'Volet latéral' }).getByRole('button', { name: 'Fermer' }).click();
    await hers.message('Je me réponds').hover();
    await hers.message('Je me réponds').getByRole('button', { name: 'Autres actions' }).click();
    await page.getByRole('menuitem', { name: 'Supprimer' }).click();
    await see(page.getByRole('dialog'));
    await clean(page, 'removal dialog');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await see(page.getByRole('dialog'));
    await clean(page, 'palette');
    await page.keyboard.press('Escape');
    await seeNoMore(page.getByRole('dialog'));
  });

  test('a board, a card, its shelves', async () => {
    const { page } = claire;
    await openWorkspace(page, 'Plan canicule');
    await openRoom(page, 'Préparatifs');
    await clean(page, 'empty board');
    await page.getByRole('button', { name: /^Créer trois colonnes/ }).click();
    await board(page).addCards('À faire', 'Ouvrir les salles fraîches', 'Prévenir les maires');
    await clean(page, 'board');
    await board(page).card('Prévenir les maires').click();
    await page.getByLabel('Échéance').fill('2027-07-14');
    await clean(page, 'card');
    await page.getByRole('complementary', { name: 'Volet latéral' }).getByRole('button', { name: 'Fermer' }).click();
  });

  test('settings, shortcuts, what is not there', async () => {
    const { page } = claire;
    for (const section of ['', '/apparence', '/appareils']) {
      await page.goto(`/reglages${section}`);
      await see(page.getByRole('heading', { level: 1, name: 'Réglages' }));
      await clean(page, `settings${section}`);
    }
    await page.goto('/reglages');
    await page.getByRole('button', { name: 'Se déconnecter', exact: true }).click();
    await see(page.getByRole('dialog'));
    await clean(page, 'sign-out dialog');
    await page.keyboard.press('Escape');
    await seeNoMore(page.getByRole('dialog'));
    await page.keyboard.press('?');
    await see(page.getByRole('dialog'));
    await clean(page, 'shortcuts');
    await page.goto('/nulle-part');
    await see(page.getByText('Cette page n’existe pas'));
    await clean(page, 'not found');
  });

  test('with the keyboard alone: to the list, a room, its composer, and a card of a board', async () => {
    const { page } = claire;
    await page.goto('/conversations');
    await see(roomLine(page, karim.name));
    await page.keyboard.press('Tab');
    await see(page.getByRole('link', { name: 'Aller au contenu' }));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    // One stop of the list takes Tab; arrows go on from there.
    await untilFocused(page, 'Tab', /^\s*Conversations\s*$/);
    await untilFocused(page, 'ArrowDown', new RegExp(karim.name));
    await page.keyboard.press('Enter');
    await seeAddress(page, /^\/salon\//);
    await see(conversation(page).composer);
    await page.keyboard.press('Alt+m');
    await page.keyboard.press('Alt+c');
    await page.keyboard.type('Sans souris');
    await page.keyboard.press('Enter');
    await see(conversation(page).message('Sans souris'));
    await page.keyboard.press('Control+k');
    await see(page.getByRole('dialog').getByRole('combobox'));
    await page.keyboard.type('Préparatifs');
    await see(page.getByRole('option', { name: 'Préparatifs' }));
    await page.keyboard.press('Enter');
    await see(board(page).card('Prévenir les maires'));
    await page.keyboard.press('m');
    await untilFocused(page, 'ArrowDown', /Prévenir les maires/);
    await page.keyboard.press('m');
    for (const key of ['ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await board(page).seeColumn('Terminé', ['Prévenir les maires']);
  });

  test('at 200 % nothing is lost', async () => {
    const { page } = await browsers.device({ viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 });
    await fillSignIn(page, claire);
    await page.getByRole('textbox', { name: 'Code de récupération' }).fill(claire.recoveryCode);
    await page.getByRole('button', { name: 'Déverrouiller mes messages' }).click();
    await see(page.getByRole('heading', { name: 'Aujourd’hui', exact: true }));
    await page.goto('/conversations');
    await roomLine(page, karim.name).click();
    await see(conversation(page).composer);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(720);
    expect(await conversation(page).composer.isVisible()).toBe(true);
  });
});

async function clean(page: Page, state: string): Promise<void> {
  expect.soft(await findingsOf(page), state).toEqual([]);
}

/** Presses a key until what has the focus is named so. */
async function untilFocused(page: Page, key: string, name: RegExp): Promise<void> {
  for (let press = 0; press < 30; press += 1) {
    const focused = await page.evaluate(() => {
      const { activeElement } = document;
      if (activeElement === null || activeElement === document.body) return '';
      return activeElement.getAttribute('aria-label') ?? activeElement.textContent;
    });
    if (name.test(focused)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`thirty times ${key} did not reach ${name}`);
}
