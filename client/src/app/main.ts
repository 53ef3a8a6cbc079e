import { createApp, watch } from 'vue';
import '../ui/base.css';
import AppRoot from './AppRoot.vue';
import { createAccountSlots, provideAccountSlots, randomSlot } from './accountSlots.ts';
import { loadAhead } from './ahead.ts';
import { provideApi } from './api.ts';
import { createConfigLoader, provideConfig } from './config.ts';
import { provideExtensions } from './extensions.ts';
import { features } from './features.ts';
import { createStrings, provideStrings } from './i18n.ts';
import { readLocalRooms } from './localRooms.ts';
import { createLog, provideLog } from './log.ts';
import { provideMessageParts } from './messageParts.ts';
import { createPlace, providePlace } from './place.ts';
import { applyToDocument, createPreferences, providePreferences } from './preferences.ts';
import { createRooms, provideRooms } from './rooms.ts';
import { createBesaceRouter } from './router.ts';
import { createSession, provideSession } from './session.ts';
import { runShortcut } from './shortcuts.ts';
import { provideToAcknowledge } from './toAcknowledge.ts';
import { createBridge } from './worker/bridge.ts';
import { spawnSessionWorker } from './worker/spawn.ts';

/*
 * The composition root: makes the parts, hands them to one another, and shows the first page. An account that this device
 * remembers gets its list from the local copy; the session worker is loaded when that list is on the screen.
 */
const log = createLog();
const preferences = createPreferences({
  storage: localStorage,
  languages: navigator.languages,
  apply: applyToDocument,
});
const strings = createStrings(preferences.current.locale);
const slots = createAccountSlots({
  location,
  history,
  tab: sessionStorage,
  device: localStorage,
  random: randomSlot,
});
const localRooms = () => readLocalRooms(session.account.value?.userId ?? null, slots.storagePrefix);
const spawn = () => spawnSessionWorker(slots.storagePrefix);
const bridge = createBridge({ spawn, localRooms, log: log.write });
const session = createSession({ bridge, api: bridge.api, storage: slots.storage });
const rooms = createRooms(bridge.api);
const router = createBesaceRouter({ features, session, strings });
const app = createApp(AppRoot);

watch(session.account, (account) => {
  if (!account) rooms.clear();
});
watch(bridge.state, ({ kind }) => log.write('session worker', { kind }));
loadAhead(bridge, features);
watch(
  () => [session.status.value.connection.kind, session.status.value.identity.kind] as const,
  ([connection, identity]) => log.write('session', { connection, identity }),
);
provideApi(app, bridge.api);
provideAccountSlots(app, slots);
provideConfig(
  app,
  createConfigLoader((input, init) => fetch(input, init)),
);
provideLog(app, log);
providePreferences(app, preferences);
provideStrings(app, strings);
provideSession(app, session);
provideRooms(app, rooms);
provideMessageParts(app, features);
provideToAcknowledge(app, bridge.api);
provideExtensions(app, features);
providePlace(app, createPlace(router.currentRoute, rooms.list));
app.config.errorHandler = (error, _, where) => log.write('error in a view', { where, error: String(error) });
app.use(router);
window.addEventListener('keydown', runShortcut);
window.addEventListener('online', () => bridge.tellNetwork(true));
window.addEventListener('offline', () => bridge.tellNetwork(false));

const shell = {
  name: 'app',
  strings: { fr: () => import('./strings/fr.json'), en: () => import('./strings/en.json') },
};
// No top-level await: lazy chunks may import from this one's, and would wait for it for ever.
Promise.all([strings.load([shell]), router.isReady()]).then(
  () => app.mount('#app'),
  (error: unknown) => showFailure(error),
);

/** Nothing of the application could be loaded: not even its sentences. */
function showFailure(error: unknown): void {
  log.write('the application could not start', String(error));
  const page = document.createElement('main');
  page.setAttribute('role', 'alert');
  page.style.whiteSpace = 'pre-line';
  page.textContent =
    'Besace ne s’est pas chargée en entier. Rien n’est perdu : vérifiez le réseau, puis rechargez la page.\n\n' +
    'Besace did not load entirely. Nothing is lost: check the network, then reload the page.';
  document.querySelector('#app')?.replaceChildren(page);
}
