import { type App, type InjectionKey, inject, reactive, readonly } from 'vue';
import type { Locale } from './feature.ts';

export type Preferences = {
  readonly theme: 'system' | 'light' | 'dark';
  readonly contrast: 'system' | 'more';
  readonly locale: Locale;
};

export interface PreferencesStore {
  /** Reactive. */
  readonly current: Preferences;
  set(change: Partial<Preferences>): void;
}

/** What the store needs of the browser; a test gives its own. */
export type PreferencesHost = {
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly languages: readonly string[];
  /** Shows the preferences on the page. */
  readonly apply: (preferences: Preferences) => void;
};

/** `public/theme.js` reads the same key before the first paint. */
const storageKey = 'besace.preferences';
const preferencesKey: InjectionKey<PreferencesStore> = Symbol('Preferences');

/** Theme, contrast and language, kept on this device. What is stored and does not parse counts as not stored. */
export function createPreferences(host: PreferencesHost): PreferencesStore {
  const current = reactive({ ...defaults(host.languages), ...stored(host.storage) });
  host.apply(current);
  return {
    current: readonly(current),
    set(change) {
      Object.assign(current, change);
      host.apply(current);
      host.storage.setItem(storageKey, JSON.stringify(current));
    },
  };
}

export function providePreferences(app: App, store: PreferencesStore): void {
  app.provide(preferencesKey, store);
}

export function usePreferences(): PreferencesStore {
  const store = inject(preferencesKey);
  if (!store) throw new Error('usePreferences() outside of the app');
  return store;
}

/** Writes the preferences on `<html>`, where tokens.css reads them. */
export function applyToDocument({ theme, contrast, locale }: Preferences): void {
  const root = document.documentElement;
  root.lang = locale;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  if (contrast === 'system') delete root.dataset.contrast;
  else root.dataset.contrast = contrast;
}

/** French, unless the browser asks for English before it asks for French. */
function defaults(languages: readonly string[]): Preferences {
  const first = languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === 'fr' || tag === 'en');
  return { theme: 'system', contrast: 'system', locale: first === 'en' ? 'en' : 'fr' };
}

function stored(storage: PreferencesHost['storage']): Partial<Preferences> {
  let value: unknown;
  try {
    value = JSON.parse(storage.getItem(storageKey) ?? 'null');
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const { theme, contrast, locale } = value as Record<string, unknown>;
  return {
    ...(theme === 'light' || theme === 'dark' || theme === 'system' ? { theme } : {}),
    ...(contrast === 'more' || contrast === 'system' ? { contrast } : {}),
    ...(locale === 'fr' || locale === 'en' ? { locale } : {}),
  };
}
