import type { Store } from './database.ts';
import type { Clock } from './environment.ts';
import type { Logger } from './logging.ts';
import type { Metrics } from './metrics.ts';
import { claim, type Job, type JobOutcome, LEASE_MS, renew, settle } from './queue.ts';

export type JobHandler = (job: Job, signal: AbortSignal) => Promise<JobOutcome>;

export type WorkerOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly handlers: ReadonlyMap<string, JobHandler>;
  /** The first wait after a failure; milliseconds. */
  readonly retryBaseMs: number;
  /** How often the table is looked at when nobody says that something came; milliseconds. */
  readonly pollMs: number;
};

export interface Worker {
  /** Something was enqueued in this process: look now. */
  nudge(): void;
  /** Takes no more jobs, waits for those at work, and after `graceMs` tells them to stop. */
  stop(graceMs: number): Promise<void>;
}

/** Jobs at work at once in one process. */
const CONCURRENCY = 8;

/** Runs the queue until it is stopped. A failing store is tried again at the next poll, for ever. */
export function startWorker(options: WorkerOptions): Worker {
  const { store, clock, log } = options;
  const atWork = new Map<Promise<void>, Job>();
  const abort = new AbortController();
  let stopping = false;
  let looking: Promise<void> | undefined;
  let again = false;
  const poll = setInterval(nudge, options.pollMs);
  const heartbeat = setInterval(keepLeases, LEASE_MS / 3);

  function nudge(): void {
    if (stopping) return;
    if (looking !== undefined) {
      again = true;
      return;
    }
    looking = look().finally(() => {
      looking = undefined;
      if (again) {
        again = false;
        nudge();
      }
    });
  }

  async function look(): Promise<void> {
    const free = CONCURRENCY - atWork.size;
    if (free === 0) return;
    try {
      const jobs = await claim(store, clock(), free);
      for (const job of jobs) {
        const work: Promise<void> = run(job).finally(() => {
          atWork.delete(work);
          nudge();
        });
        atWork.set(work, job);
      }
    } catch (error) {
      log.error({ err: error }, 'the queue cannot be read');
    }
  }

  async function keepLeases(): Promise<void> {
    try {
      await renew(store.db, clock(), atWork.values());
    } catch (error) {
      log.error({ err: error }, 'leases of jobs at work could not be renewed');
    }
  }

  async function run(job: Job): Promise<void> {
    const started = performance.now();
    const fields = { job: job.id, kind: job.kind, correlation: job.correlation, attempt: job.attempt };
    let outcome: JobOutcome;
    try {
      const handler = options.handlers.get(job.kind);
      // A slice that was switched off may be switched on again: its work waits.
      outcome = handler === undefined ? { retry: 'no-handler' } : await handler(job, abort.signal);
    } catch (error) {
      log.error({ ...fields, err: error }, 'a job failed unexpectedly');
      outcome = { retry: 'unexpected' };
    }
    try {
      const settled = await settle(store, clock, job, outcome, options.retryBaseMs);
      options.metrics.jobs.observe({ kind: job.kind, outcome: settled }, (performance.now() - started) / 1000);
      const code = 'retry' in outcome ? outcome.retry : 'drop' in outcome ? outcome.drop : undefined;
      if (settled === 'dead' || settled === 'dropped') log.warn({ ...fields, code, settled }, 'a job was given up');
      else log.debug({ ...fields, code, settled }, 'a job was run');
    } catch (error) {
      // Its lease runs out and it is run again: handlers are idempotent.
      log.error({ ...fields, err: error }, 'the end of a job could not be noted');
    }
  }

  nudge();
  return {
    nudge,
    async stop(graceMs) {
      stopping = true;
      clearInterval(poll);
      await looking;
      const timer = setTimeout(() => abort.abort(), graceMs);
      await Promise.all(atWork.keys());
      clearTimeout(timer);
      clearInterval(heartbeat);
    },
  };
}
