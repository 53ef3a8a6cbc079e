import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@besace/homeserver-config/layout';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { eventually } from '../src/harness/http.ts';
import { sharedWorld } from '../src/harness/shared.ts';
import { findingsOf } from './support/axe.ts';
import { PATIENCE_MS, SCREENS, useBrowsers } from './support/browser.ts';
import { conversation } from './support/conversation.ts';
import { type Person, signUp, someone } from './support/person.ts';
import { acceptInvitation, roomLine, startConversation } from './support/places.ts';
import { see, seeAddress, seeNoMore } from './support/see.ts';

const tag = randomBytes(3).toString('hex');
const words = {
  first: `Bonjour Claire ${tag}`,
  away: `Le dossier est prêt ${tag}`,
  plain: `Rien d’urgent ${tag}`,
  keyword: `Parlons du budget ${tag}`,
  woken: `Le budget est voté ${tag}`,
};

/** What the page gave the machine to show. */
type Shown = { readonly title: string; readonly body: string; readonly tag: string };

describe('being told', () => {
  const browsers = useBrowsers();
  let claire: Person;
  let karim: Person;

  test('[TELL-1] nothing is asked before one chooses; then the settings say what is on', async () => {
    const mailbox = sharedWorld().description.mailboxUrl ?? '';
    const device = await browsers.device();
    await device.context.grantPermissions(['notifications']);
    await device.page.addInitScript(watchNotifications);
    claire = await signUp(device, someone('Claire Fontaine', 'interieur.gouv.fr'), mailbox);
    karim = await signUp(await browsers.device(), someone('Karim Haddad', 'culture.gouv.fr'), mailbox);
    expect(await asked(claire.page)).toBe(0);
    await startConversation(claire.page, karim.name, karim.name);
    await acceptInvitation(karim.page, claire.name);
    await see(karim.page.getByRole('textbox', { name: 'Votre message' }));
    await conversation(karim.page).say(words.first);
    await see(conversation(claire.page).message(words.first));
    await openSettings(claire.page);
    await claire.page.getByRole('radio', { name: /La personne, le salon et le texte/ }).check();
    await claire.page.getByLabel('Mot ou expression').fill('budget');
    await claire.page.getByRole('main').getByRole('button', { name: 'Ajouter', exact: true }).click();
    await see(claire.page.getByRole('list', { name: 'Mots-clés' }).getByText('budget'));
    await claire.page.getByRole('checkbox', { name: 'Avoir des heures calmes' }).check();
    await look(claire.page, 'notifications');
    await claire.page.getByRole('checkbox', { name: 'Avoir des heures calmes' }).uncheck();
  });

  test('[TELL-2] [TELL-3] [TELL-5] what comes while nobody looks is shown, marked on the tab, and leads to its place', async () => {
    await claire.page.getByRole('link', { name: 'Aujourd’hui' }).first().click();
    await lookAway(claire.page, true);
    await conversation(karim.page).say(words.away);
    await eventually(async () => (await shown(claire.page)).length > 0, PATIENCE_MS);
    expect(await shown(claire.page)).toEqual([
      expect.objectContaining({ title: karim.name, body: words.away, tag: expect.stringMatching(/^!/) }),
    ]);
    await claire.page.waitForFunction(() => document.title.startsWith('• '));
    await claire.page.waitForFunction(() =>
      document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href.startsWith('data:image/png'),
    );
    await click(claire.page);
    await seeAddress(claire.page, /^\/salon\//);
    await see(conversation(claire.page).message(words.away));
    await lookAway(claire.page, false);
    await claire.page.waitForFunction(() => !document.title.startsWith('• '));
    await claire.page.waitForFunction(() =>
      document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href.endsWith('/besace.svg'),
    );
  });

  test('[TELL-6] [NOTIFY-2] a room that calls for mentions only is quiet, but for key words', async () => {
    await claire.page.getByRole('button', { name: 'Détails' }).click();
    const side = claire.page.getByRole('complementary', { name: 'Volet latéral' });
    await side.getByRole('radio', { name: 'Mentions et mots-clés' }).check();
    await look(claire.page, 'room-level');
    await side.getByRole('button', { name: 'Fermer' }).click();
    await claire.page.getByRole('link', { name: 'Aujourd’hui' }).first().click();
    await lookAway(claire.page, true);
    const before = (await shown(claire.page)).length;
    await conversation(karim.page).say(words.plain);
    await conversation(karim.page).say(words.keyword);
    await eventually(async () => (await shown(claire.page)).length > before, PATIENCE_MS);
    expect((await shown(claire.page)).slice(before).map(({ body }) => body)).toEqual([words.keyword]);
    await claire.page.waitForFunction(() => document.title.startsWith('(1) '));
    await lookAway(claire.page, false);
    await roomLine(claire.page, karim.name).click();
    await see(conversation(claire.page).message(words.keyword));
    await claire.page.waitForFunction(() => !document.title.startsWith('('));
    await seeNoMore(roomLine(claire.page, karim.name).getByText('1', { exact: true }));
  });

  test('[TELL-1] [NOTIFY-5] a closed page is woken, and the service worker reads the one message; a browser that cannot be reached says so', async () => {
    await openSettings(claire.page);
    // This browser has no push service behind it.
    await claire.page.getByRole('checkbox', { name: /même quand Besace est fermée/ }).click();
    await see(claire.page.getByText('Ce navigateur n’a pas pu s’inscrire'));
    expect(claire.device.troubles.take().filter((said) => !said.includes('Push API'))).toEqual([]);
    await claire.page.evaluate(chooseWaking, claire.userId);
    await see(karim.page.getByRole('textbox', { name: 'Votre message' }));
    const worker = await serviceWorkerOf(claire.page);
    await claire.page.goto('about:blank');
    await conversation(karim.page).say(words.woken);
    const pushed = await idsOf(karim.page, words.woken);
    await worker.deliver(JSON.stringify(pushed));
    await eventually(async () => (await worker.shown()).length > 0, PATIENCE_MS);
    expect(await worker.shown()).toEqual([{ title: karim.name, body: words.woken, tag: pushed.room_id }]);
    await worker.deliver('{"room_id":"!x","event_id":"$y"}');
    await eventually(async () => (await worker.shown()).length > 1, PATIENCE_MS);
    expect((await worker.shown()).map(({ body }) => body)).toContain('Nouveau message');
    await claire.page.goto('/conversations');
    await roomLine(claire.page, karim.name).click();
    await see(conversation(claire.page).message(words.woken));
  });

  /** The ids in the link to a message. */
  async function idsOf(page: Page, text: string): Promise<{ room_id: string; event_id: string }> {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const message = conversation(page).message(text).first();
    // While it is sent, its line is drawn anew, and an open menu goes with the old one.
    await eventually(async () => {
      await page.keyboard.press('Escape');
      await message.hover();
      await message.getByRole('button', { name: 'Autres actions' }).click({ timeout: 2_000 });
      await page.getByRole('menuitem', { name: 'Copier le lien', exact: true }).click({ timeout: 2_000 });
      return page.evaluate(async () => (await navigator.clipboard.readText()).includes('message='));
    }, PATIENCE_MS);
    const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
    const room = decodeURIComponent(link.pathname.split('/')[2] ?? '');
    return { room_id: room, event_id: link.searchParams.get('message') ?? '' };
  }

  /** Its service worker, to which the browser's own tools give what a push service would. */
  async function serviceWorkerOf(page: Page) {
    const origin = new URL(page.url()).origin;
    const tools = await page.context().newCDPSession(page);
    const registrationId = await new Promise<string>((resolve) => {
      tools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const found = registrations.find(({ scopeURL }) => scopeURL === `${origin}/`);
        if (found !== undefined) resolve(found.registrationId);
      });
      void tools.send('ServiceWorker.enable');
    });
    return {
      deliver: (data: string) => tools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data }),
      async shown(): Promise<Shown[]> {
        const worker = page.context().serviceWorkers()[0];
        return (
          worker?.evaluate(async () => {
            const scope = globalThis as unknown as { registration: ServiceWorkerRegistration };
            const all = await scope.registration.getNotifications();
            return all.map(({ title, body, tag: room }) => ({ title, body, tag: room }));
          }) ?? []
        );
      },
    };
  }

  async function openSettings(page: Page): Promise<void> {
    await page.goto('/reglages/notifications');
    await see(page.getByRole('heading', { name: 'Heures calmes' }));
  }

  async function look(page: Page, name: string): Promise<void> {
    expect(await findingsOf(page), name).toEqual([]);
    const folder = join(ROOT, '.besace', 'test', 'looks');
    mkdirSync(folder, { recursive: true });
    for (const screen of ['phone', 'wide'] as const) {
      await page.setViewportSize(SCREENS[screen]);
      await page.screenshot({ path: join(folder, `${name}-${screen}.png`) });
    }
  }
});

/** In the page: what it leaves for the service worker once the browser is subscribed. */
async function chooseWaking(userId: string): Promise<void> {
  const cache = await caches.open('besace-notify');
  const kept = await (await cache.match('/besace-notify.json'))?.json();
  const choices = { ...kept.choices, wakeFor: { userId, storagePrefix: 'besace' } };
  await cache.put('/besace-notify.json', new Response(JSON.stringify({ ...kept, choices })));
}

/** In the page: keeps what is given to the machine, which shows it as always. */
function watchNotifications(): void {
  const kept: Notification[] = [];
  let questions = 0;
  let away = false;
  const Real = window.Notification;
  class Watched extends Real {
    constructor(title: string, options?: NotificationOptions) {
      super(title, options);
      kept.push(this);
    }
    static override async requestPermission(): Promise<NotificationPermission> {
      questions += 1;
      return Real.requestPermission();
    }
  }
  const hasFocus = document.hasFocus.bind(document);
  document.hasFocus = () => !away && hasFocus();
  Object.assign(window, {
    Notification: Watched,
    besaceTest: {
      shown: () => kept.map(({ title, body, tag: room }) => ({ title, body, tag: room })),
      click: () => kept.at(-1)?.dispatchEvent(new Event('click')),
      asked: () => questions,
      lookAway: (gone: boolean) => {
        away = gone;
        window.dispatchEvent(new Event(gone ? 'blur' : 'focus'));
      },
    },
  });
}

type Hook = { shown(): Shown[]; click(): void; asked(): number; lookAway(gone: boolean): void };

function hook<T>(page: Page, name: keyof Hook, argument?: unknown): Promise<T> {
  return page.evaluate(
    ([method, given]) => {
      const { besaceTest } = window as unknown as { besaceTest: Record<string, (value: unknown) => unknown> };
      return besaceTest[method as string]?.(given) as T;
    },
    [name, argument] as const,
  );
}

const shown = (page: Page) => hook<Shown[]>(page, 'shown');
const asked = (page: Page) => hook<number>(page, 'asked');
const click = (page: Page) => hook<void>(page, 'click');
const lookAway = (page: Page, gone: boolean) => hook<void>(page, 'lookAway', gone);
