import { ok } from '@besace/protocol/core/result';
import { createApp, shallowRef } from 'vue';
import '../src/ui/base.css';
import AppRoot from '../src/app/AppRoot.vue';
import { createAccountSlots, provideAccountSlots, randomSlot } from '../src/app/accountSlots.ts';
import { provideApi } from '../src/app/api.ts';
import { provideConfig } from '../src/app/config.ts';
import { features } from '../src/app/features.ts';
import { createStrings, provideStrings } from '../src/app/i18n.ts';
import { createLog, provideLog } from '../src/app/log.ts';
import { provideMessageParts } from '../src/app/messageParts.ts';
import { createPlace, providePlace } from '../src/app/place.ts';
import { applyToDocument, createPreferences, providePreferences } from '../src/app/preferences.ts';
import { createRooms, provideRooms } from '../src/app/rooms.ts';
import { createBesaceRouter } from '../src/app/router.ts';
import { createSession, provideSession } from '../src/app/session.ts';
import { runShortcut } from '../src/app/shortcuts.ts';
import { provideToAcknowledge } from '../src/app/toAcknowledge.ts';
import type { BridgeState } from '../src/app/worker/contract.ts';
import { createApiDouble } from '../src/testing/apiDouble.ts';
import { demoWorld, organisations, people } from './demoWorld.ts';

/*
 * The whole interface over plain data, to look at its screens: `/dev/index.html?to=/aujourdhui`. Not part of what is shipped:
 * only `index.html` is built.
 */
const to = new URL(location.href).searchParams.get('to') ?? '/aujourdhui';
history.replaceState(null, '', to);

const double = createApiDouble(await demoWorld());
Object.assign(window, { double });
setInterval(double.deliverObjects, 700);

const fetchFile = globalThis.fetch.bind(globalThis);
globalThis.fetch = async (input, init) => {
  const url = new URL(String(input), location.href);
  if (url.pathname.endsWith('.json')) return fetchFile(url);
  if (url.pathname.endsWith('/session')) return Response.json({ token: 't', expiresIn: 600 });
  if (!url.pathname.endsWith('/search')) throw new TypeError(`no such service here: ${url} ${init?.method ?? ''}`);
  const wanted = (url.searchParams.get('q') ?? '').toLowerCase();
  return Response.json({ people: people.filter((one) => `${one.name} ${one.address}`.toLowerCase().includes(wanted)) });
};

localStorage.setItem('besace.account', JSON.stringify(double.world.status.account));
const preferences = createPreferences({
  storage: localStorage,
  languages: navigator.languages,
  apply: applyToDocument,
});
const strings = createStrings(preferences.current.locale);
const running = shallowRef<BridgeState>({ kind: 'running' });
const session = createSession({
  bridge: { state: running, takeOver: () => undefined, restart: () => undefined, start: () => undefined },
  api: double.api,
  storage: localStorage,
});
const slots = createAccountSlots({
  location,
  history,
  tab: sessionStorage,
  device: localStorage,
  random: randomSlot,
});
const rooms = createRooms(double.api);
const router = createBesaceRouter({ features, session, strings });
const app = createApp(AppRoot);
provideApi(app, double.api);
provideAccountSlots(app, slots);
provideConfig(app, async () =>
  ok({ organisations, accounts: '/api/accounts', directory: '/api/directory', push: null, mailbox: null }),
);
const log = createLog();
provideLog(app, log);
providePreferences(app, preferences);
provideStrings(app, strings);
provideSession(app, session);
provideRooms(app, rooms);
provideMessageParts(app, features);
provideToAcknowledge(app, double.api);
providePlace(app, createPlace(router.currentRoute, rooms.list));
app.use(router);
window.addEventListener('keydown', runShortcut);
const shell = {
  name: 'app',
  strings: { fr: () => import('../src/app/strings/fr.json'), en: () => import('../src/app/strings/en.json') },
};
await Promise.all([strings.load([shell]), router.isReady()]);
app.mount('#app');
