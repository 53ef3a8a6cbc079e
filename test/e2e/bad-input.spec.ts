import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { mailsFor } from '../src/appservices/kit.ts';
import { sharedWorld } from '../src/harness/shared.ts';
import { useBrowsers } from './support/browser.ts';
import { conversation } from './support/conversation.ts';
import { ageLinksOf } from './support/links.ts';
import { askForLink, fillSignIn, type Person, signUp, someone } from './support/person.ts';
import { acceptInvitation, goTo, pickPerson, runCommand, startConversation } from './support/places.ts';
import { see, seeAddress, seeCount, seeNoMore } from './support/see.ts';

describe('what goes wrong gets a sentence and a way on, and loses nothing', () => {
  const browsers = useBrowsers();
  let mailbox: string;
  let claire: Person;
  let karim: Person;

  beforeAll(() => {
    mailbox = sharedWorld().description.mailboxUrl ?? '';
  });

  test('two people sign up, one of them writes to the other', async () => {
    claire = await signUp(await browsers.device(), someone('Claire Fontaine', 'interieur.gouv.fr'), mailbox);
    karim = await signUp(await browsers.device(), someone('Karim Haddad', 'culture.gouv.fr'), mailbox);
    await startConversation(claire.page, karim.address, karim.name);
    await acceptInvitation(karim.page, claire.name);
    await conversation(claire.page).say('Bonjour');
    await see(conversation(karim.page).message('Bonjour'));
  });

  test('a wrong password', async () => {
    const { page } = await browsers.device();
    await fillSignIn(page, { address: claire.address, password: 'ce n’est pas celui-là' });
    await see(page.getByText('L’identifiant ou le mot de passe n’est pas le bon.'));
    expect(await page.getByLabel('Adresse électronique').inputValue()).toBe(claire.address);
    await page.getByRole('textbox', { name: 'Mot de passe' }).fill(claire.password);
    await page.getByRole('button', { name: 'Se connecter' }).click();
    await see(page.getByRole('heading', { name: 'Vérifier cet appareil' }));
  });

  test('a sign-up link that is unknown, expired, used', async () => {
    const { page } = await browsers.device();
    await page.goto(`/inscription/${'x'.repeat(43)}`);
    await see(page.getByText('Ce lien d’inscription n’est pas le bon.'));

    const late = someone('Lucie Tardif', 'culture.gouv.fr');
    const link = await askForLink(page, late.address, mailbox);
    ageLinksOf(late.address);
    await page.goto(link);
    await see(page.getByText('Ce lien d’inscription a expiré'));
    await page.getByRole('link', { name: 'Demander un nouveau lien' }).click();
    await see(page.getByRole('heading', { name: 'S’inscrire' }));

    const used = (await mailsFor(mailbox, claire.address))[0]?.links.find((one) => one.includes('/inscription/'));
    await page.goto(used ?? '');
    await see(page.getByText('Ce lien a déjà servi'));
    await page.getByRole('link', { name: 'Se connecter' }).click();
    await seeAddress(page, /^\/connexion$/);
  });

  test('addresses that would write to somebody else (trust.md, fact 9)', async () => {
    const { page } = await browsers.device();
    await page.goto('/inscription');
    const field = page.getByLabel('Adresse électronique professionnelle');
    for (const trick of [
      '<eve@evil.com>@interieur.gouv.fr',
      'eve@evil.com,agent@interieur.gouv.fr',
      'group:eve@evil.com;@interieur.gouv.fr',
    ]) {
      await field.fill(trick);
      await page.getByRole('button', { name: 'Recevoir le lien d’inscription' }).click();
      await see(page.getByText('Cette adresse électronique n’est pas complète.'));
      expect(await field.inputValue()).toBe(trick);
    }
    const caught = await fetch(`${mailbox}/api/mails?to=eve@evil.com`);
    expect(await caught.json()).toEqual({ mails: [] });
  });

  test('a room that nobody knows', async () => {
    const { page } = claire;
    const here = page.url();
    for (const path of ['/salon/!inconnu:interieur.test', '/salon/pas-un-salon', '/espace/!inconnu:interieur.test']) {
      await page.goto(path);
      await see(page.getByRole('main').getByText(/^(Salon|Espace) introuvable$/));
    }
    await page.goto('/nulle-part');
    await see(page.getByText('Cette page n’existe pas'));
    await page.goto(here);
    await see(conversation(page).message('Bonjour'));
  });

  test('the network goes away while one writes, and comes back', async () => {
    const { page, device } = claire;
    const hers = conversation(page);
    await device.context.setOffline(true);
    try {
      await hers.say('Écrit dans un tunnel');
      await see(hers.message('Écrit dans un tunnel').getByText(/^(En attente, partira tout seul|Envoi en cours)$/));
      await see(page.getByText(/^Hors connexion depuis/));
    } finally {
      await device.context.setOffline(false);
    }
    // The page goes before the message can: it is kept on this device, and sent by the next.
    await page.reload();
    await arrivesOnce(karim.page, 'Écrit dans un tunnel');
    await seeNoMore(page.getByText(/^Hors connexion depuis/));
  });

  test('the browser says that it has no network, while a request still hangs', async () => {
    const { page, device } = claire;
    // Nobody answers, and nothing fails: without the browser's word it would take the whole poll to notice.
    await device.context.route(/\/sync\?/, () => {});
    const hung = page.context().waitForEvent('request', (request) => /\/sync\?/.test(request.url()));
    await conversation(page).say('Encore un mot');
    await hung;
    try {
      await device.context.setOffline(true);
      await see(page.getByText(/^Hors connexion depuis/));
    } finally {
      await device.context.unrouteAll({ behavior: 'ignoreErrors' });
      await device.context.setOffline(false);
    }
    await seeNoMore(page.getByText(/^Hors connexion depuis/));
  });

  test('a homeserver that answers 429, 502 and nonsense to a message', async () => {
    const { page } = claire;
    const answers = [
      { status: 429, headers: { 'retry-after': '1' }, json: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 300 } },
      { status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' },
      { status: 200, contentType: 'text/html', body: '<h1>Bienvenue sur le réseau du train</h1>' },
    ];
    let asked = 0;
    await page.context().route(/\/_matrix\/client\/v3\/rooms\/[^/]+\/send\//, async (route) => {
      asked += 1;
      const answer = answers.shift();
      await (answer === undefined ? route.continue() : route.fulfill(answer));
    });
    await conversation(page).say('Malgré tout');
    await arrivesOnce(karim.page, 'Malgré tout');
    expect(asked).toBeGreaterThanOrEqual(4);
    await page.context().unrouteAll();
    await seeNoMore(
      conversation(page)
        .message('Malgré tout')
        .getByText(/En attente|Envoi/),
    );
  });

  test('a homeserver that answers 429, 500 and nonsense to a sign-in', async () => {
    const { page, context } = await browsers.device();
    const seen: [object, string][] = [
      [{ status: 500, json: { errcode: 'M_UNKNOWN', error: 'oops' } }, 'Le serveur a une panne passagère.'],
      [{ status: 200, contentType: 'text/html', body: '<p>?</p>' }, 'La réponse du serveur n’est pas compréhensible.'],
      [{ status: 429, json: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 7_000 } }, 'Trop d’essais en peu de temps.'],
    ];
    for (const [answer, sentence] of seen) {
      await context.route('**/_matrix/client/v3/login', (route) => route.fulfill(answer));
      await fillSignIn(page, karim);
      await see(page.getByText(sentence));
      await context.unrouteAll();
    }
    await page.getByRole('button', { name: 'Se connecter' }).click();
    await see(page.getByRole('heading', { name: 'Vérifier cet appareil' }));
  });

  test('a second tab: says why, and takes over', async () => {
    const first = karim.page;
    const second = await karim.device.context.newPage();
    await second.goto(first.url());
    await see(second.getByRole('heading', { name: 'Besace est ouverte dans un autre onglet' }));
    await second.getByRole('button', { name: 'Utiliser Besace ici' }).click();
    await see(conversation(second).message('Bonjour'));
    await see(first.getByRole('heading', { name: 'Besace est ouverte dans un autre onglet' }));
    await conversation(second).say('Du second onglet');
    await arrivesOnce(claire.page, 'Du second onglet');
    await second.close();
    await first.getByRole('button', { name: 'Utiliser Besace ici' }).click();
    await see(conversation(first).message('Du second onglet'));
  });

  test('a browser that wiped its databases', async () => {
    const { page } = karim;
    // A page of the same origin that opens nothing.
    await page.goto('/besace.svg');
    await page.evaluate(async () => {
      for (const { name } of await indexedDB.databases()) {
        if (name === undefined) continue;
        await new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase(name);
          request.onsuccess = resolve;
          request.onerror = () => reject(request.error);
        });
      }
    });
    await page.goto('/aujourdhui');
    await see(page.getByText('Les données de cet appareil ont disparu'));
    await page.getByRole('button', { name: 'Se reconnecter' }).click();
    await seeAddress(page, /^\/connexion$/);
    await fillSignIn(page, karim);
    await page.getByRole('textbox', { name: 'Code de récupération' }).fill(karim.recoveryCode);
    await page.getByRole('button', { name: 'Déverrouiller mes messages' }).click();
    await see(page.getByRole('heading', { name: 'Aujourd’hui', exact: true }));
    await goTo(page, 'Conversations');
    await page.getByRole('complementary').getByRole('link', { name: claire.name }).click();
    await see(conversation(page).message('Malgré tout'));
  });

  test('an outsider is told so, is marked, and finds nobody but by a whole address', async () => {
    const nora = someone('Nora Petit', 'association.example');
    const device = await browsers.device();
    const { page } = device;
    await page.goto('/inscription');
    await page.getByLabel('Adresse électronique professionnelle').fill(nora.address);
    await see(page.getByText('Vous serez « invité externe »'));
    const signedUp = await signUp(device, nora, mailbox);
    expect(signedUp.userId).toMatch(/:externes\.test$/);

    await page.goto('/conversations/nouvelle');
    const field = page.getByRole('combobox', { name: 'Qui cherchez-vous ?' });
    await field.fill(claire.name.split(' ')[0] ?? '');
    await see(page.getByText(/^Personne ne correspond à/));
    await field.fill(claire.address);
    await see(page.getByRole('option', { name: claire.name }));
    await seeCount(page.getByRole('option'), 1);

    await runCommand(page, 'Créer un espace');
    await page.getByLabel('Nom de l’espace').fill('Mon espace');
    await page.getByRole('button', { name: 'Créer l’espace' }).click();
    await see(page.getByText('Vous n’avez pas le droit de faire cela ici.'));

    await claire.page.goto('/conversations/nouvelle');
    await pickPerson(claire.page, nora.address, nora.name);
    await see(claire.page.getByRole('list', { name: 'Personnes choisies' }).getByText('invité externe'));
    await see(claire.page.getByText('Cette conversation comprendra une personne extérieure à l’administration.'));
    await claire.page.getByRole('button', { name: 'Commencer la conversation' }).click();
    await seeAddress(claire.page, /^\/salon\//);
    await acceptInvitation(page, claire.name);
    await conversation(page).say('Merci de m’avoir invitée');
    const received = conversation(claire.page).message('Merci de m’avoir invitée');
    await see(received.getByText('invité externe'));
  });
});

/** Shown, and shown once: also after what else may come has come. */
async function arrivesOnce(page: Page, text: string): Promise<void> {
  const { message, composer } = conversation(page);
  await see(message(text));
  // What was sent after it comes after it: when the answer to an own message is there, nothing older is under way.
  await composer.waitFor();
  await seeCount(message(text), 1);
}
