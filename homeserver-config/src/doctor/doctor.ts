import { runningMark } from '../processes.ts';
import type { Installation } from '../start/installation.ts';
import { START_MARK } from '../start/start.ts';
import type { Print } from '../start/steps.ts';
import type { Check, Finding } from './check.ts';
import { machineChecks } from './machineChecks.ts';
import { suiteChecks } from './suiteChecks.ts';

const MARKS = { good: '✓', bad: '✗', unknown: '?' } as const;

/**
 * Looks at everything that is known to go wrong, prints what it finds, and for each fault how to mend it. Returns the
 * number of faults.
 */
export async function doctor(installation: Installation, print: Print): Promise<number> {
  const running = runningMark(installation.layout.run, START_MARK) !== null;
  const checks = [...machineChecks(installation, running), ...(running ? suiteChecks(installation) : [])];
  let faults = 0;
  for (const check of checks) {
    for (const finding of await findings(check)) {
      if (finding.state === 'bad') faults++;
      print(`  ${MARKS[finding.state]} ${check.name.padEnd(18)} ${finding.what}`);
      if (finding.state !== 'good') print(`    ${' '.repeat(18)} → ${finding.remedy}`);
    }
  }
  if (!running) print('  ? Besace does not run: federation and media are looked at while npm start runs.');
  print(faults === 0 ? 'No fault found.' : `${faults} ${faults === 1 ? 'fault' : 'faults'} found.`);
  return faults;
}

async function findings(check: Check): Promise<readonly Finding[]> {
  try {
    return await check.run();
  } catch (error) {
    // A check that fails is a fault that nobody thought of: it is shown with what there is.
    return [{ state: 'bad', what: `could not be looked at: ${String(error)}`, remedy: 'Report it with this line.' }];
  }
}
