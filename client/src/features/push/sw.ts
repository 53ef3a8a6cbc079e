import { createWebPlatform } from '@besace/matrix/platform/web';
import { readPushed, type Woken } from '@besace/matrix/wake/wake';
import cryptoWasmUrl from 'besace-crypto-wasm';
import { readInTime } from './inTime.ts';
import { shownOf } from './notifier.ts';
import { openPlace, placeOf } from './openPlace.ts';
import { isQuiet } from './quiet.ts';
import { readShared, type Shared } from './shared.ts';
import type { PushData, WorkerScope } from './workerScope.ts';

/*
 * The service worker, which a push wakes when no page is open. It takes the session's lock for some seconds, opens the one event that the push is
 * about, and shows it as the person chose; what it cannot read it announces without content. It serves no files: pages come from the web front.
 */
const self = globalThis as unknown as WorkerScope;

/** A push service gives a worker little time; a page that opens meanwhile waits for the lock, ms. */
const PATIENCE_MS = 10_000;

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => event.waitUntil(onPush(event.data)));
self.addEventListener('notificationclick', (event) => event.waitUntil(onClick(event.notification)));

/** One after the other: they share the lock. */
let line: Promise<void> = Promise.resolve();

function onPush(data: PushData | null): Promise<void> {
  const pushed = idsOf(data);
  const next = line.then(() => tell(pushed));
  line = next.catch(() => undefined);
  return next;
}

/** Where a page has the session it tells by itself. The second lock tells pages that it is only we who have the first (`app/worker/session.worker.ts`). */
async function tell(pushed: unknown): Promise<void> {
  const shared = await readShared(self.caches);
  const prefix = shared.choices.wakeFor?.storagePrefix;
  if (shared.choices.show === 'off' || prefix === undefined) return showPlain(shared, 'something');
  const { locks } = self.navigator;
  return locks.request(`${prefix}-wake`, () =>
    locks.request(`${prefix}-session`, { ifAvailable: true }, (lock) =>
      lock === null ? undefined : show(shared, prefix, pushed),
    ),
  );
}

async function show(shared: Shared, storagePrefix: string, pushed: unknown): Promise<void> {
  if (isQuiet(shared.choices.quiet, new Date())) return showPlain(shared, 'waiting', true);
  // Who is an outsider is not known: nobody is named then.
  if (shared.outsiderServers === null) return showPlain(shared, 'something');
  const reading = readInTime((signal) => read(shared.outsiderServers ?? [], storagePrefix, pushed, signal), patience());
  // The lock is ours until nothing has the keys open any longer, however late: never two owners of them.
  try {
    await showWoken(shared, storagePrefix, await reading.woken);
  } finally {
    await reading.settled;
  }
}

async function showWoken(shared: Shared, storagePrefix: string, woken: Woken): Promise<void> {
  const { choices, words } = shared;
  if (woken.kind === 'unread') return showPlain(shared, 'something');
  if (woken.kind === 'nothing') return;
  const sentence = (key: string, named?: Record<string, unknown>) =>
    filled(words[key.replace('push.shown.', '')], named);
  const shown = shownOf(woken.notice, choices.show, sentence);
  if (shown === null) return;
  const { title, body, tag, path } = shown;
  await self.registration.showNotification(title, { body, tag, icon: '/besace.svg', data: { path, storagePrefix } });
}

async function read(
  outsiderServers: readonly string[],
  storagePrefix: string,
  pushed: unknown,
  signal: AbortSignal,
): Promise<Woken> {
  const platform = createWebPlatform({ cryptoWasmUrl, outsiderServers, storagePrefix });
  try {
    return await readPushed(platform, pushed, signal);
  } catch (error) {
    platform.logger.warn('pushed-event-not-read', { error: String(error) });
    return { kind: 'unread' };
  }
}

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
}

/** A notification without content, in the language of the page; before a page ever was, in that of the product. */
function showPlain({ words, choices }: Shared, word: string, silent = false): Promise<void> {
  const body = words[word] ?? 'Nouveau message';
  return self.registration.showNotification('Besace', {
    body,
    silent,
    tag: word,
    icon: '/besace.svg',
    data: { path: '/aujourdhui', storagePrefix: choices.wakeFor?.storagePrefix ?? null },
  });
}

async function onClick(notification: Notification): Promise<void> {
  notification.close();
  await openPlace(self.clients, placeOf(notification.data));
}

function filled(sentence = '', named: Record<string, unknown> = {}): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(named[name] ?? ''));
}

function idsOf(data: PushData | null): unknown {
  try {
    return data?.json();
  } catch {
    return null;
  }
}
