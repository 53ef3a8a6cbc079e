import type { ChangedIdentity } from '@besace/matrix/api/types';
import { describe, expect, it } from 'vitest';
import { type Fault, type FaultRule, GONE, startFaultProxy } from '../harness/faultProxy.ts';
import {
  type Device,
  findText,
  must,
  newDevice,
  newKnownPerson,
  refusal,
  restart,
  room,
  signIn,
  until,
  watchTexts,
} from './device.ts';

const LOST: Fault = { kind: 'lose-answer' };

describe('setting everything up again', () => {
  it('[IDENTITY-5] [DEVICE-2] makes new keys behind a new code; what this device reads stays readable, and others see it', async () => {
    const ada = await newKnownPerson('interieur', 'ada');
    const bob = await newKnownPerson('culture', 'bob');
    const changed = await watchChanged(bob.device);
    const roomId = await must(
      ada.device.api.createConversation({ name: 'Avant', invite: [bob.userId], direct: false }),
    );
    await must(ada.device.api.sendText(roomId, { text: 'écrit avant' }));
    await until('invited', () => room(bob.device, roomId)?.membership === 'invite');
    await must(bob.device.api.join(roomId));
    const seen = await watchTexts(bob.device, roomId);
    await until('bob reads', () => seen().includes('écrit avant'));

    expect(await refusal(ada.device.api.resetIdentity({ password: 'not it' }))).toBe('wrong-password');
    expect(ada.device.status.identity.kind).toBe('ready');
    const { code } = await must(ada.device.api.resetIdentity({ password: ada.account.password }));
    expect(code).not.toBe(ada.code);
    expect(ada.device.status.identity.kind).toBe('confirm-code');
    await must(ada.device.api.confirmRecoveryCode(code));
    expect(ada.device.status.identity.kind).toBe('ready');

    const second = await newDevice();
    await must(signIn(second, ada.account));
    await until('unverified', () => second.status.identity.kind === 'unverified');
    expect(await refusal(second.api.recover(ada.code))).toBe('wrong-recovery-code');
    await must(second.api.recover(code));
    expect(second.status.identity.kind).toBe('ready');
    const there = await watchTexts(second, roomId);
    await findText(second, roomId, there, 'écrit avant');

    // Bob is told, and it stays told after a restart; both go on writing.
    await until('bob is told', () => changed().some(({ userId }) => userId === ada.userId));
    await must(second.api.sendText(roomId, { text: 'écrit après' }));
    await until('bob reads on', () => seen().includes('écrit après'), 40_000);
    const again = await restart(bob.device);
    const told = await watchChanged(again);
    await must(again.api.restore());
    await until('still told', () => told().some(({ userId }) => userId === ada.userId));
    await must(again.api.acceptIdentity(ada.userId));
    expect(told()).toEqual([]);
    expect(await refusal(again.api.acceptIdentity(ada.userId))).toBe('not-found');
    for (const device of [second, again, ada.device]) await device.end();
  });

  const steps: readonly (readonly [string, FaultRule])[] = [
    ['before the password is tried', on('/delete_devices')],
    ['before the new signing keys', on('/keys/device_signing/upload')],
    ['when the server took the new signing keys', on('/keys/device_signing/upload', LOST)],
    ['before this device is signed', on('/keys/signatures/upload')],
    ['when this device was signed', on('/keys/signatures/upload', LOST)],
    ['before secret storage', on('/account_data/m.secret_storage.key')],
    ['in the middle of secret storage', on('/account_data/m.cross_signing.user_signing')],
    ['before the old backup is removed', (method, path) => (method === 'DELETE' && isBackup(path) ? GONE : null)],
    ['between the old backup and the new', (method, path) => (method === 'POST' && isBackup(path) ? GONE : null)],
    ['before the backup key is stored', on('/account_data/m.megolm_backup.v1')],
  ];
  it.each(steps)('[IDENTITY-5] goes on, or has changed nothing, when killed %s', async (_where, rule) => {
    const { account, code: oldCode, device: first } = await newKnownPerson('interieur', 'ada');
    first.kill();
    const proxy = await startFaultProxy(account.clientUrl);
    const device = await newDevice();
    await must(signIn(device, account, proxy.url));
    await until('unverified', () => device.status.identity.kind === 'unverified');
    const killed = Promise.withResolvers<void>();
    const heal = proxy.fault((method, path) => {
      const fault = rule(method, path);
      if (fault !== null) {
        device.kill();
        killed.resolve();
      }
      return fault;
    });
    void device.api.resetIdentity({ password: account.password });
    await killed.promise;
    heal();

    const again = await restart(device);
    await must(again.api.restore());
    await until('online', () => again.status.connection.kind === 'online');
    await until('where it stands', () => ['unverified', 'resetting'].includes(again.status.identity.kind));
    const { code } = await must(again.api.resetIdentity({ password: account.password }));
    const last = await restart(again);
    await must(last.api.restore());
    await until('to confirm', () => last.status.identity.kind === 'confirm-code');
    await must(last.api.confirmRecoveryCode(code));
    expect(last.status.identity.kind).toBe('ready');
    const second = await newDevice();
    await must(signIn(second, account, proxy.url));
    expect(await refusal(second.api.recover(oldCode))).toBe('wrong-recovery-code');
    await must(second.api.recover(code));
    expect(second.status.identity.kind).toBe('ready');
    for (const one of [last, second]) one.kill();
    await proxy.stop();
  });

  it('[IDENTITY-5] is forgotten when it broke off early and the old code was found again', async () => {
    const { account, code, device } = await newKnownPerson('interieur', 'ada');
    const proxy = await startFaultProxy(account.clientUrl);
    const second = await newDevice();
    await must(signIn(second, account, proxy.url));
    await until('unverified', () => second.status.identity.kind === 'unverified');
    const heal = proxy.fault(on('/keys/device_signing/upload'));
    expect(await refusal(second.api.resetIdentity({ password: account.password }))).toBe('offline');
    heal();
    expect(second.status.identity.kind).toBe('resetting');
    await must(second.api.recover(code));
    await until('ready', () => second.status.identity.kind === 'ready');
    expect(device.status.identity.kind).toBe('ready');
    await proxy.stop();
    for (const one of [device, second]) await one.end();
  });

  it('[IDENTITY-5] is forgotten on a device when another was quicker, which then counts', async () => {
    const { account, device: first } = await newKnownPerson('interieur', 'ada');
    const proxy = await startFaultProxy(account.clientUrl);
    const second = await newDevice();
    await must(signIn(second, account, proxy.url));
    await until('unverified', () => second.status.identity.kind === 'unverified');
    const heal = proxy.fault(on('/keys/device_signing/upload'));
    expect(await refusal(second.api.resetIdentity({ password: account.password }))).toBe('offline');
    heal();
    const { code } = await must(first.api.resetIdentity({ password: account.password }));
    await must(first.api.confirmRecoveryCode(code));
    await until('gives way', () => second.status.identity.kind === 'unverified');
    await must(second.api.recover(code));
    expect([first.status.identity.kind, second.status.identity.kind]).toEqual(['ready', 'ready']);
    await proxy.stop();
    for (const one of [first, second]) await one.end();
  });
});

async function watchChanged(device: Device): Promise<() => readonly ChangedIdentity[]> {
  let people: readonly ChangedIdentity[] = [];
  await device.api.watchChangedIdentities((next) => {
    people = next;
  });
  return () => people;
}

function on(part: string, fault: Fault = GONE): FaultRule {
  return (method, path) => (method !== 'GET' && decodeURIComponent(path).includes(part) ? fault : null);
}

function isBackup(path: string): boolean {
  return path.includes('/room_keys/version');
}
