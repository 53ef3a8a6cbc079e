import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sharedWorld } from '../src/harness/shared.ts';
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

  test('the databases and media stores of both homeservers hold nothing of it in clear', () => {
    const world = sharedWorld();
    const secrets = Object.values(words);
    const known = new Set<string>();
    for (const org of ['interieur', 'culture']) {
      const { home } = world.org(org);
      // That the search finds what is there: names of accounts are no secret to their server.
      const names = clearTextIn(home, [claire.name, karim.name, '"m.room.encrypted"']);
      for (const line of names) known.add(line);
      expect(names.some((line) => line.includes('homeserver.db'))).toBe(true);
      expect(clearTextIn(home, secrets)).toEqual([]);
      expect(filesBelow(home).some((file) => file.includes('media'))).toBe(true);
    }
  });
});
