import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The figures of one process, in a registry of its own so that a test can start several. */
export type Metrics = {
  readonly registry: Registry;
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly jobs: Histogram<'kind' | 'outcome'>;
  readonly queued: Gauge<'state'>;
  readonly transactions: Counter<'organisation' | 'outcome'>;
  readonly limited: Counter<'limit'>;
};

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Histogram({
      name: 'besace_http_request_seconds',
      help: 'Time to answer a request, by route pattern',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    jobs: new Histogram({
      name: 'besace_job_seconds',
      help: 'Time to run one queued job, by kind and outcome (done, retry, dropped)',
      labelNames: ['kind', 'outcome'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
      registers,
    }),
    queued: new Gauge({
      name: 'besace_jobs_queued',
      help: 'Jobs in the queue table: waiting, or dead and kept for an operator',
      labelNames: ['state'],
      registers,
    }),
    transactions: new Counter({
      name: 'besace_transactions_total',
      help: 'Transactions pushed by a homeserver (stored, duplicate, refused)',
      labelNames: ['organisation', 'outcome'],
      registers,
    }),
    limited: new Counter({
      name: 'besace_rate_limited_total',
      help: 'Requests refused because they came too often',
      labelNames: ['limit'],
      registers,
    }),
  };
}
