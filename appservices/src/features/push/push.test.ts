import { createECDH } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type App, startApp } from '../../app.ts';
import { parseConfig } from '../../runtime/config.ts';
import { createLogger } from '../../runtime/logging.ts';
import { configJson } from '../../testing/config.ts';
import { claimsOf, type PushServiceDouble, type Subscription, startPushService } from '../../testing/pushService.ts';
import { push } from './index.ts';
import { endpointOf } from './plan.ts';

const pair = createECDH('prime256v1');
const publicKey = pair.generateKeys('base64url', 'uncompressed');
const privateKey = Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()])
  .subarray(-32)
  .toString('base64url');

let folder: string;
let service: PushServiceDouble;
let gateway: App;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'besace-gateway-'));
  service = await startPushService();
  gateway = await start({ services: [service.host, 'push.example.test'], caFile: service.caFile });
});
beforeEach(() => {
  service.pushed.length = 0;
  service.answer(201);
});
afterAll(async () => {
  await gateway?.stop();
  await service?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(parts: object | null): Promise<App> {
  const options = parts && { vapid: { publicKey, privateKey }, subject: 'mailto:besace@besace.test', ...parts };
  const config = parseConfig({ ...configJson(mkdtempSync(join(folder, 'app-'))), push: options });
  return startApp({ config, slices: [push], log: createLogger('silent') });
}

async function notify(notification: object, to = gateway) {
  const response = await fetch(`${to.url}/_matrix/push/v1/notify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ notification }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as { rejected?: string[] },
  };
}

function device(subscription: Subscription, over: object = {}) {
  const { endpoint, p256dh, auth } = subscription;
  return {
    app_id: 'fr.besace.web.interieur',
    pushkey: p256dh,
    data: { format: 'event_id_only', endpoint, auth },
    ...over,
  };
}
const event = { event_id: '$event', room_id: '!room', prio: 'high', counts: { unread: 3 } };

describe('the push gateway', () => {
  it('[PUSH-1] [PUSH-2] gives the browser the ids, and the push service ciphertext of one length, signed', async () => {
    const first = service.subscribe();
    const second = service.subscribe();
    const secret = { content: { body: 'PLAINTEXT' }, sender_display_name: 'PLAINTEXT', room_name: 'PLAINTEXT' };
    const one = await notify({ ...event, ...secret, devices: [device(first)] });
    const two = await notify({ ...event, event_id: `$${'long'.repeat(30)}`, devices: [device(second)] });
    expect([one, two].map(({ status, body }) => [status, body])).toEqual([
      [200, { rejected: [] }],
      [200, { rejected: [] }],
    ]);
    const [a, b] = service.pushed;
    expect(a?.path).toBe(new URL(first.endpoint).pathname);
    expect(JSON.parse(first.open(a?.body ?? Buffer.alloc(0)))).toEqual({ room_id: '!room', event_id: '$event' });
    expect(a?.body.length).toBe(b?.body.length);
    expect(() => second.open(a?.body ?? Buffer.alloc(0))).toThrow();
    expect(a?.headers).toMatchObject({ 'content-encoding': 'aes128gcm', urgency: 'high', ttl: '86400' });
    const claims = claimsOf(a?.headers.authorization, publicKey);
    expect(claims).toMatchObject({ aud: `https://${service.host}`, sub: 'mailto:besace@besace.test' });
    expect(Number(claims?.exp) * 1000).toBeGreaterThan(Date.now());
  });

  it('[PUSH-4] names the devices that are no more, and those that never were', async () => {
    const good = service.subscribe();
    for (const status of [404, 410]) {
      service.answer(status);
      expect(await notify({ ...event, devices: [device(good)] })).toMatchObject({
        status: 200,
        body: { rejected: [good.p256dh] },
      });
    }
    service.answer(201);
    const wrong = [
      device(good, { app_id: 'fr.besace.web.nowhere' }),
      device(good, { app_id: 'org.other' }),
      device(good, { data: null }),
      device(good, { data: { endpoint: good.endpoint, auth: 'short' } }),
      device(good, { pushkey: 'no-point' }),
      // The right shape, and no point of the curve.
      device(good, { pushkey: `B${'A'.repeat(86)}` }),
      ...['http://localhost/push', 'https://evil.test/', 'https://127.0.0.1:8008/'].map((endpoint) =>
        device(good, { data: { endpoint, auth: good.auth } }),
      ),
    ];
    const answer = await notify({ ...event, devices: wrong });
    expect(answer.body.rejected).toHaveLength(wrong.length);
    expect(service.pushed).toHaveLength(2);
  });

  it('[PUSH-4] forgets nobody for what the installation did wrong', async () => {
    const good = service.subscribe();
    for (const status of [400, 401, 403, 413, 500]) {
      service.answer(status);
      expect([status, (await notify({ ...event, devices: [device(good)] })).status]).toEqual([status, 502]);
    }
    const other = createECDH('prime256v1').generateKeys('base64url', 'uncompressed');
    for (const wrong of [
      { publicKey: other, privateKey },
      { publicKey, privateKey: 'A'.repeat(43) },
    ]) {
      await expect(start({ services: [service.host], vapid: wrong })).rejects.toThrow('push.vapid');
    }
  });

  it('[PUSH-3] [PUSH-4] follows no redirect, and lets the homeserver come again where there was no answer', async () => {
    const good = service.subscribe();
    service.answer(307, { location: 'https://127.0.0.1:1/secret' });
    expect((await notify({ ...event, devices: [device(good)] })).status).toBe(502);
    service.answer(429);
    const limited = await notify({ ...event, devices: [device(good)] });
    expect(limited.status).toBe(502);
    expect(limited.headers.get('retry-after')).toBe('5');
    const away = { endpoint: 'https://push.example.test/gone', auth: good.auth };
    expect((await notify({ ...event, devices: [device(good, { data: away })] })).status).toBe(502);
  });

  it('[PUSH-5] wakes nobody for counts alone', async () => {
    const answer = await notify({ counts: { unread: 0 }, devices: [device(service.subscribe())] });
    expect(answer).toMatchObject({ status: 200, body: { rejected: [] } });
    expect(service.pushed).toHaveLength(0);
  });

  it('[PUSH-1] refuses what is not of the shape, and more than it should be asked', async () => {
    for (const wrong of [
      {},
      { devices: 3 },
      { devices: [{}] },
      { ...event, devices: Array(11).fill(device(service.subscribe())) },
    ]) {
      expect((await notify(wrong)).status).toBe(400);
    }
    expect((await notify({ ...event, devices: [device(service.subscribe())], more: 'x'.repeat(20_000) })).status).toBe(
      413,
    );
  });

  it('[PUSH-6] a device is not woken without end', async () => {
    const one = device(service.subscribe());
    const answers = [];
    for (let times = 0; times < 7; times += 1)
      answers.push((await notify({ ...event, devices: Array(10).fill(one) })).status);
    expect(answers.slice(0, 6)).toEqual(Array(6).fill(200));
    expect(answers[6]).toBe(429);
  });

  it('[PUSH-7] is not there without keys', async () => {
    const without = await start(null);
    expect((await notify({ ...event, devices: [] }, without)).status).toBe(404);
    await without.stop();
  });
});

describe('whom the gateway speaks to', () => {
  const services = ['fcm.googleapis.com', '*.push.services.mozilla.com', 'localhost:8443'];

  it('[PUSH-3] push services of the list only, by HTTPS, at their port', () => {
    for (const good of [
      'https://fcm.googleapis.com/fcm/send/x',
      'https://FCM.googleapis.com:443/x',
      'https://updates.push.services.mozilla.com/wpush/v2/x',
      'https://localhost:8443/x',
    ]) {
      expect([good, endpointOf(good, services)?.href !== undefined]).toEqual([good, true]);
    }
    for (const bad of [
      'http://fcm.googleapis.com/',
      'https://fcm.googleapis.com:8443/',
      'https://fcm.googleapis.com.evil.test/',
      'https://evil.test/fcm.googleapis.com',
      'https://fcm.googleapis.com@evil.test/',
      'https://user:secret@fcm.googleapis.com/',
      'https://push.services.mozilla.com/',
      'https://evilpush.services.mozilla.com.test/',
      'https://localhost/x',
      'https://[::1]/',
      'file:///etc/passwd',
      '',
    ]) {
      expect([bad, endpointOf(bad, services)]).toEqual([bad, null]);
    }
  });

  it('[PUSH-3] whatever is given as an address', () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['http', 'https', 'ftp'], withQueryParameters: true }), (text) => {
        expect(endpointOf(text, services)).toBeNull();
      }),
    );
  });
});
