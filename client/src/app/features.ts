import { accounts } from '../features/accounts/index.ts';
import { directory } from '../features/directory/index.ts';
import { later } from '../features/later/index.ts';
import { messaging } from '../features/messaging/index.ts';
import { polls } from '../features/polls/index.ts';
import { push } from '../features/push/index.ts';
import { saved } from '../features/saved/index.ts';
import { search } from '../features/search/index.ts';
import { tasks } from '../features/tasks/index.ts';
import { workspaces } from '../features/workspaces/index.ts';
import type { Feature } from './feature.ts';

/** The one list of features. Nothing else of the shell knows their names. */
export const features: readonly Feature[] = [
  workspaces,
  messaging,
  polls,
  tasks,
  directory,
  search,
  saved,
  later,
  push,
  accounts,
];
