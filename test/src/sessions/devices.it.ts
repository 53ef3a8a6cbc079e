import type { KeyRestore } from '@besace/matrix/api/types';
import type { DeviceId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import type { WorldAccount } from '../harness/connect.ts';
import { GONE, startFaultProxy } from '../harness/faultProxy.ts';
import { eventually } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';
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

describe('the devices of a person', () => {
  it('[DEVICE-1] [VERIFY-3] are named, verified from the list, and signed out with the password', async () => {
    const { device, account } = await newKnownPerson('interieur', 'ada');
    const second = await newDevice();
    const { deviceId } = await must(signIn(second, account));
    await until('unverified', () => second.status.identity.kind === 'unverified');
    await must(device.api.renameDevice(deviceId, ' Téléphone '));
    expect(await listed(device, deviceId)).toMatchObject({ name: 'Téléphone', verified: false, current: false });
    expect(await refusal(device.api.renameDevice(deviceId, ' '))).toBe('invalid');

    await must(device.api.requestVerification(deviceId));
    await until('asked', () => second.verification.kind === 'requested' && !second.verification.byMe);
    await must(second.api.acceptVerification());
    await until('compare', () => device.verification.kind === 'compare' && second.verification.kind === 'compare');
    for (const one of [device, second]) await must(one.api.confirmEmoji(true));
    await until('ready', () => second.status.identity.kind === 'ready');
    expect(await listed(device, deviceId)).toMatchObject({ verified: true });

    const { password } = account;
    const own = device.status.account?.deviceId;
    if (own === undefined) throw new Error('nobody is signed in');
    expect(await refusal(device.api.signOutDevices({ devices: [deviceId], password: 'not it' }))).toBe(
      'wrong-password',
    );
    for (const devices of [[], [own], [own, deviceId]])
      expect(await refusal(device.api.signOutDevices({ devices, password }))).toBe('invalid');
    expect(await listed(device, deviceId)).toBeDefined();
    await must(device.api.signOutDevices({ devices: [deviceId], password }));
    expect(await listed(device, deviceId)).toBeUndefined();
    await until('signed out', () => {
      const { connection } = second.status;
      return connection.kind === 'offline' && connection.error.code === 'signed-out';
    });
    for (const one of [device, second]) await one.end();
  });

  it('[IDENTITY-7] [SESSION-9] may all be off: the next one reads what was written meanwhile', async () => {
    const alice = await newKnownPerson('interieur', 'alice');
    const bob = await newKnownPerson('culture', 'bob');
    const roomId = await must(
      alice.device.api.createConversation({ name: 'Absence', invite: [bob.userId], direct: false }),
    );
    await until('invited', () => room(bob.device, roomId)?.membership === 'invite');
    await must(bob.device.api.join(roomId));
    const sent = await watchTexts(alice.device, roomId);
    await must(bob.device.api.signOut({ force: true }));
    await must(alice.device.api.sendText(roomId, { text: 'pendant son absence' }));
    await until('sent', () => sent().includes('pendant son absence'));

    for (const name of ['the next', 'the one after']) {
      const next = await newDevice();
      await must(signIn(next, bob.account));
      await must(next.api.recover(bob.code));
      await until('room', () => room(next, roomId)?.membership === 'join');
      const there = await watchTexts(next, roomId);
      await findText(next, roomId, there, 'pendant son absence');
      if (name === 'the one after') await findText(next, roomId, there, 'puis encore');
      await must(next.api.signOut({ force: true }));
      await must(alice.device.api.sendText(roomId, { text: 'puis encore' }));
      await until('sent', () => sent().includes('puis encore'));
    }
    await alice.device.end();
  });

  it('[CRYPTO-7] give one another what the backup does not have', async () => {
    const alice = await newKnownPerson('interieur', 'alice');
    const account = await sharedWorld().register('interieur', 'bob');
    const proxy = await startFaultProxy(account.clientUrl);
    const first = await newDevice();
    const { userId } = await must(signIn(first, account, proxy.url));
    const { code } = await must(first.api.setUpRecovery({ password: account.password }));
    await must(first.api.confirmRecoveryCode(code));
    // Nothing of his reaches the backup any more.
    const heal = proxy.fault((method, path) => (method === 'PUT' && path.includes('/room_keys/keys') ? GONE : null));
    const roomId = await must(alice.device.api.createConversation({ name: 'Clé', invite: [userId], direct: false }));
    await until('invited', () => room(first, roomId)?.membership === 'invite');
    await must(first.api.join(roomId));
    await must(alice.device.api.sendText(roomId, { text: 'pour un seul appareil' }));
    const here = await watchTexts(first, roomId);
    await until('read', () => here().includes('pour un seul appareil'));
    const second = await newDevice();
    await must(signIn(second, account));
    const there = await watchTexts(second, roomId);
    await until('locked', () => there().includes('locked:waiting-for-key'));
    await must(second.api.recover(code));
    await until('given', () => there().includes('pour un seul appareil'), 60_000);
    heal();
    await proxy.stop();
    for (const device of [alice.device, first, second]) await device.end();
  });

  it('[IDENTITY-6] bring the key backup back with its progress, and go on with it after a kill', async () => {
    const { device, account, code } = await newKnownPerson('interieur', 'ada');
    const roomId = await must(device.api.createConversation({ name: 'Gardé', invite: [], direct: false }));
    await must(device.api.sendText(roomId, { text: 'gardé' }));
    // The keys must be in the backup before it is asked for: that another device reads proves nothing, since it may have them from the dehydrated
    // device, or from this one.
    await eventually(() => isKeyKept(account));
    const proxy = await startFaultProxy(account.clientUrl);
    const keys = () => proxy.count('/room_keys/keys?');
    const second = await newDevice();
    await must(signIn(second, account, proxy.url));
    await until('unverified', () => second.status.identity.kind === 'unverified');

    const heal = proxy.fault((method, path) => (method === 'GET' && path.includes('/room_keys/keys') ? GONE : null));
    await must(second.api.recover(code));
    await until('broken off', () => keys() > 0);
    // Killed before the network is back: what was under way does not end after all.
    const again = await restart(second);
    heal();
    const progress: KeyRestore[] = [];
    await again.api.watchStatus(({ keyRestore }) => {
      if (keyRestore !== null) progress.push(keyRestore);
    });
    await must(again.api.restore());
    await until('all of them', () => progress.some(({ done, total }) => done === total && total > 0));
    await until('told to be over', () => again.status.keyRestore === null);
    await proxy.stop();
    for (const one of [device, again]) await one.end();
  });
});

/** The backup of the account holds a key. */
async function isKeyKept({ clientUrl, accessToken }: WorldAccount): Promise<boolean> {
  const response = await fetch(`${clientUrl}/_matrix/client/v3/room_keys/version`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const version: unknown = response.ok ? await response.json() : null;
  return typeof version === 'object' && version !== null && 'count' in version && Number(version.count) > 0;
}

async function listed(device: Device, deviceId: DeviceId) {
  return (await must(device.api.devices())).find((one) => one.deviceId === deviceId);
}
