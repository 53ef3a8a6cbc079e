import { startMailCatcher } from './mail-catcher/catcher.ts';
import { ConfigError, readConfig } from './runtime/config.ts';
import { createLogger } from './runtime/logging.ts';

/**
 * The mail server of a demo: takes every mail, delivers none, and shows them on a page. A process of its own, so that no
 * installation runs it by mistake: without `mailCatcher` in the configuration it refuses to start.
 */
async function main(): Promise<void> {
  const path = process.env.BESACE_APPSERVICES_CONFIG;
  if (path === undefined || path === '') throw new ConfigError('BESACE_APPSERVICES_CONFIG', ['is not set']);
  const config = await readConfig(path);
  if (config.mailCatcher === null) throw new ConfigError(path, ['mailCatcher: is null, so no mail is to be caught']);
  const log = createLogger(config.logLevel);
  const catcher = await startMailCatcher(config.mailCatcher, log);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void catcher.stop());
}

main().catch((error: unknown) => {
  process.stderr.write(`besace mail catcher: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError ? 78 : 1);
});
