import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sharedWorld } from '../src/harness/shared.ts';
import { findingsOf } from './support/axe.ts';
import { useBrowsers } from './support/browser.ts';
import { conversation } from './support/conversation.ts';
import { type Person, signUp, someone } from './support/person.ts';
import { picture, textFile } from './support/picture.ts';
import { acceptInvitation, goTo, roomLine, startConversation } from './support/places.ts';
import { see, seeCount, seeNoMore } from './support/see.ts';

const tag = randomBytes(4).toString('hex');

describe('Claire and Karim write to one another', () => {
  const browsers = useBrowsers();
  let claire: Person;
  let karim: Person;

  test('begin a conversation', async () => {
    const mailbox = sharedWorld().description.mailboxUrl ?? '';
    claire = await signUp(await browsers.device(), someone('Claire Fontaine', 'interieur.gouv.fr'), mailbox);
    karim = await signUp(await browsers.device(), someone('Karim Haddad', 'culture.gouv.fr'), mailbox);
    await startConversation(claire.page, karim.name, karim.name);
    await acceptInvitation(karim.page, claire.name);
    await conversation(claire.page).say(`Bonjour ${tag}`);
    await see(conversation(karim.page).message(`Bonjour ${tag}`));
  });

  test('[MSG-40] what is typed as Markdown arrives with its form, and is edited with it', async () => {
    const hers = conversation(claire.page);
    const his = conversation(karim.page);
    await rich(claire);
    await hers.composer.pressSequentially(`C’est **urgent ${tag}** et *vrai* :`);
    await hers.composer.press('Shift+Enter');
    await hers.composer.pressSequentially('- un');
    await hers.composer.press('Shift+Enter');
    await hers.composer.pressSequentially('deux');
    await hers.composer.press('Enter');
    const arrived = his.message(`urgent ${tag}`);
    await see(arrived.locator('strong', { hasText: `urgent ${tag}` }));
    await see(arrived.locator('em', { hasText: 'vrai' }));
    await seeCount(arrived.locator('ul > li'), 2);
    await hers.composer.press('ArrowUp');
    await see(claire.page.getByText('Modification de votre message'));
    await see(hers.composer.locator('strong', { hasText: `urgent ${tag}` }));
    await hers.composer.press('Control+End');
    await hers.composer.pressSequentially(' et demi');
    await hers.composer.press('Enter');
    await see(his.message('deux et demi').locator('li', { hasText: 'deux et demi' }));
    await see(his.message(`urgent ${tag}`).locator('strong'));
  });

  test('[MSG-41] [MSG-44] a mention marks the message for whom it names, in the conversation and in the list', async () => {
    const hers = conversation(claire.page);
    await goTo(karim.page, 'Aujourd’hui');
    await hers.composer.pressSequentially('@kar');
    const option = claire.page.getByRole('option', { name: karim.name });
    await see(option);
    expect(await hers.composer.getAttribute('aria-activedescendant')).toBe(await option.getAttribute('id'));
    await hers.composer.press('Enter');
    await hers.composer.pressSequentially(`qu’en dites-vous ? ${tag}`);
    await hers.composer.press('Enter');
    await goTo(karim.page, 'Conversations');
    const line = roomLine(karim.page, claire.name).first();
    await see(line.getByText(/mention/i).or(karim.page.getByRole('link', { name: /mention/i })));
    await line.click();
    const arrived = conversation(karim.page).message(`qu’en dites-vous ? ${tag}`);
    await see(arrived.locator('.mention.me', { hasText: `@${karim.name}` }));
  });

  test('emoji by their names, and what they replace', async () => {
    const hers = conversation(claire.page);
    await hers.composer.pressSequentially('Bravo :pouce_vers_le_haut');
    await see(claire.page.getByRole('option', { name: 'pouce vers le haut' }));
    await hers.composer.press('Enter');
    await hers.composer.press('Enter');
    await see(conversation(karim.page).message('Bravo 👍'));
  });

  test('[MSG-42] a command that does not exist is not sent', async () => {
    const hers = conversation(claire.page);
    await hers.composer.pressSequentially('/secret mot de passe');
    await hers.composer.press('Enter');
    await see(claire.page.getByText('La commande /secret n’existe pas'));
    await hers.composer.fill('/moi arrive');
    await hers.composer.press('Enter');
    await see(conversation(karim.page).message(`${claire.name} arrive`));
    expect(await conversation(karim.page).message('mot de passe').count()).toBe(0);
  });

  test('[MSG-43] what was sent comes back, and is gone for the other', async () => {
    const hers = conversation(claire.page);
    await hers.say(`Trop vite ${tag}`);
    await see(conversation(karim.page).message(`Trop vite ${tag}`));
    await claire.page.getByRole('button', { name: 'Annuler l’envoi' }).click();
    await see(hers.composer.getByText(`Trop vite ${tag}`));
    await seeNoMore(conversation(karim.page).message(`Trop vite ${tag}`));
    await hers.composer.fill('');
  });

  test('[MSG-45] several files go, each with its caption', async () => {
    const { page } = claire;
    const hers = conversation(page);
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Joindre des fichiers' }).click();
    await (await choosing).setFiles([
      picture(`plan-${tag}.png`, 64, 48),
      textFile(`note-${tag}.txt`, 'note'),
      textFile(`trop-${tag}.txt`, 'trop'),
    ]);
    await page.getByLabel(`Légende de plan-${tag}.png`).fill(`Le plan ${tag}`);
    await page.getByLabel(`Légende de note-${tag}.txt`).fill(`La note ${tag}`);
    await page.getByRole('button', { name: `Ne pas envoyer trop-${tag}.txt` }).click();
    expect(await findingsOf(page)).toEqual([]);
    await hers.composer.pressSequentially(`Voici ${tag}`);
    await hers.composer.press('Enter');
    const his = conversation(karim.page);
    for (const words of [`Voici ${tag}`, `Le plan ${tag}`, `La note ${tag}`]) await see(his.message(words));
    expect(await his.message(`trop-${tag}`).count()).toBe(0);
  });

  test('[POLL-13] [POLL-20] [POLL-21] [POLL-22] a question is asked, answered by keyboard, read as a table, and ended', async () => {
    const { page } = claire;
    const hers = conversation(page);
    const dialog = page.getByRole('dialog', { name: 'Nouveau sondage' });
    const focused = dialog.getByLabel('Question').and(page.locator(':focus'));
    await page.getByRole('button', { name: 'Autre chose qu’un texte' }).click();
    await page.getByRole('menuitem', { name: 'Sondage' }).click();
    await see(focused);
    await page.keyboard.press('Escape');
    await hers.composer.fill(`/sondage Quel jour ${tag} ?`);
    await hers.composer.press('Enter');
    await see(focused);
    expect(await dialog.getByLabel('Question').inputValue()).toBe(`Quel jour ${tag} ?`);
    await dialog.getByRole('button', { name: 'Lancer le sondage' }).click();
    await see(dialog.getByText('Donnez au moins deux réponses.'));
    await dialog.getByLabel('Réponse 1').fill('lundi');
    await dialog.getByLabel('Réponse 1').press('Enter');
    await page.keyboard.type('mardi');
    expect(await findingsOf(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Lancer le sondage' }).click();
    const his = karim.page.getByRole('region', { name: `Sondage : Quel jour ${tag} ?` });
    const choice = his.getByRole('button', { name: 'mardi' });
    await choice.focus();
    await karim.page.keyboard.press('Enter');
    await see(his.getByRole('button', { name: 'mardi', pressed: true }));
    const poll = page.getByRole('region', { name: `Sondage : Quel jour ${tag} ?` });
    await see(poll.getByText('1 vote sur 2'));
    await poll.getByRole('button', { name: 'Voir le tableau' }).click();
    await see(page.getByRole('row', { name: `mardi 1 ${karim.name}` }));
    expect(await findingsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await poll.getByRole('button', { name: 'Terminer' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Terminer' }).click();
    await see(his.getByText(`Sondage terminé par ${claire.name}`));
    await see(conversation(karim.page).message('En tête : mardi'));
    expect(await his.getByRole('button', { name: 'mardi' }).count()).toBe(0);
    expect(await findingsOf(karim.page)).toEqual([]);
  });

  test('[MSG-70] [MSG-71] [MSG-72] an urgent message waits until it is acknowledged, and who has not is reminded', async () => {
    const { page } = claire;
    const hers = conversation(page);
    await page.getByRole('button', { name: 'Autre chose qu’un texte' }).click();
    await page.getByRole('menuitemradio', { name: 'Demander un accusé de lecture' }).click();
    await page.getByLabel('Urgent : rappeler').check();
    expect(await findingsOf(page)).toEqual([]);
    await hers.composer.pressSequentially(`Évacuation ${tag}`);
    await hers.composer.press('Enter');
    const his = conversation(karim.page);
    const asked = his.message(`Évacuation ${tag}`).first();
    await see(karim.page.getByText(`Message urgent de ${claire.name} : Évacuation ${tag}`));
    await hers.message(`Évacuation ${tag}`).first().getByRole('button', { name: '0 sur 1' }).click();
    await see(page.getByRole('row', { name: `${karim.name} Pas encore` }));
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Le rappeler à 1 personne' }).click();
    await see(his.message('merci d’accuser réception'));
    await goTo(karim.page, 'Aujourd’hui');
    await see(karim.page.getByRole('heading', { name: 'À accuser' }));
    expect(await findingsOf(karim.page)).toEqual([]);
    await karim.page.getByRole('link', { name: `Évacuation ${tag}` }).click();
    await asked.getByRole('button', { name: 'J’ai pris connaissance' }).click();
    await see(asked.getByText('Vous avez accusé réception'));
    await seeNoMore(karim.page.getByText(`Message urgent de ${claire.name}`));
    await see(hers.message(`Évacuation ${tag}`).first().getByRole('button', { name: '1 sur 1' }));
  });

  test('[MSG-73] [MSG-74] a place and a block of code arrive as what they are', async () => {
    const { page } = claire;
    const hers = conversation(page);
    const his = conversation(karim.page);
    await hers.composer.fill(`/lieu Mairie ${tag}`);
    await hers.composer.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Dire où' });
    await dialog.getByLabel('Coordonnées').fill('48,8566 2,3522');
    expect(await findingsOf(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Envoyer le lieu' }).click();
    const place = his.message(`Mairie ${tag}`);
    await see(place.getByText('48.85660, 2.35220'));
    await see(place.getByRole('link', { name: 'OpenStreetMap' }));
    await hers.composer.pressSequentially('```');
    await hers.composer.press('Enter');
    await hers.composer.pressSequentially(`echo ${tag}`);
    await hers.composer.press('Control+Enter');
    const code = his.message(`echo ${tag}`);
    await code.hover();
    await see(code.locator('pre', { hasText: `echo ${tag}` }));
    await see(code.getByRole('button', { name: 'Copier le code' }));
    expect(await findingsOf(karim.page)).toEqual([]);
  });

  test('[MSG-75] [MEDIA-8] a voice is recorded, heard, sent, and heard by the other', async () => {
    const { page } = claire;
    await page.getByRole('button', { name: 'Autre chose qu’un texte' }).click();
    await page.getByRole('menuitem', { name: 'Message vocal' }).click();
    const dialog = page.getByRole('dialog', { name: 'Message vocal' });
    await dialog.getByRole('button', { name: 'Enregistrer' }).click();
    await see(dialog.getByText('0:02'));
    await dialog.getByRole('button', { name: 'Arrêter' }).click();
    await see(dialog.getByRole('slider'));
    expect(await findingsOf(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Envoyer' }).click();
    const voice = karim.page.getByRole('group', { name: /Message vocal de 0:0/ });
    await voice.getByRole('button', { name: 'Écouter' }).click();
    await see(voice.getByRole('button', { name: 'Mettre en pause' }));
    await see(voice.getByRole('button', { name: 'Écouter' }));
    expect(await findingsOf(karim.page)).toEqual([]);
  });

  test('[MSG-8] a draft survives a reload with its form and its mention', async () => {
    const { page } = claire;
    const hers = conversation(page);
    await hers.composer.pressSequentially('**À suivre** @kar');
    await see(page.getByRole('option', { name: karim.name }));
    await hers.composer.press('Tab');
    await see(hers.composer.locator('.mention'));
    await see(page.locator('form[data-draft=kept]'));
    await page.reload();
    await see(hers.composer.locator('strong', { hasText: 'À suivre' }));
    await see(hers.composer.locator('.mention', { hasText: `@${karim.name}` }));
  });

  test('every state of the composer can be used by everyone', async () => {
    const { page } = claire;
    const hers = conversation(page);
    await hers.composer.fill('');
    await hers.composer.pressSequentially('@');
    await see(page.getByRole('listbox'));
    expect(await findingsOf(page)).toEqual([]);
    await hers.composer.press('Escape');
    await hers.composer.fill('/aide');
    await hers.composer.press('Enter');
    await see(page.getByRole('heading').or(page.getByText('/inviter')));
    expect(await findingsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Lien', exact: true }).click();
    await see(page.getByLabel('Adresse du lien'));
    expect(await findingsOf(page)).toEqual([]);
  });

  /** Until the editor has taken the place of the plain field. */
  async function rich({ page }: Person): Promise<void> {
    await see(page.locator('[contenteditable="true"]'));
  }
});
