import type { TestProject } from 'vitest/node';
import '../src/harness/shared.ts';
import { startWorld } from '../src/harness/world.ts';
import { ensurePeers } from './install.ts';

/** The clients of others, and two ministries for them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await ensurePeers();
  const world = await startWorld({ organisations: ['interieur', 'culture'] });
  project.provide('besaceWorld', world.description);
  return () => world.stop();
}
