import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttp } from './http.ts';
import { type NotifierStore, openStore } from './store.ts';

const roomId = '!room' as RoomId;
const secret = 'A'.repeat(43);
let folder: string;
let store: NotifierStore;
let base: string;
let close: () => Promise<void>;
const logged: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'besace-notifier-'));
  store = await openStore(join(folder, 'db'), () => 1_000);
  await store.carryOut('$made' as EventId, roomId, {
    make: { name: 'ci', secret, by: '@claire:interieur.test' as UserId },
    end: null,
    say: [],
  });
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const app = createHttp({ store, logger, metrics: new Registry(), wake: () => {}, healthy: () => true });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  close = async () => {
    server.close();
    await store.close();
    rmSync(folder, { recursive: true });
  };
});
afterEach(() => close());

const post = (body: string, headers: Record<string, string> = {}, to = secret) =>
  fetch(`${base}/${to}`, { method: 'POST', body, headers: { 'content-type': 'text/plain', ...headers } });
const json = (value: unknown) => post(JSON.stringify(value), { 'content-type': 'application/json; charset=utf-8' });
const texts = async () => (await store.waiting()).map(({ text }) => text);

describe('a hook', () => {
  test('[NOTIFIER-4] takes text and JSON, on disk before the answer', async () => {
    expect((await post('Déploiement terminé')).status).toBe(202);
    expect((await json({ text: 'Échec', title: 'Intégration', url: 'https://example.org/1', more: 1 })).status).toBe(
      202,
    );
    expect(await texts()).toEqual(['Déploiement terminé', 'Intégration\nÉchec\nhttps://example.org/1']);
  });

  test.each([
    ['an empty text', () => post(' '), 400],
    ['JSON that is none', () => post('{', { 'content-type': 'application/json' }), 400],
    ['JSON of another shape', () => json({ text: 7 }), 400],
    ['JSON that is a list', () => json(['text']), 400],
    ['a link that runs', () => json({ text: 'x', url: 'javascript:alert(1)' }), 400],
    ['another type', () => post('<a/>', { 'content-type': 'text/html' }), 415],
    ['too many characters', () => post('é'.repeat(16_001)), 413],
    ['too many bytes', () => post('x'.repeat(33 * 1024)), 413],
    ['an unknown secret', () => post('x', {}, 'B'.repeat(43)), 404],
    ['a secret of another shape', () => post('x', {}, '..%2f..'), 404],
    ['a key that is too long', () => post('x', { 'idempotency-key': 'k'.repeat(256) }), 400],
  ])('[NOTIFIER-4] refuses %s and stores nothing', async (_what, send, status) => {
    expect((await send()).status).toBe(status);
    expect(await texts()).toEqual([]);
  });

  test('[NOTIFIER-3] that has ended answers 410', async () => {
    await store.carryOut('$ended' as EventId, roomId, { make: null, end: 'ci', say: [] });
    expect((await post('x')).status).toBe(410);
  });

  test('[NOTIFIER-6] takes a repeated key once', async () => {
    const first = await (await post('x', { 'idempotency-key': 'k' })).json();
    const second = await (await post('x', { 'idempotency-key': 'k' })).json();
    expect(second).toEqual(first);
    expect(await texts()).toEqual(['x']);
  });

  test('[NOTIFIER-7] takes at most 1,000 that wait', async () => {
    const hook = await store.hookBySecret(secret);
    if (hook === null) throw new Error('no hook');
    for (let index = 0; index < 1_000; index++) await store.accept(hook, { id: `d${index}`, text: 'x', key: null });
    const response = await post('x');
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '30']);
    await store.markHanded('d0');
    expect((await post('x')).status).toBe(202);
  });

  test('[NOTIFIER-8] a command is stored with its effects, or not at all', async () => {
    const effects = { make: null, end: null, say: [{ id: 'a', target: { kind: 'room', roomId }, text: 'x' } as const] };
    await store.carryOut('$c' as EventId, roomId, effects);
    await expect(store.carryOut('$c' as EventId, roomId, { ...effects, say: [] })).rejects.toThrow('UNIQUE');
    expect([await store.wasDone('$c' as EventId), await texts()]).toEqual([true, ['x']]);
  });

  test('[NOTIFIER-12] forgets what is done with, and keeps what waits', async () => {
    const done = (await (await post('fait')).json()) as { id: string };
    await post('attend');
    await store.markHanded(done.id);
    await store.prune(2_000);
    expect(await texts()).toEqual(['attend']);
    expect(await store.wasDone('$made' as EventId)).toBe(true);
  });

  test('[NOTIFIER-2] [NOTIFIER-10] leaves neither secret nor text in the logs, nor the text once handed over', async () => {
    const { id } = (await (await post('très secret')).json()) as { id: string };
    await store.markHanded(id);
    expect(await texts()).toEqual([]);
    expect(logged.join('')).toContain(id);
    expect(logged.join('')).not.toMatch(/très secret|AAAA/);
  });
});
