import type { Shown } from './notifier.ts';
import type { Place } from './openPlace.ts';

type Log = (message: string, detail?: unknown) => void;

/** Notifications of this page, by room. */
const open = new Map<string, Notification>();

/** Shows a notification of the machine: through the service worker where there is one, since some browsers know no other. */
export function showOnScreen(
  { title, body, tag, path, storagePrefix }: Shown & Place,
  go: (path: string) => void,
  log: Log,
): void {
  if (globalThis.Notification?.permission !== 'granted') return;
  const options = { body, tag, icon: '/besace.svg', data: { path, storagePrefix } };
  void registered()
    .then((worker) => {
      if (worker !== undefined) return worker.showNotification(title, options);
      const shown = new Notification(title, options);
      open.set(tag, shown);
      shown.addEventListener('close', () => open.delete(tag));
      shown.addEventListener('click', () => {
        globalThis.focus();
        shown.close();
        go(path);
      });
    })
    .catch((error: unknown) => log('notification not shown', String(error)));
}

/** Takes away the notifications of these rooms. */
export function closeShown(rooms: ReadonlySet<string>): void {
  for (const [tag, shown] of open) if (rooms.has(tag)) shown.close();
  registered()
    .then(async (worker) => {
      for (const shown of (await worker?.getNotifications()) ?? []) if (rooms.has(shown.tag)) shown.close();
    })
    .catch(() => undefined); // What is left on the screen leads to a room that is read.
}

async function registered(): Promise<ServiceWorkerRegistration | undefined> {
  const worker = await navigator.serviceWorker?.getRegistration('/');
  return worker?.active ? worker : undefined;
}
