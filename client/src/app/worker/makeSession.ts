import type { BesaceApi } from '@besace/matrix/api/types';
import { createBesace, loadAhead } from '@besace/matrix/besace';
import { createWebPlatform } from '@besace/matrix/platform/web';
import { createConfigLoader } from '../config.ts';

/**
 * The session itself, with what it needs of this browser and installation.
 *
 * @param fetched whether the wasm is in the browser's cache by now
 */
export async function makeSession(
  storagePrefix: string,
  cryptoWasmUrl: string,
  fetched: Promise<boolean>,
): Promise<BesaceApi> {
  const config = await createConfigLoader((input, init) => fetch(input, init))();
  // Without a network the session opens all the same; who is an outsider is then known from the local copy.
  const organisations = config.ok ? config.value.organisations : [];
  const outsiderServers = organisations.filter(({ outsiders }) => outsiders).map(({ serverName }) => serverName);
  const platform = createWebPlatform({ cryptoWasmUrl, outsiderServers, storagePrefix });
  const besace = createBesace(platform);
  // Before anything else is asked of it, so that no call finds "nobody signed in" only because it came early. What this answers is
  // answered again to the page, which asks for itself.
  const restored = await besace.restore();
  if (restored.ok && restored.value === null) {
    // Somebody is about to sign in. What fails now is asked for again then, and heard.
    void fetched.then((had) => (had ? loadAhead(platform) : undefined)).catch(() => undefined);
  }
  return besace;
}
