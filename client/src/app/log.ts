import { type App, type InjectionKey, inject, shallowReactive } from 'vue';

/** One line of what the page does: no content of people. */
export type LogEntry = { readonly at: number; readonly message: string; readonly detail: string };

export interface Log {
  write(message: string, detail?: unknown): void;
  /** The last 500 lines, reactive, for `?debug`. */
  readonly entries: readonly LogEntry[];
}

const kept = 500;
const logKey: InjectionKey<Log> = Symbol('log');

export function createLog(now: () => number = Date.now): Log {
  const entries: LogEntry[] = shallowReactive([]);
  return {
    entries,
    write(message, detail) {
      entries.push({ at: now(), message, detail: detail === undefined ? '' : JSON.stringify(detail) });
      if (entries.length > kept) entries.shift();
      // biome-ignore lint/suspicious/noConsole: the browser's own log is where a page's log lines go.
      globalThis.console.info(`besace: ${message}`, detail ?? '');
    },
  };
}

export function provideLog(app: App, log: Log): void {
  app.provide(logKey, log);
}

export function useLog(): Log {
  const log = inject(logKey);
  if (!log) throw new Error('useLog() outside of the app');
  return log;
}
