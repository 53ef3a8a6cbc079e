import type { BenchWorld } from './benchWorld.ts';
import { bytesSent } from './bytesSent.ts';
import { memoryOfProcesses } from './memory.ts';
import { messageAcross } from './messages.ts';
import { objectWrites } from './objectWrites.ts';
import type { Scenario } from './scenario.ts';
import { wholeSignUp } from './signUp.ts';

/** Everything that `npm run bench` measures, cheap ones first, memory after everything has run. */
export function scenariosOf(bench: BenchWorld): readonly Scenario[] {
  return [bytesSent, wholeSignUp(bench), messageAcross(bench), objectWrites(bench), memoryOfProcesses(bench)];
}
