import { accounts } from './features/accounts/index.ts';
import { directory } from './features/directory/index.ts';
import { health } from './features/health/index.ts';
import { push } from './features/push/index.ts';
import type { Slice } from './runtime/slice.ts';

/** The slices of this installation: what is not listed does not exist, and nothing else knows it. */
export const features: readonly Slice[] = [accounts, directory, health, push];
