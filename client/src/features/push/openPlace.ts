import type { PageClient, WorkerScope } from './workerScope.ts';

/** Where a notification leads, and in whose account: what it carries. */
export type Place = { readonly path: string; readonly storagePrefix: string | null };

/** How long a page may take to say whose account it shows, ms. */
const ANSWER_MS = 1_000;
const PREFIX = /^besace(?:-([a-z0-9]{8}))?$/;

/** What a notification carries, which any version of ours may have made. */
export function placeOf(data: unknown): Place {
  const { path, storagePrefix } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  return {
    path: typeof path === 'string' && /^\/(?!\/)/.test(path) ? path : '/',
    storagePrefix: typeof storagePrefix === 'string' && PREFIX.test(storagePrefix) ? storagePrefix : null,
  };
}

/** The path for a new window: it says which account it is for (`app/accountSlots.ts`). */
export function pathFor({ path, storagePrefix }: Place): string {
  if (storagePrefix === null) return path;
  const address = new URL(path, 'https://besace.invalid');
  address.searchParams.set('compte', PREFIX.exec(storagePrefix)?.[1] ?? '');
  return `${address.pathname}${address.search}${address.hash}`;
}

/** Opens it in a page that shows this account, else in a new window. */
export async function openPlace(clients: WorkerScope['clients'], place: Place, wait = after): Promise<void> {
  const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = place.storagePrefix === null ? pages[0] : await pageOf(pages, place.storagePrefix, wait);
  if (page === undefined) {
    await clients.openWindow(pathFor(place));
    return;
  }
  page.postMessage({ open: place.path });
  await page.focus();
}

/** An address does not say which account its page shows: the pages are asked, and one that sleeps does not answer. */
async function pageOf(
  pages: readonly PageClient[],
  storagePrefix: string,
  wait: (ms: number) => Promise<void>,
): Promise<PageClient | undefined> {
  const ports: MessagePort[] = [];
  const asked = pages.map(
    (page) =>
      new Promise<PageClient>((resolve, reject) => {
        const { port1, port2 } = new MessageChannel();
        ports.push(port1);
        port1.onmessage = ({ data }) => (data === storagePrefix ? resolve(page) : reject(new Error('of another')));
        page.postMessage({ whose: true }, [port2]);
      }),
  );
  const first = Promise.any(asked).catch(() => undefined);
  const found = await Promise.race([first, wait(ANSWER_MS).then(() => undefined)]);
  for (const port of ports) port.close();
  return found;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
