import type { Account, BesaceApi, BesaceError } from '@besace/matrix/api/types';
import type { Config } from '../../app/config.ts';

/** `unsupported`: this browser has no push. `failed`: its maker's service could not be had. */
export type WakeProblem = BesaceError | 'unsupported' | 'failed';

export type WakeParts = {
  readonly api: Pick<BesaceApi, 'addPush' | 'removePush'>;
  readonly account: Account;
  readonly config: Config;
  readonly lang: 'fr' | 'en';
  readonly deviceName: string;
};

export function canWake(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in globalThis;
}

/** Asks the browser's push service for an address, and has the server wake it. Null when it is done. */
export async function startWaking({ api, account, config, lang, deviceName }: WakeParts): Promise<WakeProblem | null> {
  const appId = appIdOf(account, config);
  if (!canWake() || config.push === null || appId === null) return 'unsupported';
  let subscription: PushSubscription;
  try {
    const worker = await installed();
    const options = { userVisibleOnly: true, applicationServerKey: bytesOf(config.push.key) };
    const before = await worker.pushManager.getSubscription();
    // One that was made for another installation's key would be refused for ever.
    if (before !== null && !isSameKey(before, options.applicationServerKey)) await before.unsubscribe();
    subscription = await worker.pushManager.subscribe(options);
  } catch {
    return 'failed';
  }
  const { p256dh, auth } = keysOf(subscription);
  const { endpoint } = subscription;
  const added = await api.addPush({ gateway: config.push.gateway, appId, endpoint, p256dh, auth, deviceName, lang });
  return added.ok ? null : added.error;
}

/** Has the server forget this browser, then the browser its address. */
export async function stopWaking({ api, account, config }: WakeParts): Promise<WakeProblem | null> {
  const worker = await navigator.serviceWorker?.getRegistration('/');
  const subscription = await worker?.pushManager.getSubscription();
  const appId = appIdOf(account, config);
  if (!subscription || appId === null) return null;
  const removed = await api.removePush({ appId, p256dh: keysOf(subscription).p256dh });
  // The push service then answers that it is gone, and the server forgets it too.
  await subscription.unsubscribe();
  return removed.ok ? null : removed.error;
}

async function installed(): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register('/sw.js', { type: 'module', scope: '/' });
  return navigator.serviceWorker.ready;
}

function appIdOf(account: Account, config: Config): string | null {
  const server = account.userId.slice(account.userId.indexOf(':') + 1);
  const organisation = config.organisations.find(({ serverName }) => serverName === server);
  return organisation === undefined ? null : `fr.besace.web.${organisation.id}`;
}

function keysOf(subscription: PushSubscription): { readonly p256dh: string; readonly auth: string } {
  return { p256dh: textOf(subscription.getKey('p256dh')), auth: textOf(subscription.getKey('auth')) };
}

function isSameKey(subscription: PushSubscription, key: Uint8Array): boolean {
  return textOf(subscription.options.applicationServerKey) === textOf(key.slice().buffer);
}

function textOf(bytes: ArrayBuffer | null): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0))));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
}
