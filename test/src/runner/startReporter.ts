import type { Reporter, TestModule } from 'vitest/node';

/** Says which file begins: one that never ends, because its worker hangs, is otherwise named nowhere. */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export.
export default class StartReporter implements Reporter {
  onTestModuleStart(module: TestModule): void {
    process.stdout.write(` … ${module.relativeModuleId}\n`);
  }
}
