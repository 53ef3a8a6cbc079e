import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

export type { Logger };

/**
 * One line of JSON an event, on standard output. What people write, their addresses, names, tokens and network addresses
 * never go in: callers pass codes, route patterns, figures and correlation ids. Errors are reduced to class, code and
 * stack, for a message may quote what it choked on.
 */
export function createLogger(level: Config['logLevel'], destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: { service: 'appservices' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** The frames of a stack without its first line, which is the message. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { type: error.name, code, stack: frames.slice(0, 12).map((line) => line.trim()) };
}
