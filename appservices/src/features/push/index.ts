import type { Slice } from '../../runtime/slice.ts';
import { startPush } from './handler.ts';

/** The Matrix push gateway over web push. See SPEC.md. */
export const push: Slice = {
  name: 'push',
  migrations: {},
  hears: [],
  start: async (context) => startPush(context),
};
