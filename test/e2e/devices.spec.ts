import { describe, expect, test } from 'vitest';
import { sharedWorld } from '../src/harness/shared.ts';
import { type Device, useBrowsers } from './support/browser.ts';
import { fillSignIn, keepRecoveryCode, type Person, signUp, someone } from './support/person.ts';
import { see, seeAddress, seeCount } from './support/see.ts';

describe('Claire and her devices', () => {
  const browsers = useBrowsers();
  let claire: Person;
  let second: Device;
  let third: Device;

  const mailbox = sharedWorld().description.mailboxUrl ?? '';

  test('a second one is verified by comparing seven images', async () => {
    claire = await signUp(await browsers.device(), someone('Claire Fontaine', 'interieur.gouv.fr'), mailbox);
    second = await browsers.device();
    await fillSignIn(second.page, claire);
    await see(second.page.getByRole('heading', { name: 'Vérifier cet appareil' }));
    await second.page.getByRole('button', { name: 'Demander la vérification' }).click();
    const asked = claire.page.getByRole('dialog', { name: 'Un nouvel appareil demande à être vérifié' });
    await asked.getByRole('button', { name: 'C’est moi, comparer' }).click();
    await seeCount(asked.getByRole('listitem'), 7);
    await seeCount(second.page.getByRole('main').getByRole('listitem'), 7);
    const here = await asked.getByRole('listitem').allInnerTexts();
    expect(await second.page.getByRole('main').getByRole('listitem').allInnerTexts()).toEqual(here);
    await second.page.getByRole('button', { name: 'Oui, les mêmes' }).click();
    await asked.getByRole('button', { name: 'Oui, les mêmes' }).click();
    await see(second.page.getByRole('heading', { name: 'Aujourd’hui', exact: true }));
  });

  test('a third one by the recovery code; a wrong one gets its sentence, and nothing is lost', async () => {
    third = await browsers.device();
    const { page } = third;
    await fillSignIn(page, claire);
    const field = page.getByRole('textbox', { name: 'Code de récupération' });
    // One sign of it is another one, so that it still reads like a code.
    const wrong = claire.recoveryCode.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    await field.fill(wrong);
    await page.getByRole('button', { name: 'Déverrouiller mes messages' }).click();
    await see(page.getByText('Ce n’est pas le bon code de récupération.'));
    expect(await field.inputValue()).toBe(wrong);
    await field.fill(claire.recoveryCode);
    await page.getByRole('button', { name: 'Déverrouiller mes messages' }).click();
    await see(page.getByRole('heading', { name: 'Aujourd’hui', exact: true }));
  });

  test('[ENTRY-20] an account as a guest stands beside hers in the same browser, and leaves without it', async () => {
    const { page } = second;
    await page.getByRole('link', { name: 'Réglages', exact: true }).click();
    await page.getByRole('link', { name: 'Ajouter un compte' }).click();
    await see(page.getByRole('heading', { name: 'Autres comptes de cet appareil' }));
    // As when the link of a mail opens where somebody is signed in.
    await page.getByRole('link', { name: /^Claire Fontaine/ }).click();
    await see(page.getByRole('heading', { name: 'Aujourd’hui', exact: true }));
    const guest = await signUp(second, someone('Claire chez l’association', 'association.example'), mailbox);
    await see(page.getByRole('heading', { name: 'Aujourd’hui', exact: true }));
    // Another tab shows the other one, at the same time.
    const beside = await second.context.newPage();
    await beside.goto(new URL('/reglages', page.url()).href);
    await see(beside.getByText(claire.userId));
    await page.getByRole('link', { name: 'Réglages', exact: true }).click();
    await see(page.getByText(guest.userId));
    await page.reload();
    await see(page.getByText(guest.userId));
    await page.getByRole('button', { name: 'Se déconnecter', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Se déconnecter', exact: true }).click();
    await seeAddress(page, /^\/connexion$/);
    await beside.reload();
    await see(beside.getByText(claire.userId));
    await beside.close();
    await page
      .getByRole('region', { name: 'Autres comptes de cet appareil' })
      .getByRole('link', { name: /^Claire Fontaine/ })
      .click();
    await see(page.getByRole('heading', { name: 'Aujourd’hui', exact: true }));
  });

  test('all are in the list, verified; one is named, and one is signed out with the password', async () => {
    const { page } = claire;
    await page.getByRole('link', { name: 'Réglages', exact: true }).click();
    await page.getByRole('link', { name: 'Appareils' }).click();
    const devices = page
      .getByRole('main')
      .getByRole('listitem')
      .filter({ has: page.getByText('vérifié', { exact: true }) });
    await seeCount(devices, 3);
    expect(await page.getByText('non vérifié', { exact: true }).count()).toBe(0);

    await page
      .getByRole('button', { name: /^Actions pour/ })
      .nth(1)
      .click();
    await page.getByRole('menuitem', { name: 'Renommer' }).click();
    await page.getByRole('textbox', { name: 'Nom de l’appareil' }).fill('Téléphone de Claire');
    await page.keyboard.press('Enter');
    await see(page.getByText('L’appareil est renommé.'));
    await page.getByRole('button', { name: 'Actions pour Téléphone de Claire' }).click();
    await page.getByRole('menuitem', { name: 'Déconnecter' }).click();
    const asked = page.getByRole('dialog', { name: 'Déconnecter cet appareil' });
    const password = asked.getByRole('textbox', { name: 'Mot de passe' });
    await password.fill('pas le bon');
    await asked.getByRole('button', { name: 'Déconnecter', exact: true }).click();
    await see(asked.getByRole('alert'));
    await password.fill(claire.password);
    await asked.getByRole('button', { name: 'Déconnecter', exact: true }).click();
    await see(page.getByText('C’est fait : l’accès est coupé.'));
    await seeCount(devices, 2);
    await Promise.race([second, third].map(({ page: left }) => seeAddress(left, /^\/connexion$/)));
  });

  test('without a device or a code, everything is set up again; the other devices must be verified again', async () => {
    const { page } = await browsers.device();
    await fillSignIn(page, claire);
    await see(page.getByRole('heading', { name: 'Vérifier cet appareil' }));
    await page.getByRole('link', { name: 'Tout reconfigurer…' }).click();
    await see(page.getByRole('heading', { name: 'Tout reconfigurer' }));
    await page.getByRole('checkbox', { name: 'J’ai compris ce que je perds' }).check();
    await page.getByRole('textbox', { name: 'Mot de passe' }).fill(claire.password);
    await page.getByRole('button', { name: 'Tout reconfigurer' }).click();
    const { recoveryCode } = await keepRecoveryCode(page);
    expect(recoveryCode).not.toBe(claire.recoveryCode);
    await see(claire.page.getByRole('heading', { name: 'Vérifier cet appareil' }));
    await claire.page.getByRole('textbox', { name: 'Code de récupération' }).fill(recoveryCode);
    await claire.page.getByRole('button', { name: 'Déverrouiller mes messages' }).click();
    await see(claire.page.getByRole('heading', { name: 'Aujourd’hui', exact: true }));
  });

  test('signing out everywhere ends all of them', async () => {
    const { page } = claire;
    await page.getByRole('link', { name: 'Réglages', exact: true }).click();
    await page.getByRole('link', { name: 'Compte', exact: true }).click();
    await page.getByRole('button', { name: 'Se déconnecter partout' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Se déconnecter partout' }).click();
    for (const { page: left } of [claire, second, third]) await seeAddress(left, /^\/connexion$/);
  });
});
