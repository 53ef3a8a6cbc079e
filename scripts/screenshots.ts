import { join } from 'node:path';
import { fillDemo } from '../test/src/demo/fill.ts';
import { findFront } from '../test/src/demo/signUp.ts';
import { startWorld } from '../test/src/harness/world.ts';
import { takeScreenshots } from '../test/src/screenshots/take.ts';

// Starts a Besace of its own, fills it with the demo, and takes the pictures of docs/screenshots. Needs Chromium and a built client.
const say = (line: string) => process.stdout.write(`  ✓ ${line}\n`);
const world = await startWorld({ appservices: true, webFront: true });
try {
  const front = await findFront(world.description.frontUrl ?? '');
  const demo = await fillDemo(front, ['externes.test'], say);
  await takeScreenshots(front.url, demo, join(import.meta.dirname, '..', 'docs', 'screenshots'), say);
} finally {
  await world.stop();
}
process.exit(0);
