import type { Slice } from '../../runtime/slice.ts';
import { startAccounts } from './handler.ts';
import { accountsMigrations } from './store.ts';

/** Sign-up: from an address to an account at the right organisation. See SPEC.md. */
export const accounts: Slice = {
  name: 'accounts',
  migrations: accountsMigrations,
  hears: [],
  start: async (context) => startAccounts(context),
};
