import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import { privateFolder } from './files.ts';
import { endLeftovers, removeMark, signalGroup, writeMark } from './processes.ts';
import { SetupError } from './setupError.ts';

/** One process of the suite. */
export type Part = {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Parts that must be ready before this one starts. */
  readonly after: readonly string[];
  /** What must be done when those are ready and before this one starts, such as making its account. */
  readonly prepare?: () => Promise<void>;
  /** Whether it answers. Asked again and again until it does; a rejection counts as no. */
  readonly ready: () => Promise<boolean>;
};

export type SupervisorEvent =
  | { readonly kind: 'ready'; readonly part: string; readonly ms: number }
  /** It ended by itself. It starts again after `retryMs`. */
  | { readonly kind: 'crashed'; readonly part: string; readonly how: string; readonly retryMs: number }
  | { readonly kind: 'leftover'; readonly part: string };

export type SupervisorOptions = {
  readonly logs: string;
  /** Where pid files go. */
  readonly run: string;
  readonly onEvent?: (event: SupervisorEvent) => void;
  /** Milliseconds until a part must answer after it started. */
  readonly readyTimeoutMs?: number;
  /** Milliseconds between an ask of a part and the next, and before the first restart after a crash; doubled each time. */
  readonly backOffMs?: number;
  /**
   * Milliseconds between one look at a running part and the next. One that does not answer three looks in a row is ended
   * and starts again as after a crash. Left out, parts are not looked at: tests freeze them on purpose.
   */
  readonly livenessMs?: number;
};

export interface Supervisor {
  /** Starts all parts, each as soon as those it needs are ready. Rejects with a SetupError, all stopped, when one fails. */
  start(): Promise<void>;
  /** Ends all parts, last first, and waits until no process of theirs is left. */
  stop(): Promise<void>;
  /** The process of a part that runs now. */
  pidOf(part: string): number | null;
}

const MAX_BACK_OFF_MS = 30_000;
/** A part that ran so long is healthy again: its next crash starts the back-off anew. */
const STABLE_MS = 60_000;
const LIVENESS_MISSES = 3;
const STOP_GRACE_MS = 10_000;
/** Where Debian has it (util-linux, essential). Linux only. */
const SETPRIV = '/usr/bin/setpriv';

type Running = {
  readonly child: ChildProcess;
  readonly since: number;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  /** Whether it was ended because it did not answer. */
  silent: boolean;
};

/**
 * Runs the parts as process groups of their own. When this process is killed the kernel kills them too (prctl(2),
 * PR_SET_PDEATHSIG, through setpriv(1)); where that does not exist, the next start ends what is left by its pid files.
 */
export function createSupervisor(parts: readonly Part[], options: SupervisorOptions): Supervisor {
  const { readyTimeoutMs = 60_000, backOffMs = 1_000, onEvent = () => {} } = options;
  const running = new Map<string, Running>();
  const logs = new Map<string, RotatingFileStream>();
  const stopping = new AbortController();
  const watchers: Promise<void>[] = [];

  return {
    async start() {
      privateFolder(options.logs);
      for (const part of await endLeftovers(options.run)) onEvent({ kind: 'leftover', part });
      const started = new Map<string, Promise<void>>();
      const startOne = (part: Part): Promise<void> => {
        const known = started.get(part.name);
        if (known !== undefined) return known;
        const needed = parts.filter((one) => part.after.includes(one.name));
        const promise = Promise.all(needed.map(startOne)).then(() => startFirst(part));
        started.set(part.name, promise);
        return promise;
      };
      try {
        await Promise.all(parts.map(startOne));
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
    pidOf: (part) => running.get(part)?.child.pid ?? null,
  };

  async function startFirst(part: Part): Promise<void> {
    if (stopping.signal.aborted) return;
    const began = performance.now();
    await part.prepare?.();
    if (stopping.signal.aborted) return;
    const process_ = launch(part);
    const how = await Promise.race([untilReady(part), process_.ended]);
    if (stopping.signal.aborted) return;
    if (how !== 'ready') {
      throw new SetupError('part-failed', `${part.name} ${how}`, `Its log says why: ${options.logs}/${part.name}.log`);
    }
    onEvent({ kind: 'ready', part: part.name, ms: Math.round(performance.now() - began) });
    watchers.push(watch(part, process_));
  }

  /** Restarts a part each time it ends, until stop. */
  async function watch(part: Part, first: Running): Promise<void> {
    let current = first;
    let failures = 0;
    for (;;) {
      if (options.livenessMs !== undefined) watchers.push(lookAfter(part, current, options.livenessMs));
      const how = await current.ended;
      if (stopping.signal.aborted) return;
      failures = performance.now() - current.since > STABLE_MS ? 1 : failures + 1;
      const retryMs = Math.min(backOffMs * 2 ** (failures - 1), MAX_BACK_OFF_MS);
      onEvent({ kind: 'crashed', part: part.name, how, retryMs });
      if (!(await pause(retryMs))) return;
      const began = performance.now();
      current = launch(part);
      const again = await Promise.race([untilReady(part), current.ended]);
      if (stopping.signal.aborted) return;
      if (again === 'ready') onEvent({ kind: 'ready', part: part.name, ms: Math.round(performance.now() - began) });
      // It runs but does not answer: half alive is worse than down.
      else if (current.child.pid !== undefined) signalGroup(current.child.pid, 'SIGKILL');
    }
  }

  /** Looks at a running part now and then, and ends it when it does not answer any more. */
  async function lookAfter(part: Part, current: Running, livenessMs: number): Promise<void> {
    let misses = 0;
    while ((await pause(livenessMs)) && running.get(part.name) === current) {
      misses = (await part.ready().catch(() => false)) ? 0 : misses + 1;
      if (misses < LIVENESS_MISSES || current.child.pid === undefined) continue;
      current.silent = true;
      signalGroup(current.child.pid, 'SIGKILL');
      return;
    }
  }

  function launch(part: Part): Running {
    const [program, ...args] = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', ...part.command] : part.command;
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...part.env },
    });
    const { pid } = child;
    // What it started goes with it.
    child.on('exit', () => pid !== undefined && signalGroup(pid, 'SIGKILL'));
    const log = logOf(part.name);
    child.stdout.on('data', (chunk: Buffer) => log.write(chunk));
    child.stderr.on('data', (chunk: Buffer) => log.write(chunk));
    const ended = new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(`could not be started: ${error.message}`));
      child.on('close', (code, signal) =>
        resolve(process_.silent ? 'ran but did not answer any more' : howItEnded(code, signal)),
      );
    });
    const process_: Running = { child, since: performance.now(), ended, silent: false };
    running.set(part.name, process_);
    if (child.pid !== undefined) writeMark(options.run, part.name, child.pid);
    void ended.then(() => {
      if (running.get(part.name) !== process_) return;
      running.delete(part.name);
      removeMark(options.run, part.name);
    });
    return process_;
  }

  async function untilReady(part: Part): Promise<string> {
    const end = performance.now() + readyTimeoutMs;
    while (performance.now() < end && running.has(part.name)) {
      if (await part.ready().catch(() => false)) return 'ready';
      if (!(await pause(50))) return 'was stopped';
    }
    return `did not answer within ${readyTimeoutMs / 1000} s`;
  }

  async function stop(): Promise<void> {
    stopping.abort();
    const left = new Set(parts.map((part) => part.name).filter((name) => running.has(name)));
    // A part goes when nothing that needs it is left.
    while (left.size > 0) {
      const free = parts.filter(
        ({ name }) => left.has(name) && !parts.some((other) => left.has(other.name) && other.after.includes(name)),
      );
      await Promise.all(free.map((part) => end(part.name)));
      for (const part of free) left.delete(part.name);
    }
    await Promise.all(watchers);
    for (const log of logs.values()) log.end();
    await Promise.all([...logs.values()].map((log) => once(log, 'close')));
    logs.clear();
  }

  async function end(name: string): Promise<void> {
    const process_ = running.get(name);
    if (process_?.child.pid === undefined) return;
    // A frozen process does not hear SIGTERM.
    signalGroup(process_.child.pid, 'SIGTERM');
    signalGroup(process_.child.pid, 'SIGCONT');
    const grace = new AbortController();
    const late = sleep(STOP_GRACE_MS, 'late' as const, { signal: grace.signal }).catch(() => 'ended' as const);
    if ((await Promise.race([process_.ended, late])) === 'late') signalGroup(process_.child.pid, 'SIGKILL');
    grace.abort();
    await process_.ended;
  }

  /** Waits. False when stop was asked for meanwhile. */
  async function pause(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: stopping.signal }).catch(() => false);
  }

  function logOf(name: string): RotatingFileStream {
    const known = logs.get(name);
    if (known !== undefined) return known;
    const log = createStream(`${name}.log`, { path: options.logs, size: '10M', maxFiles: 3, mode: 0o600 });
    logs.set(name, log);
    return log;
  }
}

function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
}
