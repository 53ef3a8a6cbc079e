import { type App, type InjectionKey, inject } from 'vue';
import { createI18n } from 'vue-i18n';
import type { Feature, Locale, StringsLoaders } from './feature.ts';

/** Strings, loaded feature by feature in the language that is on. */
export interface Strings {
  install(app: App): void;
  readonly locale: Locale;
  /** Loads what is needed to show these features (all those loaded so far, in a new language, too). Idempotent. */
  load(features: readonly Pick<Feature, 'name' | 'strings'>[]): Promise<void>;
  /** Changes the language once all that is on screen is loaded in it. */
  setLocale(locale: Locale): Promise<void>;
  t(key: string, named?: Record<string, unknown>): string;
}

const stringsKey: InjectionKey<Strings> = Symbol('strings');

/** Installs vue-i18n and makes `useStrings()` work. */
export function provideStrings(app: App, strings: Strings): void {
  strings.install(app);
  app.provide(stringsKey, strings);
}

export function useStrings(): Strings {
  const strings = inject(stringsKey);
  if (!strings) throw new Error('useStrings() outside of the app');
  return strings;
}

/** Numbers and dates as they are written in French and English. */
const datetimeFormats = {
  time: { hour: '2-digit', minute: '2-digit' },
  day: { weekday: 'long', day: 'numeric', month: 'long' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  moment: { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' },
} as const;

export function createStrings(initial: Locale): Strings {
  const i18n = createI18n({
    legacy: false,
    locale: initial,
    fallbackLocale: false,
    messages: { fr: {}, en: {} },
    datetimeFormats: { fr: datetimeFormats, en: datetimeFormats },
    // French has one form for 0 and 1, as Unicode's plural rules say; English one for 1 only.
    pluralRules: { fr: (count, forms) => (Math.abs(count) < 2 ? 0 : Math.min(1, forms - 1)) },
  });
  const known = new Map<string, StringsLoaders>();
  const loading = new Map<string, Promise<void>>();
  let locale = initial;

  function loadOne(name: string, loaders: StringsLoaders, wanted: Locale): Promise<void> {
    const id = `${wanted}/${name}`;
    const started = loading.get(id);
    if (started) return started;
    const load = loaders[wanted]().then(
      (module) => i18n.global.mergeLocaleMessage(wanted, { [name]: module.default }),
      (error: unknown) => {
        // Asked again at the next need: the network may be back.
        loading.delete(id);
        throw error;
      },
    );
    loading.set(id, load);
    return load;
  }

  return {
    install: (app) => void app.use(i18n),
    get locale() {
      return locale;
    },
    async load(features) {
      for (const feature of features) known.set(feature.name, feature.strings);
      await Promise.all(features.map((feature) => loadOne(feature.name, feature.strings, locale)));
    },
    async setLocale(wanted) {
      await Promise.all([...known].map(([name, loaders]) => loadOne(name, loaders, wanted)));
      locale = wanted;
      i18n.global.locale.value = wanted;
    },
    t: (key, named) => i18n.global.t(key, named ?? {}),
  };
}
