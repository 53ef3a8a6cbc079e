import type { Slice } from '../../runtime/slice.ts';
import { startHealth } from './handler.ts';

/** `/health` and `/metrics`. See SPEC.md. */
export const health: Slice = {
  name: 'health',
  migrations: {},
  hears: [],
  start: async (context) => startHealth(context),
};
