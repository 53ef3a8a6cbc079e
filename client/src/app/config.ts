import type { BesaceError } from '@besace/matrix/api/types';
import { ok, type Result } from '@besace/protocol/core/result';
import * as v from 'valibot';
import { type App, type InjectionKey, inject } from 'vue';
import { askJson } from './http.ts';

const label = v.object({ fr: v.string(), en: v.string() });

const organisation = v.object({
  id: v.string(),
  serverName: v.string(),
  /** Base URL of its client API. */
  homeserver: v.string(),
  outsiders: v.boolean(),
  label,
});

const configSchema = v.object({
  organisations: v.pipe(v.array(organisation), v.minLength(1)),
  accounts: v.string(),
  directory: v.string(),
  /** Where a homeserver tells of new events, and the key that push services know this installation by (RFC 8292). */
  push: v.nullish(v.object({ gateway: v.string(), key: v.string() }), null),
  /** In a demonstration: where the mails are read. */
  mailbox: v.nullish(v.string(), null),
});

/** `/config.json`, which the web front serves: what this installation is made of. */
export type Config = v.InferOutput<typeof configSchema>;

/** Asks for it once; again after a failure. */
export type ConfigLoader = () => Promise<Result<Config, BesaceError>>;

const configKey: InjectionKey<ConfigLoader> = Symbol('config');

export function createConfigLoader(fetch: typeof globalThis.fetch): ConfigLoader {
  let known: Config | null = null;
  let asking: Promise<Result<Config, BesaceError>> | null = null;

  async function ask(): Promise<Result<Config, BesaceError>> {
    const answer = await askJson({ fetch, url: '/config.json', schema: configSchema });
    asking = null;
    if (answer.ok) known = answer.value;
    else if (answer.error.code === 'refused') return { ok: false, error: { code: 'server-failed' } };
    return answer as Result<Config, BesaceError>;
  }

  return async () => {
    if (known) return ok(known);
    asking ??= ask();
    return asking;
  };
}

export function provideConfig(app: App, loader: ConfigLoader): void {
  app.provide(configKey, loader);
}

/** `const loadConfig = useConfig(); const config = await loadConfig();` */
export function useConfig(): ConfigLoader {
  const loader = inject(configKey);
  if (!loader) throw new Error('useConfig() outside of the app');
  return loader;
}
