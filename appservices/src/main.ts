import { startApp } from './app.ts';
import { features } from './features.ts';
import { ConfigError, readConfig } from './runtime/config.ts';
import { createLogger } from './runtime/logging.ts';

/** The appservices as one process. `BESACE_APPSERVICES_CONFIG` names the configuration file. */
async function main(): Promise<void> {
  const path = process.env.BESACE_APPSERVICES_CONFIG;
  if (path === undefined || path === '') throw new ConfigError('BESACE_APPSERVICES_CONFIG', ['is not set']);
  const config = await readConfig(path);
  const log = createLogger(config.logLevel);
  const app = await startApp({ config, slices: features, log });

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
}

main().catch((error: unknown) => {
  // Before there is a logger, or instead of one: the reason, in words for who typed the command.
  process.stderr.write(`besace appservices: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError ? 78 : 1);
});
