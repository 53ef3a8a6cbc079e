import type { BesaceApi, BesaceError } from '@besace/matrix/api/types';
import type { Result } from '@besace/protocol/core/result';
import { type Ref, ref } from 'vue';
import { useApi } from '../../app/api.ts';
import { type Config, type ConfigLoader, createConfigLoader, useConfig } from '../../app/config.ts';
import { createDirectory, type Directory, type Person } from './directoryClient.ts';

/** One directory session for each api of the page: the pages and the palette share it. */
const shared = new WeakMap<BesaceApi, Directory>();

/** The directory of this installation. Its address comes with the configuration, asked for at the first search. */
export function useDirectory(): Directory {
  return directoryOf(useApi(), useConfig());
}

/** The same where nothing is injected: the palette. */
export function directoryFor(api: BesaceApi): Directory {
  return directoryOf(
    api,
    createConfigLoader((input, init) => fetch(input, init)),
  );
}

function directoryOf(api: BesaceApi, loadConfig: ConfigLoader): Directory {
  const known = shared.get(api);
  if (known !== undefined) {
    return known;
  }
  let made: Directory | null = null;
  const directory: Directory = {
    async search(query) {
      const config = await loadConfig();
      if (!config.ok) {
        return config;
      }
      made ??= createDirectory({
        api,
        fetch: (input, init) => fetch(input, init),
        base: config.value.directory,
        now: () => performance.now(),
      });
      return made.search(query);
    },
  };
  shared.set(api, directory);
  return directory;
}

/** Names of organisations, by their id; the id itself until the configuration is there. */
export function useOrganisationNames(): (person: Pick<Person, 'organisation'>, locale: string) => string {
  const config: Ref<Config | null> = ref(null);
  void useConfig()().then((answer: Result<Config, BesaceError>) => {
    if (answer.ok) config.value = answer.value;
  });
  return ({ organisation }, locale) => {
    const label = config.value?.organisations.find(({ id }) => id === organisation)?.label;
    return label?.[locale === 'en' ? 'en' : 'fr'] ?? organisation;
  };
}
