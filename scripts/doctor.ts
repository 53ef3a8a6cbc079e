import { doctor } from '@besace/homeserver-config/doctor/doctor';
import { describeError } from '@besace/homeserver-config/setupError';
import { readInstallation } from '@besace/homeserver-config/start/installation';

try {
  const faults = await doctor(readInstallation(), (line) => process.stdout.write(`${line}\n`));
  process.exitCode = faults === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`Besace: ${describeError(error)}\n`);
  process.exitCode = 1;
}
