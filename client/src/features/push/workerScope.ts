/** What a service worker sees (W3C Service Workers, Push API), as far as ours uses it: TypeScript's own library for workers does not go with that for pages. */
export interface WorkerScope {
  readonly registration: ServiceWorkerRegistration;
  readonly caches: CacheStorage;
  readonly navigator: Pick<Navigator, 'locks'>;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly PageClient[]>;
    openWindow(path: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: LastingEvent) => void): void;
  addEventListener(type: 'push', listener: (event: LastingEvent & { readonly data: PushData | null }) => void): void;
  addEventListener(
    type: 'notificationclick',
    listener: (event: LastingEvent & { readonly notification: Notification }) => void,
  ): void;
}

export interface PushData {
  json(): unknown;
}

export interface LastingEvent {
  waitUntil(done: Promise<unknown>): void;
}

export interface PageClient {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  focus(): Promise<unknown>;
}
