import { accounts } from '../features/accounts/index.ts';
import type { Feature } from './feature.ts';

/** The one list of features. Nothing else of the shell knows their names. */
export const features: readonly Feature[] = [accounts];
