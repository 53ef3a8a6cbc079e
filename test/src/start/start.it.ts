import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '@besace/homeserver-config/layout';
import { freePorts } from '@besace/homeserver-config/ports';
import { startTimeOf } from '@besace/homeserver-config/processes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../harness/http.ts';

// What a person types, on an empty data folder: every part, built client included.
const data = mkdtempSync(join(tmpdir(), 'besace-start-'));
const READY_MS = 170_000;
let environment: Record<string, string>;
let front: string;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  await choosePorts();
  // As in a fresh clone: the client is built while the rest is made ready.
  rmSync(join(ROOT, 'client', 'dist'), { recursive: true, force: true });
});
afterAll(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(data, { recursive: true, force: true });
});

it('starts everything, says where it is, and is found healthy', { timeout: 2 * READY_MS }, async () => {
  const besace = await started();
  expect(besace.output()).toContain(`Besace                 ${front}`);
  for (const part of ['gateway', 'homeserver-interieur', 'homeserver-culture', 'homeserver-externes', 'web-front']) {
    expect(besace.output()).toMatch(new RegExp(`✓ ${part} +[0-9.]+ s`));
  }
  expect(await (await fetch(front)).text()).toContain('<!doctype html>');

  const doctor = run('doctor');
  expect(await doctor.ended, doctor.output()).toBe(0);
  expect(doctor.output()).toContain('✓ federation         externes → culture');
  expect(doctor.output()).toContain('No fault found.');

  const second = run('start');
  expect(await second.ended).toBe(1);
  expect(second.output()).toMatch(/Besace runs already \(process \d+\)\. Stop that one with Ctrl-C\.\n$/);

  const pids = marks();
  besace.child.kill('SIGINT');
  expect(await besace.ended).toBe(0);
  expect(besace.output()).toContain('Everything is stopped.');
  expect(pids.map(startTimeOf).every((time) => time === null)).toBe(true);
});

it('starts again on the same data, at other ports, and leaves nothing when it is killed', {
  timeout: 2 * READY_MS,
}, async () => {
  const key = () => readFileSync(join(data, 'homeservers', 'culture', 'signing.key'), 'utf8');
  const before = key();
  await choosePorts();
  const besace = await started();
  expect(key()).toBe(before);
  const pids = marks();
  expect(pids.length).toBeGreaterThan(5);
  besace.child.kill('SIGKILL');
  await besace.ended;
  await eventually(async () => pids.map(startTimeOf).every((time) => time === null));
});

it('says in one line that a port is busy, and starts nothing', async () => {
  const server = (await import('node:http')).createServer();
  server.listen(Number(new URL(front).port), '127.0.0.1');
  await once(server, 'listening');
  const besace = run('start');
  expect(await besace.ended).toBe(1);
  expect(besace.output()).toMatch(/Besace: in use by another program: port \d+ \(front\)\. Stop it .*\n$/);
  expect(marks()).toEqual([]);
  server.close();
});

it('asks before it deletes, and does not take silence for a yes', async () => {
  const besace = run('start', '--fresh');
  expect(await besace.ended).toBe(1);
  expect(besace.output()).toContain('Add --yes.');
  expect(readdirSync(data)).toContain('homeservers');
});

async function choosePorts(): Promise<void> {
  const ports = await freePorts(['interieur', 'culture', 'externes']);
  front = `http://localhost:${ports.front}`;
  environment = { BESACE_DATA: data, BESACE_PORT_BASE: String(ports.front) };
}

async function started() {
  const besace = run('start');
  const seen = eventually(async () => besace.output().includes('Besace is ready'), READY_MS);
  const early = besace.ended.then((code) => Promise.reject(new Error(`ended with ${code}:\n${besace.output()}`)));
  early.catch(() => {});
  await Promise.race([seen, early]);
  return besace;
}

function run(script: 'start' | 'doctor', ...args: string[]) {
  const entry = join(ROOT, 'scripts', `${script}.ts`);
  const child = spawn(process.execPath, [entry, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  return { child, ended, output: () => text };
}

/** The processes that run now by their pid files. */
function marks(): number[] {
  return readdirSync(join(data, 'run'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => (JSON.parse(readFileSync(join(data, 'run', name), 'utf8')) as { pid: number }).pid)
    .filter((pid) => startTimeOf(pid) !== null);
}
