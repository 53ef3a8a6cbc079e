import { serverOf, type UserId } from '@besace/protocol/core/ids';
import { onMounted, shallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { type Config, useConfig } from './config.ts';

/** The organisation of a person in words, as the installation names the server of her id; that server where it names none. */
export function useOrganisationOf(): (user: UserId) => string {
  const { locale } = useI18n();
  const loadConfig = useConfig();
  const config = shallowRef<Config | null>(null);
  onMounted(async () => {
    const loaded = await loadConfig();
    if (loaded.ok) config.value = loaded.value;
  });
  return (user) => {
    const server = serverOf(user);
    const known = config.value?.organisations.find(({ serverName }) => serverName === server);
    return known?.label[locale.value === 'en' ? 'en' : 'fr'] ?? server;
  };
}
