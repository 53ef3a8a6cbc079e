import type { BesaceApi } from '@besace/matrix/api/types';
import { type App, type InjectionKey, inject } from 'vue';

const apiKey: InjectionKey<BesaceApi> = Symbol('BesaceApi');

/**
 * The one `BesaceApi` of this page. In the browser it is the bridge to the session worker, which starts at the first call
 * that needs it; in a test, the double of `testing/apiDouble.ts`. View models take it as an argument.
 */
export function useApi(): BesaceApi {
  const api = inject(apiKey);
  if (!api) throw new Error('useApi() outside of an app that called provideApi()');
  return api;
}

export function provideApi(app: App, api: BesaceApi): void {
  app.provide(apiKey, api);
}
