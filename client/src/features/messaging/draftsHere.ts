import { type App, type InjectionKey, inject } from 'vue';
import { type Drafts, memoryDrafts } from './drafts.ts';

const draftsKey: InjectionKey<Drafts> = Symbol('drafts');

/** Where this page keeps its drafts; given by the composition root, else as long as the page lives. */
export function useDrafts(): Drafts {
  return inject(draftsKey, forThisPage, true);
}

export function provideDrafts(app: App, drafts: Drafts): void {
  app.provide(draftsKey, drafts);
}

let shared: Drafts | null = null;

function forThisPage(): Drafts {
  shared ??= memoryDrafts();
  return shared;
}
