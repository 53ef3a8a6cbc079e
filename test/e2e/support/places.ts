import type { Locator, Page } from 'playwright-core';
import { see, seeAddress, seeNoMore } from './see.ts';

export type RoomKind = 'chat' | 'board';

/** Makes a workspace by the command palette, as someone who knows the keyboard does. Ends on its page. */
export async function createWorkspace(page: Page, name: string): Promise<void> {
  await runCommand(page, 'Créer un espace');
  await page.getByLabel('Nom de l’espace').fill(name);
  await page.getByRole('button', { name: 'Créer l’espace' }).click();
  await seeAddress(page, /^\/espace\/!/);
  await see(page.getByRole('main').getByRole('heading', { name, level: 1 }));
}

/** Makes a room in the workspace that is open. Ends in the room. */
export async function createRoom(page: Page, name: string, kind: RoomKind): Promise<void> {
  await page.getByRole('main').getByRole('link', { name: 'Nouveau salon' }).first().click();
  await page.getByLabel('Nom du salon').fill(name);
  await page.getByRole('radio', { name: kind === 'chat' ? 'Discuter' : 'Suivre un travail' }).check();
  await page.getByRole('button', { name: 'Créer le salon' }).click();
  await seeAddress(page, /^\/salon\/!/);
  await see(page.getByRole('main').getByRole('heading', { name, level: 1 }));
}

/** Opens a workspace from the rail. */
export async function openWorkspace(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Navigation principale' }).getByRole('link', { name }).click();
  await see(page.getByRole('main').getByRole('heading', { name, level: 1 }));
}

/** Opens a room of the place that is open, from its list. */
export async function openRoom(page: Page, name: string): Promise<void> {
  await roomLine(page, name).click();
  await see(page.getByRole('main').getByRole('heading', { name, level: 1 }));
}

/** A room's line in the list. Its label begins with its name. */
export function roomLine(page: Page, name: string): Locator {
  return roomList(page).getByRole('link', { name });
}

export function roomList(page: Page): Locator {
  return page.getByRole('complementary', { name: 'Conversations et outils' });
}

/** Finds someone in the directory, where people are picked, and invites them to the place that is open. */
export async function invite(page: Page, query: string, name: string): Promise<void> {
  await pickPerson(page, query, name);
  await page.getByRole('button', { name: `Inviter ${name}` }).click();
  await see(page.getByText(`${name} a reçu votre invitation.`));
}

/** Begins a conversation with someone who is found in the directory. Ends in it. */
export async function startConversation(page: Page, query: string, name: string): Promise<void> {
  await goTo(page, 'Conversations');
  await page.getByRole('link', { name: 'Nouvelle conversation' }).click();
  await pickPerson(page, query, name);
  await page.getByRole('button', { name: 'Commencer la conversation' }).click();
  await see(page.getByRole('textbox', { name: 'Votre message' }));
}

export async function pickPerson(page: Page, query: string, name: string): Promise<void> {
  const field = page.getByRole('combobox', { name: 'Qui cherchez-vous ?' });
  await field.fill(query);
  await page.getByRole('option', { name }).click();
  await see(page.getByRole('list', { name: 'Personnes choisies' }).getByText(name));
}

/** Says yes to an invitation that the list of conversations shows. */
export async function acceptInvitation(page: Page, from: string): Promise<void> {
  await goTo(page, 'Aujourd’hui');
  const row = page.getByRole('main').getByRole('link', { name: `${from} vous invite` });
  await row.first().click();
  const accept = page.getByRole('main').getByRole('button', { name: 'Accepter' });
  await accept.click();
  await seeNoMore(accept);
}

/** Gives someone of the place that is open another role. */
export async function giveRole(page: Page, name: string, role: string): Promise<void> {
  await page.getByRole('button', { name: `Rôle de ${name}` }).click();
  await page.getByRole('menuitemradio', { name: role }).click();
  await see(page.getByRole('button', { name: `Rôle de ${name} : ${role}` }));
}

/** Opens one of the rail's own places. */
export async function goTo(page: Page, place: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Navigation principale' }).getByRole('link', { name: place }).click();
}

/** Ctrl+K, a few words, Enter. */
export async function runCommand(page: Page, words: string): Promise<void> {
  await page.keyboard.press('Control+k');
  const field = page.getByRole('dialog').getByRole('combobox');
  await field.fill(words);
  await see(page.getByRole('option', { name: words }));
  await page.keyboard.press('Enter');
  await seeNoMore(page.getByRole('dialog'));
}
