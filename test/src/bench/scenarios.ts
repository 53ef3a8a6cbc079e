import { bytesSent } from './bytesSent.ts';
import type { Scenario } from './scenario.ts';

/** Everything that `npm run bench` measures, cheap ones first. */
export const scenarios: readonly Scenario[] = [bytesSent];
