import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { eventually } from '../src/harness/http.ts';
import { sharedWorld } from '../src/harness/shared.ts';
import { useBrowsers } from './support/browser.ts';
import { type Person, signUp, someone } from './support/person.ts';
import { createRoom, createWorkspace } from './support/places.ts';
import { see } from './support/see.ts';
import { onlyFrench, saidOf } from './support/strings.ts';
import { untranslated } from './support/troubles.ts';

describe('in French, in English, in light and in dark', () => {
  const browsers = useBrowsers();
  const french = onlyFrench();
  let claire: Person;
  let workspace: string;
  let board: string;

  test('French unless the browser asks for English first; a button says the other one, in its own words', async () => {
    const { page } = await browsers.device();
    await page.goto('/connexion');
    await see(page.getByRole('heading', { name: 'Se connecter' }));
    expect(await page.getAttribute('html', 'lang')).toBe('fr');
    await page.getByRole('button', { name: 'English' }).click();
    await see(page.getByRole('heading', { name: 'Sign in' }));
    expect(await page.getAttribute('html', 'lang')).toBe('en');
    await inEnglish(page);
    await page.goto('/inscription');
    await see(page.getByRole('heading', { name: 'Sign up' }));
    await inEnglish(page);
    await page.reload();
    await see(page.getByRole('button', { name: 'Français' }));
    const british = await browsers.device({ locale: 'en-GB' });
    await british.page.goto('/connexion');
    await see(british.page.getByRole('heading', { name: 'Sign in' }));
  });

  test('the language changes in the settings, at once and for good, and English is complete', async () => {
    const mailbox = sharedWorld().description.mailboxUrl ?? '';
    claire = await signUp(await browsers.device(), someone('Claire Fontaine', 'interieur.gouv.fr'), mailbox);
    const { page } = claire;
    await createWorkspace(page, 'Heatwave');
    workspace = new URL(page.url()).pathname;
    await createRoom(page, 'Board', 'board');
    board = new URL(page.url()).pathname.replace(/\/[^/]+$/, '');
    await page.getByRole('button', { name: /^Créer trois colonnes/ }).waitFor();
    await page.goto('/reglages/apparence');
    await page.getByRole('radio', { name: 'English' }).click();
    await see(page.getByRole('heading', { name: 'Settings' }));
    for (const path of [
      '/aujourdhui',
      '/conversations',
      '/conversations/nouvelle',
      '/espaces',
      '/espaces/nouveau',
      workspace,
      `${workspace}/inviter`,
      `${workspace}/nouveau-salon`,
      `${board}/tableau`,
      `${board}/tableau/archives`,
      `${board}/tableau/corbeille`,
      `${board}/discussion`,
      `${board}/discussion/personnes`,
      `${board}/discussion/details`,
      '/reglages',
      '/reglages/apparence',
      '/reglages/appareils',
      '/salon/!nobody:interieur.test',
      '/nowhere',
    ]) {
      await page.goto(path);
      await see(page.getByRole('heading', { level: 1 }));
      await inEnglish(page);
    }
    for (const keys of ['Control+k', '?']) {
      await page.keyboard.press(keys);
      await see(page.getByRole('dialog'));
      await inEnglish(page);
      await page.keyboard.press('Escape');
    }
  });

  test('the theme follows the system until one is chosen, and is there before the first paint of the next visit', async () => {
    const { page } = claire;
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto('/reglages/apparence');
    await see(page.getByRole('radio', { name: 'Dark' }));
    const light = await background();
    await page.emulateMedia({ colorScheme: 'dark' });
    const becomes = (wanted: (colour: string) => boolean) => eventually(async () => wanted(await background()));
    await becomes((colour) => colour !== light);
    const dark = await background();
    await page.getByRole('radio', { name: 'Light' }).click();
    await becomes((colour) => colour === light);
    await page.goto('/aujourdhui', { waitUntil: 'commit' });
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
    await page.goto('/reglages/apparence');
    await page
      .getByRole('group', { name: 'Theme' })
      .getByRole('radio', { name: /system/i })
      .click();
    await becomes((colour) => colour === dark);
  });

  async function inEnglish(page: Page): Promise<void> {
    expect.soft(await untranslated(page), page.url()).toEqual([]);
    expect.soft(await saidOf(page, french), page.url()).toEqual([]);
  }
});
