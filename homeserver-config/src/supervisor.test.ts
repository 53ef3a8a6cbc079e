import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { startTimeOf } from './processes.ts';
import { createSupervisor, type Part, type Supervisor, type SupervisorEvent } from './supervisor.ts';
import { testFolder } from './testing/folder.ts';

const started: Supervisor[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

/** A process that writes a file when it is up and then runs `body`. */
function part(folder: string, name: string, body: string, after: readonly string[] = []): Part {
  const up = join(folder, `${name}.up`);
  const script = `require('fs').appendFileSync(${JSON.stringify(up)}, 'x'); ${body}; setInterval(() => {}, 1000)`;
  return { name, command: [process.execPath, '-e', script], after, ready: async () => existsSync(up) };
}

function supervise(folder: string, parts: readonly Part[], more: { livenessMs?: number } = {}) {
  const events: SupervisorEvent[] = [];
  const options = {
    logs: join(folder, 'logs'),
    run: join(folder, 'run'),
    backOffMs: 20,
    readyTimeoutMs: 10_000,
    ...more,
  };
  const supervisor = createSupervisor(parts, { ...options, onEvent: (event) => events.push(event) });
  started.push(supervisor);
  return { supervisor, events };
}

it('starts a part when those it needs are ready, and leaves no process', async () => {
  const folder = testFolder();
  const { supervisor, events } = supervise(folder, [part(folder, 'b', '', ['a']), part(folder, 'a', '')]);
  await supervisor.start();
  expect(events.map((event) => [event.kind, event.part])).toEqual([
    ['ready', 'a'],
    ['ready', 'b'],
  ]);
  const pids = ['a', 'b'].map((name) => supervisor.pidOf(name) ?? 0);
  expect(pids.every((pid) => startTimeOf(pid) !== null)).toBe(true);
  await supervisor.stop();
  expect(pids.map(startTimeOf)).toEqual([null, null]);
});

it('takes what a part itself started with it, and one that ignores the polite signal or is frozen', async () => {
  const folder = testFolder();
  const grandchild = join(folder, 'grandchild.pid');
  const body = `const c = require('child_process').spawn('sleep', ['1000']); require('fs').writeFileSync(${JSON.stringify(grandchild)}, String(c.pid))`;
  const { supervisor } = supervise(folder, [part(folder, 'a', body), part(folder, 'frozen', '')]);
  await supervisor.start();
  await vi.waitFor(() => expect(existsSync(grandchild)).toBe(true));
  process.kill(supervisor.pidOf('frozen') ?? 0, 'SIGSTOP');
  const pids = [Number(readFileSync(grandchild, 'utf8')), supervisor.pidOf('frozen') ?? 0];
  await supervisor.stop();
  await vi.waitFor(() => expect(pids.map(startTimeOf)).toEqual([null, null]));
});

it('restarts what crashes, and waits longer each time', async () => {
  const folder = testFolder();
  const { supervisor, events } = supervise(folder, [part(folder, 'a', '')]);
  await supervisor.start();
  for (const crashes of [1, 2, 3]) {
    const pid = supervisor.pidOf('a') ?? 0;
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(events.filter((event) => event.kind === 'ready')).toHaveLength(crashes + 1), 10_000);
    expect(supervisor.pidOf('a')).not.toBe(pid);
  }
  const crashed = events.filter((event) => event.kind === 'crashed');
  expect(crashed.map((event) => event.retryMs)).toEqual([20, 40, 80]);
  expect(crashed[0]?.how).toBe('was ended by SIGKILL');
});

it('ends and restarts a part that runs but does not answer any more', async () => {
  const folder = testFolder();
  const script =
    "require('http').createServer((q, r) => r.end('ok')).listen(0, '127.0.0.1', function () { require('fs').writeFileSync(process.argv[1], String(this.address().port)) })";
  const file = join(folder, 'port');
  const answering: Part = {
    name: 'a',
    command: [process.execPath, '-e', script, file],
    after: [],
    ready: async () => {
      const port = readFileSync(file, 'utf8');
      return (await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(200) })).ok;
    },
  };
  const { supervisor, events } = supervise(folder, [answering], { livenessMs: 50 });
  await supervisor.start();
  const pid = supervisor.pidOf('a') ?? 0;
  process.kill(pid, 'SIGSTOP');
  await vi.waitFor(() => expect(events.filter((event) => event.kind === 'ready')).toHaveLength(2), 10_000);
  expect(events[1]).toMatchObject({ kind: 'crashed', how: 'ran but did not answer any more' });
  expect(startTimeOf(pid)).toBeNull();
});

it('refuses to be half alive: a part that does not start stops the others and names its log', async () => {
  const folder = testFolder();
  const broken: Part = {
    name: 'broken',
    command: [process.execPath, '-e', 'console.error("no such table"); process.exit(3)'],
    after: ['a'],
    ready: async () => false,
  };
  const { supervisor, events } = supervise(folder, [part(folder, 'a', ''), broken]);
  await expect(supervisor.start()).rejects.toThrow('broken ended with code 3');
  expect(events.some((event) => event.part === 'a' && event.kind === 'ready')).toBe(true);
  expect(supervisor.pidOf('a')).toBeNull();
  expect(readFileSync(join(folder, 'logs', 'broken.log'), 'utf8')).toContain('no such table');
  const missing: Part = { ...broken, command: ['/nonexistent/program'], after: [] };
  await expect(supervise(folder, [missing]).supervisor.start()).rejects.toThrow('broken ended with code');
});

it('ends what an earlier start left, and nothing that only has the same number', async () => {
  const folder = testFolder();
  const left = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  const innocent = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  const { supervisor, events } = supervise(folder, [part(folder, 'a', '')]);
  await supervisor.start();
  const mark = (pid: number, startTime: string) => JSON.stringify({ pid, startTime });
  const write = (name: string, text: string) => writeFileSync(join(folder, 'run', `${name}.json`), text);
  await supervisor.stop();
  write('left', mark(left.pid ?? 0, startTimeOf(left.pid ?? 0) ?? ''));
  write('innocent', mark(innocent.pid ?? 0, '1'));
  write('damaged', '{');
  const again = supervise(folder, [part(folder, 'b', '')]);
  await Promise.all([once(left, 'exit'), again.supervisor.start()]);
  expect(again.events[0]).toEqual({ kind: 'leftover', part: 'left' });
  expect(startTimeOf(innocent.pid ?? 0)).not.toBeNull();
  innocent.kill('SIGKILL');
  expect(events.filter((event) => event.kind === 'crashed')).toEqual([]);
});

it('leaves nothing when the supervisor itself is killed', async () => {
  const folder = testFolder();
  const script = `
    import { createSupervisor } from ${JSON.stringify(join(import.meta.dirname, 'supervisor.ts'))};
    const part = { name: 'a', command: ['/bin/sleep', '1000'], after: [], ready: async () => true };
    const supervisor = createSupervisor([part], { logs: ${JSON.stringify(join(folder, 'logs'))}, run: ${JSON.stringify(join(folder, 'run'))} });
    await supervisor.start();
    console.log(supervisor.pidOf('a'));`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = Number(String((await once(parent.stdout, 'data'))[0]));
  expect(startTimeOf(pid)).not.toBeNull();
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(startTimeOf(pid)).toBeNull(), 5_000);
});
