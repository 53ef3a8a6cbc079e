import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where things are. Everything that a start makes is below `data` (`.besace/`), which git ignores. */
export type Layout = {
  /** The checkout. */
  readonly root: string;
  readonly data: string;
  /** Python's virtual environment: shared by test worlds, so apart from `data`. */
  readonly venv: string;
  readonly logs: string;
  /** Pid files, so that the next start finds what an earlier one left. */
  readonly run: string;
  readonly pki: string;
  readonly secrets: string;
};

/** The checkout that this file is in. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * The layout below `data`, `.besace` of the checkout by default. `BESACE_DATA` and `BESACE_VENV` move the data and the
 * virtual environment.
 */
export function layout(data?: string): Layout {
  const home = data ?? process.env.BESACE_DATA ?? join(ROOT, '.besace');
  return {
    root: ROOT,
    data: home,
    venv: process.env.BESACE_VENV ?? join(ROOT, '.besace', 'venv'),
    logs: join(home, 'logs'),
    run: join(home, 'run'),
    pki: join(home, 'pki'),
    secrets: join(home, 'secrets.json'),
  };
}

/** The folder of one homeserver: its configuration, database, media, signing key. */
export function homeserverHome(of: Layout, organisation: string): string {
  return join(of.data, 'homeservers', organisation);
}
