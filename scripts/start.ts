import { parseArgs } from 'node:util';
import { registrationFor } from '@besace/appservices/registration';
import { describeError } from '@besace/homeserver-config/setupError';
import { readInstallation } from '@besace/homeserver-config/start/installation';
import { start } from '@besace/homeserver-config/start/start';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
try {
  const { values } = parseArgs({ options: { fresh: { type: 'boolean' }, yes: { type: 'boolean' } } });
  await start({
    installation: readInstallation(),
    registration: registrationFor,
    fresh: values.fresh ?? false,
    yes: values.yes ?? false,
    print: (line) => process.stdout.write(`${line}\n`),
    signal: stop.signal,
  });
} catch (error) {
  // Ctrl-C reaches what we run as well, and its end is not news then.
  if (stop.signal.aborted) process.exit(130);
  process.stderr.write(`Besace: ${describeError(error)}\n`);
  process.exitCode = 1;
}
