import { join } from 'node:path';
import { suite } from '../test/src/runner/steps.ts';

// Runs the whole suite in its order, stops at the first step that fails, and ends with `N passed, N failed`.
// `npm test -- unit` runs only the steps whose name contains the word.
const root = join(import.meta.dirname, '..');
const only = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const step of suite()) {
  if (only.length > 0 && !only.some((word) => step.name.includes(word))) continue;
  const start = performance.now();
  const result = await step.run(root);
  passed += result.passed;
  failed += result.failed;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(
    `${result.failed === 0 ? 'ok  ' : 'FAIL'} ${step.name} (${result.passed} passed, ${seconds} s)\n`,
  );
  if (result.failed > 0) {
    process.stdout.write(`${result.output}\n`);
    break;
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
