import type { Clock, LogFields, Logger, Random } from './platform.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogLine = { readonly level: LogLevel; readonly event: string } & LogFields;

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** The machine's clock and timers. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}

/** The machine's secure randomness. */
export function systemRandom(): Random {
  return {
    bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    fraction: () => Math.random(),
  };
}

/** A logger that hands lines of at least `level` to `write`. */
export function createLogger(level: LogLevel, write: (line: LogLine) => void): Logger {
  const log =
    (at: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (ORDER.indexOf(at) >= ORDER.indexOf(level)) write({ ...fields, level: at, event });
    };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}
