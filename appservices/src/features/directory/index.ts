import type { Slice } from '../../runtime/slice.ts';
import { startDirectory } from './handler.ts';
import { directoryMigrations } from './store.ts';

/** Finding people across the organisations. See SPEC.md. */
export const directory: Slice = {
  name: 'directory',
  migrations: directoryMigrations,
  hears: ['account-created'],
  start: async (context) => startDirectory(context),
};
