import { describe, expect, it } from 'vitest';
import { BROKEN, type Fault, type FaultRule, GONE, NONSENSE, startFaultProxy } from '../harness/faultProxy.ts';
import { eventually } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';
import {
  findText,
  must,
  newDevice,
  newKnownPerson,
  newPerson,
  refusal,
  restart,
  room,
  signIn,
  until,
  watchTexts,
} from './device.ts';

const REFUSED: Fault = {
  kind: 'answer',
  status: 403,
  body: JSON.stringify({ errcode: 'M_FORBIDDEN', error: 'Not now' }),
};

describe('the recovery code', () => {
  it('[IDENTITY-1] [IDENTITY-2] is made once, must be typed back, and opens everything on a second device', async () => {
    const { device, account } = await newPerson('interieur', 'ada');
    await until('needs setup', () => device.status.identity.kind === 'needs-setup');
    const { code } = await must(device.api.setUpRecovery({ password: account.password }));
    expect(device.status.identity.kind).toBe('confirm-code');
    expect((await must(device.api.setUpRecovery({ password: account.password }))).code).toBe(code);
    expect(await refusal(device.api.confirmRecoveryCode('not it'))).toBe('wrong-recovery-code');
    await must(device.api.confirmRecoveryCode(code.slice(-9)));
    expect(device.status.identity.kind).toBe('ready');

    const roomId = await must(device.api.createConversation({ name: 'Projet', invite: [], direct: false }));
    await must(device.api.sendText(roomId, { text: 'écrit avant' }));
    const texts = await watchTexts(device, roomId);
    await until('sent', () => texts().includes('écrit avant'));

    const second = await newDevice();
    await must(signIn(second, account));
    await until('unverified', () => second.status.identity.kind === 'unverified');
    await until('listed', () => room(second, roomId) !== undefined);
    expect(room(second, roomId)?.name).not.toBe('Projet');
    const there = await watchTexts(second, roomId);
    expect(await refusal(second.api.recover('EsTo oooo'))).toBe('wrong-recovery-code');
    const stranger = await newKnownPerson('interieur', 'eve');
    expect(await refusal(second.api.recover(stranger.code))).toBe('wrong-recovery-code');
    expect(second.status.identity.kind).toBe('unverified');
    await must(second.api.recover(code));
    expect(second.status.identity.kind).toBe('ready');
    await findText(second, roomId, there, 'écrit avant');
    await until('name', () => room(second, roomId)?.name === 'Projet');
  });

  const steps: readonly (readonly [string, FaultRule])[] = [
    ['before the signing keys', on('/keys/device_signing/upload')],
    ['between the signing keys and their signatures', on('/keys/signatures/upload')],
    ['before secret storage', on('/account_data/m.secret_storage')],
    ['in the middle of secret storage', on('/account_data/m.cross_signing.user_signing')],
    [
      'before the key backup',
      (method, path) => (method === 'POST' && path.includes('/room_keys/version') ? GONE : null),
    ],
    ['before the backup key is stored', on('/account_data/m.megolm_backup.v1')],
  ];
  it.each(steps)('[IDENTITY-3] goes on with the same code when killed %s', async (_where, rule) => {
    const account = await sharedWorld().register('interieur', 'ada');
    const proxy = await startFaultProxy(account.clientUrl);
    const device = await newDevice();
    await must(signIn(device, account, proxy.url));
    const killed = Promise.withResolvers<void>();
    const heal = proxy.fault((method, path) => {
      const fault = rule(method, path);
      if (fault !== null) {
        device.kill();
        killed.resolve();
      }
      return fault;
    });
    void device.api.setUpRecovery({ password: account.password });
    await killed.promise;
    heal();

    const again = await restart(device);
    await must(again.api.restore());
    await until('online', () => again.status.connection.kind === 'online');
    await until('not done', () => again.status.identity.kind === 'needs-setup');
    const { code } = await must(again.api.setUpRecovery({ password: account.password }));
    const last = await restart(again);
    await must(last.api.restore());
    await until('to confirm', () => last.status.identity.kind === 'confirm-code');
    expect((await must(last.api.setUpRecovery({ password: account.password }))).code).toBe(code);
    await must(last.api.confirmRecoveryCode(code));
    expect(last.status.identity.kind).toBe('ready');
    const second = await newDevice();
    await must(signIn(second, account, proxy.url));
    await must(second.api.recover(code));
    expect(second.status.identity.kind).toBe('ready');
    for (const one of [last, second]) one.kill();
    await proxy.stop();
  });

  it('[IDENTITY-1] asks again for nothing that the sync brought, and for all of it where it brought nothing', async () => {
    const { account, code, device: first } = await newKnownPerson('interieur', 'ada');
    first.kill();
    const proxy = await startFaultProxy(account.clientUrl);
    const synced = await newDevice();
    await must(signIn(synced, account, proxy.url));
    await until('online', () => synced.status.connection.kind === 'online');
    await must(synced.api.recover(code));
    expect(synced.status.identity.kind).toBe('ready');
    expect(proxy.count('/account_data/')).toBe(0);

    const heal = proxy.fault(on('/sync'));
    const unsynced = await newDevice();
    await must(signIn(unsynced, account, proxy.url));
    await until('unverified', () => unsynced.status.identity.kind === 'unverified');
    await must(unsynced.api.recover(code));
    expect(unsynced.status.identity.kind).toBe('ready');
    expect(proxy.count('/account_data/')).toBeGreaterThan(0);
    heal();
    for (const device of [synced, unsynced]) device.kill();
    await proxy.stop();
  });

  it('[IDENTITY-4] is not ready when the server refuses the signature, and signs at the next try', async () => {
    const { account, code, device: first } = await newKnownPerson('interieur', 'ada');
    const proxy = await startFaultProxy(account.clientUrl);
    const device = await newDevice();
    const { deviceId } = await must(signIn(device, account, proxy.url));
    await until('online', () => device.status.connection.kind === 'online');
    const heal = proxy.fault((_method, path) => (path.includes('/keys/signatures/upload') ? REFUSED : null));
    expect(await refusal(device.api.recover(code))).toBe('forbidden');
    expect(device.status.identity.kind).toBe('unverified');
    heal();
    await must(device.api.recover(code));
    expect(device.status.identity.kind).toBe('ready');
    await eventually(async () => {
      const devices = await must(first.api.devices());
      return devices.some((one) => one.deviceId === deviceId && one.verified);
    });
    device.kill();
    await proxy.stop();
  });

  it('[IDENTITY-4] says what failed, and changes nothing, when the server does not answer', async () => {
    const { account, code, device: first } = await newKnownPerson('interieur', 'ada');
    first.kill();
    const proxy = await startFaultProxy(account.clientUrl);
    // What the sync brings is not asked for again: it has brought nothing yet.
    const healSync = proxy.fault(on('/sync'));
    const device = await newDevice();
    await must(signIn(device, account, proxy.url));
    await until('unverified', () => device.status.identity.kind === 'unverified');
    for (const [fault, expected] of [
      [BROKEN, 'server-failed'],
      [GONE, 'offline'],
      [NONSENSE, 'server-nonsense'],
    ] as const) {
      const heal = proxy.fault((_method, path) => (path.includes('/account_data/') ? fault : null));
      expect(await refusal(device.api.recover(code))).toBe(expected);
      expect(device.status.identity.kind).toBe('unverified');
      heal();
    }
    await must(device.api.recover(code));
    expect(device.status.identity.kind).toBe('ready');
    healSync();
    device.kill();
    await proxy.stop();
  });
});

function on(part: string): FaultRule {
  return (method, path) => (method !== 'GET' && decodeURIComponent(path).includes(part) ? GONE : null);
}
