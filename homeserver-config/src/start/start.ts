import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '../layout.ts';
import { endLeftovers, removeMark, runningMark, writeMark } from '../processes.ts';
import { ensureSynapse } from '../python.ts';
import { SetupError } from '../setupError.ts';
import { prepareSuite, type Suite, type SuiteOptions } from '../suite.ts';
import { createSupervisor, type SupervisorEvent } from '../supervisor.ts';
import { ensureClientBuild } from './clientBuild.ts';
import { confirmFresh, removeData } from './fresh.ts';
import { type Installation, suiteOptions } from './installation.ts';
import { checkMachine, checkPorts, DISK_MINIMUM, freeBytes, megabytes } from './machine.ts';
import { welcome } from './page.ts';
import { type Print, seconds, step, stepLine } from './steps.ts';

export type StartOptions = {
  readonly installation: Installation;
  readonly registration: NonNullable<SuiteOptions['appservices']>['registration'];
  readonly fresh: boolean;
  /** Answers the question of `fresh`. */
  readonly yes: boolean;
  readonly print: Print;
  /** Aborted when the person has had enough. */
  readonly signal: AbortSignal;
};

/** The mark of a start that runs, among the pid files of the parts. */
export const START_MARK = 'start';
const LIVENESS_MS = 15_000;
const DISK_LOOK_MS = 60_000;

/**
 * Sets up what is missing, starts every part, prints where things are, and stays until `signal` is aborted; then stops all.
 * Throws a SetupError, with nothing left running, when it cannot.
 */
export async function start(options: StartOptions): Promise<void> {
  const { installation, print, signal } = options;
  const { layout: of, ports } = installation;
  const began = performance.now();
  const other = runningMark(of.run, START_MARK);
  if (other !== null) {
    throw new SetupError('already-running', `Besace runs already (process ${other.pid})`, 'Stop that one with Ctrl-C.');
  }
  if (options.fresh) {
    if (!(await confirmFresh(of, options.yes))) return print('Nothing was deleted.');
    await endLeftovers(of.run);
    removeData(of);
  }
  print('Besace starts.');
  await step(print, 'this machine', () => checkMachine(of, !existsSync(join(of.venv, 'besace-requirements'))));
  for (const part of await endLeftovers(of.run)) print(`  ! ${part} was left running by an earlier start; ended it`);
  await checkPorts(ports);
  writeMark(of.run, START_MARK, process.pid);
  try {
    const suite = await prepare(options);
    if (signal.aborted) return;
    const supervisor = createSupervisor(suite.parts, {
      logs: of.logs,
      run: of.run,
      livenessMs: LIVENESS_MS,
      onEvent: (event) => print(eventLine(event, of.logs)),
    });
    const stop = () => void supervisor.stop();
    signal.addEventListener('abort', stop);
    await supervisor.start();
    if (!signal.aborted) {
      print(welcome(installation, suite, performance.now() - began));
      await untilAborted(signal, () => watchDisk(of, print));
      print('Besace stops.');
    }
    await supervisor.stop();
    print('Everything is stopped.');
  } finally {
    removeMark(of.run, START_MARK);
  }
}

/** Waits for the signal, and looks at the disk now and then: a full one is the fault that parts tell least clearly. */
async function untilAborted(signal: AbortSignal, look: () => void): Promise<void> {
  const timer = setInterval(look, DISK_LOOK_MS);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  clearInterval(timer);
}

function watchDisk(of: Layout, print: Print): void {
  const free = freeBytes(of);
  if (free < DISK_MINIMUM) print(`  ! only ${megabytes(free)} MB are left for ${of.data}: free some before it is full`);
}

/** Everything that can be made at the same time is. All are waited for, so that a failure is the last line on screen. */
async function prepare({ installation, registration, print }: StartOptions): Promise<Suite> {
  const how = (done: boolean) => (done ? '' : 'as it was');
  const suite = step(print, 'keys, certificates, configuration', () =>
    prepareSuite(suiteOptions(installation, registration)),
  );
  const synapse = step(print, 'Synapse', () => ensureSynapse(installation.layout), how);
  const client = step(print, 'client', () => ensureClientBuild(installation.layout), how);
  for (const one of await Promise.allSettled([suite, synapse, client])) if (one.status === 'rejected') throw one.reason;
  return suite;
}

function eventLine(event: SupervisorEvent, logs: string): string {
  switch (event.kind) {
    case 'ready':
      return stepLine(event.part, event.ms);
    case 'crashed':
      return `  ✗ ${event.part} ${event.how}; starts again in ${seconds(event.retryMs)} (log: ${join(logs, event.part)}.log)`;
    case 'leftover':
      return `  ! ${event.part} was left running by an earlier start; ended it`;
  }
}
