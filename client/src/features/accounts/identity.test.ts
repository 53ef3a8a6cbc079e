import type { Device, OutboxItem, VerificationState } from '@besace/matrix/api/types';
import { parseDeviceId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { describe, expect, it, vi } from 'vitest';
import { effectScope, ref } from 'vue';
import { type Watched, watched, watchedApi } from '../../testing/watchedApi.ts';
import { emojiName, emojiSymbols } from './emojiNames.ts';
import { useDeviceChange, useDevices } from './useDevices.ts';
import { useDisplayName } from './useDisplayName.ts';
import { useRecover } from './useRecover.ts';
import { useRecoverySetup } from './useRecoverySetup.ts';
import { useReset } from './useReset.ts';
import { useSignOut } from './useSignOut.ts';
import { useVerification } from './useVerification.ts';

const code = 'EsTK t7V7 bhpN yFUS VqEA 8Atp Sze4 JThi Y5TJ RKj3 NwsX 7pgy';
const setUpRecovery = async () => ok({ code });

describe('the recovery code', () => {
  it('[ENTRY-8] counts as kept only when three groups, asked at random, were typed back', async () => {
    const confirmRecoveryCode = vi.fn(async () => ok(undefined));
    const page = useRecoverySetup({
      api: watchedApi({ setUpRecovery, confirmRecoveryCode }),
      made: false,
      password: 'secret',
      random: () => 0.5,
    });
    await page.make();
    expect([page.step.value, page.groups.value.length]).toEqual(['show', 12]);
    page.ask();
    expect(new Set(page.asked.value).size).toBe(3);
    page.answers.value = ['aaaa', 'bbbb', 'cccc'];
    await page.confirm();
    expect([page.step.value, page.failure.value]).toEqual(['confirm', { code: 'wrong-recovery-code' }]);
    expect(confirmRecoveryCode).not.toHaveBeenCalled();
    page.answers.value = page.asked.value.map((number) => ` ${page.groups.value[number - 1]} `);
    await page.confirm();
    expect(page.step.value).toBe('done');
    expect(confirmRecoveryCode).toHaveBeenCalledWith(code);
  });

  it('asks for the password when it is not at hand, and again when it was wrong', async () => {
    const attempts = vi.fn(async ({ password }: { password: string }) =>
      password === 'right' ? ok({ code }) : err({ code: 'wrong-password' as const }),
    );
    const page = useRecoverySetup({ api: watchedApi({ setUpRecovery: attempts }), made: false, password: null });
    expect(page.step.value).toBe('password');
    page.password.value = 'wrong';
    await page.make();
    expect([page.step.value, page.failure.value]).toEqual(['password', { code: 'wrong-password' }]);
    page.password.value = 'right';
    await page.make();
    expect([page.step.value, page.password.value]).toEqual(['show', '']);
  });

  it('[ENTRY-9] is shown again without a password when it was made and not confirmed', async () => {
    const page = useRecoverySetup({ api: watchedApi({ setUpRecovery }), made: true, password: null });
    expect(page.step.value).toBe('making');
    await page.make();
    expect(page.step.value).toBe('show');
  });

  it('[ENTRY-10] unlocks a new device, and stays as typed when it is refused', async () => {
    const recover = vi.fn<Parameters<typeof useRecover>[0]['recover']>(async () =>
      err({ code: 'wrong-recovery-code' }),
    );
    const page = useRecover({ recover });
    page.code.value = ` ${code} `;
    expect(await page.submit()).toBe(false);
    expect([page.failure.value?.code, page.code.value]).toEqual(['wrong-recovery-code', ` ${code} `]);
    recover.mockResolvedValue(ok(undefined));
    expect(await page.submit()).toBe(true);
    expect(recover).toHaveBeenLastCalledWith(code);
    expect(page.code.value).toBe('');
  });
});

describe('verification by emoji', () => {
  it('[ENTRY-10] follows the session, answers it, and stops listening with its page', async () => {
    const states: Watched<VerificationState> = watched({ kind: 'none' } as VerificationState);
    const confirmEmoji = vi.fn(async () => ok(undefined));
    const cancelVerification = vi.fn(async () => err({ code: 'offline' as const }));
    const api = watchedApi({ watchVerification: states.watch, confirmEmoji, cancelVerification });
    const scope = effectScope();
    const page = scope.run(() => useVerification(api)) as ReturnType<typeof useVerification>;
    states.say({ kind: 'compare', emoji: [{ symbol: '🐶', name: 'Dog' }] });
    expect(page.state.value.kind).toBe('compare');
    await page.answer(false);
    expect(confirmEmoji).toHaveBeenCalledWith(false);
    await page.cancel();
    expect(page.failure.value).toEqual({ code: 'offline' });
    scope.stop();
    await vi.waitFor(() => expect(states.watchers()).toBe(0));
  });

  it('[ENTRY-10] has the 64 emoji of the specification, with their names', () => {
    expect(new Set(emojiSymbols).size).toBe(64);
    expect(emojiName({ symbol: '🐧', name: 'Penguin' }, 'fr')).toBe('Manchot');
    expect(emojiName({ symbol: '❤️', name: 'Heart' }, 'fr')).toBe('Cœur');
    expect(emojiName({ symbol: '👍', name: 'Thumbs Up' }, 'en')).toBe('Thumbs Up');
    expect(emojiName({ symbol: '🫠', name: 'Melting Face' }, 'fr')).toBe('Melting Face');
  });
});

describe('settings', () => {
  const device = (id: string, over: Partial<Device>): Device => {
    const deviceId = parseDeviceId(id);
    if (!deviceId.ok) throw new Error(id);
    return { deviceId: deviceId.value, name: id, verified: true, current: false, lastSeen: null, ...over };
  };

  it('[ENTRY-12] lists this device first, then the latest seen', async () => {
    const devices = [
      device('OLD', { lastSeen: 1 }),
      device('NEVER', {}),
      device('NEW', { lastSeen: 9 }),
      device('ME', { current: true }),
    ];
    const page = useDevices({ devices: async () => ok(devices) });
    await page.load();
    expect(page.list.value?.map(({ name }) => name)).toEqual(['ME', 'NEW', 'OLD', 'NEVER']);
  });

  it('[ENTRY-15] keeps what was typed when a change of a device is refused, and forgets the password once it served', async () => {
    const renameDevice = vi.fn(async () => err({ code: 'offline' as const }));
    const signOutDevices = vi.fn<Parameters<typeof useDeviceChange>[0]['signOutDevices']>(async () =>
      err({ code: 'wrong-password' }),
    );
    const page = useDeviceChange({ renameDevice, signOutDevices });
    expect(await page.rename(device('PHONE', {}), ' Mon téléphone ')).toBe(false);
    expect(renameDevice).toHaveBeenCalledWith('PHONE', 'Mon téléphone');
    expect(page.failure.value).toEqual({ code: 'offline' });
    const password = ref('secret');
    expect(await page.signOut([device('PHONE', {}), device('OLD', {})], password)).toBe(false);
    expect([page.failure.value, password.value]).toEqual([{ code: 'wrong-password' }, 'secret']);
    signOutDevices.mockResolvedValue(ok(undefined));
    expect(await page.signOut([device('PHONE', {})], password)).toBe(true);
    expect([page.failure.value, password.value]).toEqual([null, '']);
    expect(signOutDevices).toHaveBeenLastCalledWith({ devices: ['PHONE'], password: 'secret' });
  });

  it('[ENTRY-14] sets up again only who has understood, with the password, which is then forgotten', async () => {
    const resetIdentity = vi.fn<Parameters<typeof useReset>[0]['resetIdentity']>(async () =>
      err({ code: 'wrong-password' }),
    );
    const page = useReset({ resetIdentity }, false);
    page.password.value = 'secret';
    expect(await page.submit()).toBe(false);
    expect(resetIdentity).not.toHaveBeenCalled();
    page.understood.value = true;
    expect(await page.submit()).toBe(false);
    expect([page.failure.value, page.password.value]).toEqual([{ code: 'wrong-password' }, 'secret']);
    resetIdentity.mockResolvedValue(ok({ code }));
    expect(await page.submit()).toBe(true);
    expect(page.password.value).toBe('');
    expect(useReset({ resetIdentity }, true).understood.value).toBe(true);
  });

  it('keeps the devices shown when they cannot be read again', async () => {
    const devices = vi.fn<Parameters<typeof useDevices>[0]['devices']>(async () =>
      ok([device('ME', { current: true })]),
    );
    const page = useDevices({ devices });
    await page.load();
    devices.mockResolvedValue(err({ code: 'offline' }));
    await page.load();
    expect([page.list.value?.length, page.failure.value]).toEqual([1, { code: 'offline' }]);
  });

  it('[ENTRY-11] knows what would be lost by signing out, and passes on whether to drop it', async () => {
    const outbox: Watched<readonly OutboxItem[]> = watched([] as readonly OutboxItem[]);
    const signOut = vi.fn<Parameters<typeof useSignOut>[0]['signOut']>(async () =>
      err({ code: 'invalid', detail: 'waiting' }),
    );
    const scope = effectScope();
    const page = scope.run(() => useSignOut(watchedApi({ watchOutbox: outbox.watch, signOut }))) as ReturnType<
      typeof useSignOut
    >;
    outbox.say([{} as OutboxItem, {} as OutboxItem]);
    expect(page.waiting.value).toBe(2);
    expect(await page.here({ force: false })).toBe(false);
    expect(page.failure.value).toEqual({ code: 'invalid', detail: 'waiting' });
    signOut.mockResolvedValue(ok(undefined));
    expect(await page.here({ force: true })).toBe(true);
    expect(signOut).toHaveBeenLastCalledWith({ force: true });
    scope.stop();
  });

  it('saves a name only when it is one and another', async () => {
    const setDisplayName = vi.fn(async () => ok(undefined));
    const page = useDisplayName({ setDisplayName }, () => 'Camille Durand');
    expect(page.changed.value).toBe(false);
    page.name.value = '  ';
    expect(page.changed.value).toBe(false);
    page.name.value = ' Camille Durand-Petit ';
    expect(page.changed.value).toBe(true);
    expect(await page.save()).toBe(true);
    expect(setDisplayName).toHaveBeenCalledWith('Camille Durand-Petit');
  });
});
