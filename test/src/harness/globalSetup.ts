import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@besace/homeserver-config/layout';
import type { TestProject } from 'vitest/node';
import './shared.ts';
import { startWorld } from './world.ts';

const ENTRIES = { appservices: 'appservices/src/main.ts', notifier: 'bots/notifier/src/main.ts' };

/**
 * Starts the world that the integration tests of a run share, and ends it. `BESACE_WORLD_PARTS` says what it has besides
 * the homeservers and the gateway (`appservices,notifier,webFront`, everything by default; `none` for nothing), so that one
 * package's tests can run while another does not start.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const asked = (process.env.BESACE_WORLD_PARTS ?? 'appservices,notifier,webFront').split(',');
  const world = await startWorld({
    appservices: asked.includes('appservices') && existsSync(join(ROOT, ENTRIES.appservices)),
    notifier: asked.includes('notifier') && existsSync(join(ROOT, ENTRIES.notifier)),
    webFront: asked.includes('webFront'),
  });
  project.provide('besaceWorld', world.description);
  return () => world.stop();
}
