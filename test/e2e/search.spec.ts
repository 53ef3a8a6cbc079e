import { describe, expect, test } from 'vitest';
import { sharedWorld } from '../src/harness/shared.ts';
import { findingsOf } from './support/axe.ts';
import { type Device, useBrowsers } from './support/browser.ts';
import { conversation } from './support/conversation.ts';
import { fillSignIn, type Person, signUp, someone } from './support/person.ts';
import { acceptInvitation, startConversation } from './support/places.ts';
import { see, seeAddress, seeCount } from './support/see.ts';

const OLD = 'Le mascaret a emporté la passerelle du marché';

describe('Karim looks for what was said', () => {
  const browsers = useBrowsers();
  let claire: Person;
  let karim: Person;
  let fresh: Device;

  test('after a long encrypted conversation, on a device that is new', async () => {
    const mailbox = sharedWorld().description.mailboxUrl ?? '';
    claire = await signUp(await browsers.device(), someone('Claire Fontaine', 'interieur.gouv.fr'), mailbox);
    karim = await signUp(await browsers.device(), someone('Karim Haddad', 'culture.gouv.fr'), mailbox);
    await startConversation(claire.page, karim.address, karim.name);
    await acceptInvitation(karim.page, claire.name);
    const hers = conversation(claire.page);
    await hers.say('Bonjour Karim');
    await hers.say(OLD);
    await hers.say('Nous cherchons une solution');
    await karim.page.getByRole('link', { name: claire.name }).first().click();
    const his = conversation(karim.page);
    await see(his.message('Nous cherchons'));
    await his.say('Quel mascaret ?');
    for (let at = 0; at < 60; at++) {
      await hers.composer.fill(`Point de situation ${at}`);
      await hers.composer.press('Enter');
    }
    await see(his.message('Point de situation 59'));
    fresh = await browsers.device();
    await fillSignIn(fresh.page, karim);
    await fresh.page.getByRole('textbox', { name: 'Code de récupération' }).fill(karim.recoveryCode);
    await fresh.page.getByRole('button', { name: 'Déverrouiller mes messages' }).click();
    await see(fresh.page.getByRole('heading', { name: 'Aujourd’hui', exact: true }));
  });

  test('finds an old message by the beginning of a word, from the palette [SEARCH-4] [SEARCH-7]', async () => {
    const { page } = fresh;
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').fill('MASCAR');
    await page.getByRole('option', { name: 'Rechercher « MASCAR » dans les messages' }).click();
    await seeAddress(page, /^\/recherche$/);
    expect(new URL(page.url()).searchParams.get('q')).toBe('MASCAR');
    // The history is read in the background, its keys come from the backup.
    await see(page.getByText(/messages? trouvables? sur cet appareil/));
    const results = page.getByRole('region', { name: 'Résultats' });
    await seeCount(results.getByRole('listitem'), 2);
    expect(await results.locator('mark').allTextContents()).toEqual(['mascar', 'mascar']);
    const old = results.getByRole('listitem').filter({ hasText: OLD });
    await see(old.getByText('Bonjour Karim'));
    await see(old.getByText('Nous cherchons une solution'));
  });

  test('narrows it to who wrote it, by the keyboard, and opens it in its conversation [SEARCH-3] [SEARCH-5]', async () => {
    const { page } = fresh;
    await page.getByRole('textbox', { name: 'Écrit par' }).fill('clai');
    await see(page.getByRole('list', { name: 'Écrit par' }).getByRole('button', { name: claire.name }));
    await page.keyboard.press('Enter');
    const results = page.getByRole('region', { name: 'Résultats' });
    await seeCount(results.getByRole('listitem'), 1);
    const asked = new URL(page.url()).search;
    expect(await findingsOf(page)).toEqual([]);
    await results.getByRole('listitem').getByRole('link').focus();
    await page.keyboard.press('Enter');
    await seeAddress(page, /^\/salon\/[^/]+\/discussion$/);
    await see(conversation(page).message(OLD));
    await page.goBack();
    await see(results.getByText(OLD));
    expect(new URL(page.url()).search).toBe(asked);
  });

  test('does not find what Claire took back [SEARCH-6]', async () => {
    const hers = conversation(claire.page);
    await hers.edit('Point de situation 59', 'Fin de la crue');
    const { page } = fresh;
    await page.goto('/recherche?q=crue');
    // It is found as soon as it has come.
    const results = page.getByRole('region', { name: 'Résultats' });
    await seeCount(results.getByRole('listitem').filter({ hasText: 'Fin de la crue' }), 1);
    await page.getByRole('searchbox', { name: 'Rechercher dans mes messages' }).fill('situation 59');
    await see(page.getByRole('heading', { name: 'Aucun message trouvé' }));
  });
});
