import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { mailsFor } from '../../src/appservices/kit.ts';
import type { Device } from './browser.ts';
import { see } from './see.ts';

/** Someone with an address, as the tests imagine them. */
export type Someone = { readonly name: string; readonly address: string; readonly password: string };

/** Someone who has signed up, and what they wrote down. */
export type Person = Someone & {
  /** Twelve groups of four, with spaces, as the screen showed it. */
  readonly recoveryCode: string;
  /** `@someone:server`, as the recovery page prints it. */
  readonly userId: string;
  readonly page: Page;
  readonly device: Device;
};

/** A new person of a mail domain. Worlds are shared, so names and addresses get a random end. */
export function someone(name: string, domain: string): Someone {
  const tag = randomBytes(3).toString('hex');
  const local = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z]+/g, '.');
  return {
    name: `${name} ${tag}`,
    address: `${local}.${tag}@${domain}`,
    password: `${randomBytes(9).toString('base64url')} cerisier ${tag}`,
  };
}

/** Signs up through the forms and the mail, and keeps the recovery code. Ends on the first page of the shell. */
export async function signUp(device: Device, who: Someone, mailbox: string): Promise<Person> {
  const { page } = device;
  await page.goto(await askForLink(page, who.address, mailbox));
  await see(page.getByRole('heading', { name: 'Terminer l’inscription' }));
  await page.getByLabel('Nom affiché').fill(who.name);
  await page.getByRole('textbox', { name: 'Mot de passe' }).fill(who.password);
  await page.getByRole('button', { name: 'Créer mon compte' }).click();
  const kept = await keepRecoveryCode(page);
  return { ...who, ...kept, page, device };
}

/** Asks for a sign-up link and reads the mail: the link that it holds. */
export async function askForLink(page: Page, address: string, mailbox: string): Promise<string> {
  await page.goto('/inscription');
  await page.getByLabel('Adresse électronique professionnelle').fill(address);
  await page.getByRole('button', { name: 'Recevoir le lien d’inscription' }).click();
  await see(page.getByRole('heading', { name: 'Consultez vos courriels' }));
  const mail = (await mailsFor(mailbox, address)).at(-1);
  const link = mail?.links.find((candidate) => candidate.includes('/inscription/'));
  if (link === undefined) throw new Error(`no sign-up link in the mail for ${address}`);
  return link;
}

/** Writes the code down, then types back what is asked of it. */
export async function keepRecoveryCode(page: Page): Promise<{ recoveryCode: string; userId: string }> {
  await see(page.getByRole('heading', { name: 'Gardez ce code en lieu sûr' }));
  const shown = await page.getByRole('list', { name: 'Votre code de récupération' }).getByRole('listitem').all();
  // Each line begins with its number, which is not read aloud.
  const lines = await Promise.all(shown.map((line) => line.textContent()));
  const groups = lines.map((line) => line?.trim().slice(-4) ?? '');
  expect(groups).toHaveLength(12);
  const userId = await page.getByText(/^@[^\s:]+:[^\s:]+$/).textContent();
  if (userId === null) throw new Error('the page does not say whose code this is');
  await page.getByRole('button', { name: 'Je l’ai gardé, continuer' }).click();
  await see(page.getByRole('heading', { name: 'Vérifions que vous l’avez bien' }));
  for (const field of await page.getByLabel(/^Groupe \d+$/).all()) {
    const number = Number(/\d+/.exec((await field.getAttribute('aria-label')) ?? (await labelOf(field))) ?? 0);
    await field.fill(groups[number - 1] ?? '');
  }
  await page.getByRole('button', { name: 'Terminer' }).click();
  await see(page.getByRole('heading', { name: 'Aujourd’hui', exact: true }));
  return { recoveryCode: groups.join(' '), userId };
}

async function labelOf(field: import('playwright-core').Locator): Promise<string> {
  return field.evaluate((element) => (element as HTMLInputElement).labels?.[0]?.textContent ?? '');
}

/** Fills the sign-in form and sends it; what comes then is up to the test. */
export async function fillSignIn(page: Page, who: Pick<Someone, 'address' | 'password'>): Promise<void> {
  await page.goto('/connexion');
  await page.getByLabel('Adresse électronique').fill(who.address);
  await page.getByRole('textbox', { name: 'Mot de passe' }).fill(who.password);
  await page.getByRole('button', { name: 'Se connecter' }).click();
}
