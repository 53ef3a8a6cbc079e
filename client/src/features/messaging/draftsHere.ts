import type { LocalDb } from '@besace/matrix/local/db';
import { useAccountSlots } from '../../app/accountSlots.ts';
import type { Drafts } from './drafts.ts';
import { localDrafts } from './localDrafts.ts';

/** Where this page keeps its drafts: in the encrypted local copy of this device, which the page opens at the first draft. */
export function useDrafts(): Drafts {
  const { storagePrefix } = useAccountSlots();
  shared ??= localDrafts(() => open(storagePrefix));
  return shared;
}

let shared: Drafts | null = null;
let opening: Promise<LocalDb> | null = null;

function open(storagePrefix: string): Promise<LocalDb> {
  opening ??= connect(storagePrefix).catch((error: unknown) => {
    opening = null;
    throw error;
  });
  return opening;
}

async function connect(storagePrefix: string): Promise<LocalDb> {
  const [{ openLocalDb }, { createWebPlatform }] = await Promise.all([
    import('@besace/matrix/local/db'),
    import('@besace/matrix/platform/web'),
  ]);
  const db = await openLocalDb(createWebPlatform({ cryptoWasmUrl: '', outsiderServers: [], storagePrefix }));
  // Wiped, or needed by a newer version: opened anew at the next draft.
  db.onLost(() => {
    opening = null;
  });
  return db;
}
