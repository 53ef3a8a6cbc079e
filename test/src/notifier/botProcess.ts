import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@besace/homeserver-config/layout';

/** The notifier in a process of its own, which a test may kill. */
export type BotProcess = {
  readonly url: string;
  start(): void;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
};

/** Prepares a notifier in `folder`; its log is `folder/log`. */
export function botProcess(folder: string, config: { readonly port: number } & Record<string, unknown>): BotProcess {
  const { port, ...rest } = config;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'config.json');
  const url = `http://127.0.0.1:${port}`;
  const dataDir = join(folder, 'data');
  const listen = { host: '127.0.0.1', port };
  writeFileSync(file, JSON.stringify({ listen, publicUrl: `${url}/hook`, dataDir, logLevel: 'debug', ...rest }));
  let child: ChildProcess | null = null;
  return {
    url,
    start() {
      const env = { ...process.env, BESACE_NOTIFIER_CONFIG: file };
      child = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', join(ROOT, 'bots/notifier/src/main.ts')],
        {
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk: Buffer) => appendFileSync(join(folder, 'log'), chunk));
      }
    },
    async kill() {
      const dying = child;
      child = null;
      if (dying === null || dying.exitCode !== null) return;
      const gone = once(dying, 'exit');
      dying.kill('SIGKILL');
      await gone;
    },
  };
}
