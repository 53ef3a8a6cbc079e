import { readFileSync } from 'node:fs';
import { layout, ROOT } from '@besace/homeserver-config/layout';
import { ensureClientBuild } from '@besace/homeserver-config/start/clientBuild';
import type { TestProject } from 'vitest/node';
import type { WorldDescription } from '../../src/harness/connect.ts';
import '../../src/harness/shared.ts';
import { startWorld } from '../../src/harness/world.ts';

/**
 * Builds the client where its sources changed, and starts the one world that all journeys of a run share: three organisations,
 * the appservices, the notifier, the web front. `BESACE_E2E_WORLD` names the description of a world that runs already.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = process.env.BESACE_E2E_WORLD;
  if (running) {
    project.provide('besaceWorld', JSON.parse(readFileSync(running, 'utf8')) as WorldDescription);
    return async () => {};
  }
  await ensureClientBuild(layout(`${ROOT}/.besace`));
  const world = await startWorld({ appservices: true, webFront: true, notifier: true });
  project.provide('besaceWorld', world.description);
  return () => world.stop();
}
