import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { eventually } from '../src/harness/http.ts';
import { sharedWorld } from '../src/harness/shared.ts';
import { board } from './support/board.ts';
import { useBrowsers } from './support/browser.ts';
import { clearTextIn, filesBelow } from './support/clearText.ts';
import { conversation } from './support/conversation.ts';
import { type Person, signUp, someone } from './support/person.ts';
import { picture, textFile } from './support/picture.ts';
import {
  acceptInvitation,
  createRoom,
  createWorkspace,
  giveRole,
  invite,
  openRoom,
  openWorkspace,
} from './support/places.ts';
import { see } from './support/see.ts';

/** Words that no server may ever see; each run has its own. */
const tag = randomBytes(4).toString('hex');
const words = {
  workspace: `Plan canicule ${tag}`,
  chat: `Cellule de suivi ${tag}`,
  board: `Préparatifs ${tag}`,
  hello: `Bonjour Karim, les musées restent-ils ouverts ? ${tag}`,
  answer: `Oui, jusqu’à vingt-deux heures ${tag}`,
  typo: `Parfait, je préviens la préfecure ${tag}`,
  mended: `Parfait, je préviens la préfecture ${tag}`,
  fileName: `consignes-${tag}.txt`,
  fileText: `Consignes aux établissements ${tag}`,
  column: `À valider ${tag}`,
  cards: [`Ouvrir les salles fraîches ${tag}`, `Prévenir les maires ${tag}`, `Réserver des ventilateurs ${tag}`],
  description: `Avec les communes et les préfectures ${tag}`,
  imageName: `plan-${tag}.png`,
};

describe('Claire, of one ministry, and Karim, of another', () => {
  const browsers = useBrowsers();
  let claire: Person;
  let karim: Person;

  test('sign up with their addresses, each on the homeserver of their ministry, and keep their recovery codes', async () => {
    const mailbox = sharedWorld().description.mailboxUrl ?? '';
    claire = await signUp(await browsers.device(), someone('Claire Fontaine', 'interieur.gouv.fr'), mailbox);
    karim = await signUp(await browsers.device(), someone('Karim Haddad', 'culture.gouv.fr'), mailbox);
    expect(claire.userId).toMatch(/:interieur\.test$/);
    expect(karim.userId).toMatch(/:culture\.test$/);
  });

  test('Claire makes a workspace and invites Karim, whom she finds by his name; he accepts', async () => {
    const { page } = claire;
    await createWorkspace(page, words.workspace);
    await page.getByRole('main').getByRole('link', { name: 'Inviter' }).click();
    await invite(page, karim.name, karim.name);
    await acceptInvitation(karim.page, claire.name);
    await openWorkspace(karim.page, words.workspace);
    await openWorkspace(page, words.workspace);
    await giveRole(page, karim.name, 'contribution');
  });

  test('she opens a chat room and a board; Karim, whom she invites to both, finds them by their names', async () => {
    await createRoom(claire.page, words.chat, 'chat');
    await openWorkspace(claire.page, words.workspace);
    await createRoom(claire.page, words.board, 'board');
    // The names are encrypted: before he is in, an invitation says only who it comes from.
    await acceptInvitation(karim.page, claire.name);
    await acceptInvitation(karim.page, claire.name);
    await openWorkspace(karim.page, words.workspace);
    await openRoom(karim.page, words.board);
    await openRoom(karim.page, words.chat);
  });

  test('they talk: text, an answer, an edit, a reaction; each sees when the other writes and reads', async () => {
    for (const { page } of [claire, karim]) {
      await openWorkspace(page, words.workspace);
      await openRoom(page, words.chat);
    }
    const hers = conversation(claire.page);
    const his = conversation(karim.page);
    await hers.say(words.hello);
    await see(his.message(words.hello));
    await see(hers.message(words.hello).getByText(`Lu par ${karim.name}`));
    await his.composer.pressSequentially('Oui');
    await see(claire.page.getByText(`${karim.name} écrit…`));
    await his.composer.fill('');
    await his.reply(words.hello, words.answer);
    await see(hers.message(words.answer).getByText(words.hello));
    await hers.say(words.typo);
    await see(his.message(words.typo));
    await hers.edit(words.typo, words.mended);
    await see(his.message(words.mended).getByText('modifié'));
    await his.react(words.mended, 'D’accord');
    await see(hers.message(words.mended).getByRole('button', { name: /^👍, 1 réaction/ }));
  });

  test('they exchange an image and a file, which arrive as they left', async () => {
    const hers = conversation(claire.page);
    const his = conversation(karim.page);
    const image = picture(words.imageName, 320, 180);
    await hers.attach(image);
    await see(his.log.getByRole('button', { name: `Agrandir ${words.imageName}` }));
    const file = textFile(words.fileName, words.fileText);
    await his.attach(file);
    const downloading = claire.page.waitForEvent('download');
    await hers.log.getByRole('button', { name: words.fileName }).click();
    const saved = await (await downloading).path();
    expect(readFileSync(saved).equals(file.buffer)).toBe(true);
  });

  test('on the board Claire makes columns and cards, Karim moves one with the keyboard, Claire one with the mouse', async () => {
    for (const { page } of [claire, karim]) await openRoom(page, words.board);
    const hers = board(claire.page);
    const his = board(karim.page);
    const [cool, mayors, fans] = words.cards as [string, string, string];
    await claire.page.getByRole('button', { name: /^Créer trois colonnes/ }).click();
    await hers.addColumn(words.column);
    await hers.addCards('À faire', cool, mayors, fans);
    await his.seeColumn('À faire', [cool, mayors, fans]);
    await his.moveByKeys(mayors, 'ArrowRight');
    await his.seeColumn('En cours', [mayors]);
    await hers.seeColumn('En cours', [mayors]);
    await hers.drag(fans, words.column);
    for (const one of [hers, his]) {
      await one.seeColumn(words.column, [fans]);
      await one.seeColumn('À faire', [cool]);
      await one.seeColumn('En cours', [mayors]);
    }
  });

  test('both edit one card at once and keep both changes', async () => {
    const cool = words.cards[0] ?? '';
    for (const { page } of [claire, karim]) await board(page).card(cool).click();
    const side = (person: Person) => person.page.getByRole('complementary', { name: 'Volet latéral' });
    await side(claire).getByLabel('Échéance').fill('2027-07-14');
    await side(karim).getByRole('textbox', { name: 'Description' }).fill(words.description);
    await side(karim).getByRole('textbox', { name: 'Titre de la carte' }).focus();
    await see(side(karim).getByText('14 juil. 2027'));
    await eventually(
      async () => (await side(claire).getByRole('textbox', { name: 'Description' }).inputValue()) === words.description,
    );
  });

  test('the databases and media stores of both homeservers hold nothing of it in clear', () => {
    const world = sharedWorld();
    const secrets = Object.values(words).flat();
    for (const org of ['interieur', 'culture']) {
      const { home } = world.org(org);
      // That the search finds what is there: names of accounts are no secret to their server.
      const names = clearTextIn(home, [claire.name, karim.name, '"m.room.encrypted"']);
      expect(names.some((line) => line.includes('homeserver.db'))).toBe(true);
      expect(clearTextIn(home, secrets)).toEqual([]);
      expect(filesBelow(home).some((file) => file.includes('media'))).toBe(true);
    }
  });
});
