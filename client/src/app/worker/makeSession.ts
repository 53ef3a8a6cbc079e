import type { BesaceApi } from '@besace/matrix/api/types';
import { createBesace } from '@besace/matrix/besace';
import { createWebPlatform } from '@besace/matrix/platform/web';
import { createConfigLoader } from '../config.ts';

/** The session itself, with what it needs of this browser and installation. */
export async function makeSession(cryptoWasmUrl: string): Promise<BesaceApi> {
  const config = await createConfigLoader((input, init) => fetch(input, init))();
  // Without a network the session opens all the same; who is an outsider is then known from the local copy.
  const organisations = config.ok ? config.value.organisations : [];
  const outsiderServers = organisations.filter(({ outsiders }) => outsiders).map(({ serverName }) => serverName);
  return createBesace(createWebPlatform({ cryptoWasmUrl, outsiderServers }));
}
