import { err, ok } from '@besace/protocol/core/result';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope } from 'vue';
import type { Config } from '../../app/config.ts';
import { testAccount, watchedApi } from '../../testing/watchedApi.ts';
import type { AccountsClient, Belonging } from './accountsClient.ts';
import { createJustTyped } from './justTyped.ts';
import { passwordStrength } from './passwordStrength.ts';
import { useFinishSignUp } from './useFinishSignUp.ts';
import { useSignIn } from './useSignIn.ts';
import { useSignUp } from './useSignUp.ts';

const label = { fr: 'Ministère de l’Intérieur', en: 'Ministry of the Interior' };
const config: Config = {
  organisations: [
    { id: 'interieur', serverName: 'interieur.test', homeserver: '/hs/interieur', outsiders: false, label },
  ],
  accounts: '/api/accounts',
  directory: '/api/directory',
  push: null,
  mailbox: null,
};
const belonging = (localpart: string): Belonging => ({
  organisation: 'interieur',
  serverName: 'interieur.test',
  homeserver: '/hs/interieur',
  label,
  outsider: false,
  localpart,
});
const loadConfig = async () => ok(config);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('asking for a sign-up link', () => {
  const signUp = (accounts: Partial<AccountsClient>) => {
    const scope = effectScope();
    const parts = { accounts: accounts as AccountsClient, locale: () => 'fr' };
    return scope.run(() => useSignUp(parts)) as ReturnType<typeof useSignUp>;
  };

  it('[ENTRY-1] shows where the address belongs, a moment after the last key', async () => {
    const belongingOf = vi.fn(async () => ok(belonging('camille')));
    const { address, belonging: shown } = signUp({ belongingOf });
    address.value = 'camille@interieur';
    await vi.advanceTimersByTimeAsync(1000);
    expect(belongingOf).not.toHaveBeenCalled();
    address.value = 'camille@interieur.gouv';
    address.value = 'camille@interieur.gouv.fr';
    await vi.advanceTimersByTimeAsync(300);
    expect(belongingOf.mock.calls).toEqual([['camille@interieur.gouv.fr']]);
    expect(shown.value?.label.fr).toBe('Ministère de l’Intérieur');
  });

  it('[ENTRY-1] drops the answer for an address that was changed since', async () => {
    let answer = (_: Belonging): void => undefined;
    const belongingOf = () =>
      new Promise<Awaited<ReturnType<AccountsClient['belongingOf']>>>((resolve) => {
        answer = (value) => resolve(ok(value));
      });
    const { address, belonging: shown } = signUp({ belongingOf });
    address.value = 'camille@interieur.gouv.fr';
    await vi.advanceTimersByTimeAsync(300);
    address.value = 'camille@culture.gouv';
    answer(belonging('camille'));
    await vi.advanceTimersByTimeAsync(0);
    expect(shown.value).toBeNull();
  });

  it('[ENTRY-2] keeps the address when the service fails, and says where the link went when it does not', async () => {
    const requestLink = vi.fn<AccountsClient['requestLink']>(async () => err({ code: 'server-failed' }));
    const page = signUp({ belongingOf: async () => ok(belonging('c')), requestLink });
    page.address.value = ' camille@interieur.gouv.fr ';
    await page.submit();
    expect([page.failure.value, page.sentTo.value]).toEqual([{ code: 'server-failed' }, null]);
    expect(page.address.value).toBe(' camille@interieur.gouv.fr ');
    requestLink.mockResolvedValue(ok(undefined));
    await page.submit();
    expect(page.sentTo.value).toBe('camille@interieur.gouv.fr');
    expect(requestLink).toHaveBeenLastCalledWith('camille@interieur.gouv.fr', 'fr');
  });

  it('[ENTRY-2] does not send what cannot be an address', async () => {
    const page = signUp({});
    page.address.value = 'camille';
    await page.submit();
    expect(page.failure.value).toEqual({ code: 'bad-address' });
  });
});

describe('finishing a sign-up', () => {
  const invitation = {
    address: 'camille.durand@interieur.gouv.fr',
    organisation: 'interieur',
    homeserver: '/hs/interieur',
    localpart: 'camille.durand',
    suggestedName: 'Camille Durand',
  };
  const created = { userId: '@camille.durand:interieur.test', homeserver: '/hs/interieur' };

  it('[ENTRY-3] says why a link does not open, and reads it again when asked', async () => {
    const readLink = vi.fn<AccountsClient['readLink']>(async () => err({ code: 'link-expired' }));
    const page = useFinishSignUp({
      token: 't',
      accounts: { readLink, create: vi.fn() },
      api: watchedApi({}),
      deviceName: 'd',
    });
    await page.open();
    expect(page.link.value).toEqual({ kind: 'closed', failure: { code: 'link-expired' } });
    readLink.mockResolvedValue(ok(invitation));
    await page.open();
    expect([page.link.value.kind, page.name.value]).toEqual(['open', 'Camille Durand']);
  });

  it('creates the account with the name and password, and signs in', async () => {
    const create = vi.fn<AccountsClient['create']>(async () => ok(created));
    const signIn = vi.fn(async () => ok(testAccount()));
    const page = useFinishSignUp({
      token: 't',
      accounts: { readLink: async () => ok(invitation), create },
      api: watchedApi({ signIn }),
      deviceName: 'Firefox sur Linux',
    });
    await page.open();
    page.password.value = 'girafe tempête bocal onze';
    expect(await page.submit()).toEqual({ created: true, account: testAccount() });
    expect(create).toHaveBeenCalledWith('t', { displayName: 'Camille Durand', password: 'girafe tempête bocal onze' });
    expect(signIn).toHaveBeenCalledWith({
      homeserver: '/hs/interieur',
      user: 'camille.durand',
      password: 'girafe tempête bocal onze',
      deviceName: 'Firefox sur Linux',
    });
  });

  it('[ENTRY-4] tells an account that is there and not signed in from one that was not created', async () => {
    const create = vi.fn<AccountsClient['create']>(async () => ok(created));
    const page = useFinishSignUp({
      token: 't',
      accounts: { readLink: async () => ok(invitation), create },
      api: watchedApi({ signIn: async () => err({ code: 'offline' }) }),
      deviceName: 'd',
    });
    await page.open();
    expect(await page.submit()).toEqual({ created: true, account: null });
    create.mockResolvedValue(err({ code: 'password-guessable' }));
    expect(await page.submit()).toEqual({ created: false, account: null });
    expect(page.failure.value).toEqual({ code: 'password-guessable' });
  });
});

describe('signing in', () => {
  it('[ENTRY-5] finds the homeserver of an address by the service, and of a user id by the configuration', async () => {
    const signIn = vi.fn(async () => ok(testAccount()));
    const belongingOf = vi.fn(async () => ok(belonging('camille.durand')));
    const page = useSignIn({ api: watchedApi({ signIn }), accounts: { belongingOf }, loadConfig, deviceName: 'd' });
    for (const identifier of ['camille.durand@interieur.gouv.fr', '@camille.durand:interieur.test']) {
      page.identifier.value = identifier;
      page.password.value = 'secret';
      expect(await page.submit()).toEqual(testAccount());
      expect(signIn).toHaveBeenLastCalledWith({
        homeserver: '/hs/interieur',
        user: 'camille.durand',
        password: 'secret',
        deviceName: 'd',
      });
    }
    expect(belongingOf).toHaveBeenCalledTimes(1);
  });

  it('[ENTRY-5] says that a server is not of this installation, without asking it', async () => {
    const page = useSignIn({ api: watchedApi({}), accounts: { belongingOf: vi.fn() }, loadConfig, deviceName: 'd' });
    page.identifier.value = '@eve:ailleurs.test';
    expect(await page.submit()).toBeNull();
    expect(page.failure.value).toEqual({ code: 'unknown-organisation' });
  });

  it('[ENTRY-6] keeps what was typed when it fails, and forgets the password when it served', async () => {
    const signIn = vi.fn<Parameters<typeof useSignIn>[0]['api']['signIn']>(async () => err({ code: 'wrong-password' }));
    const page = useSignIn({
      api: watchedApi({ signIn }),
      accounts: { belongingOf: vi.fn() },
      loadConfig,
      deviceName: 'd',
    });
    page.identifier.value = '@camille.durand:interieur.test';
    page.password.value = 'faux';
    await page.submit();
    expect([page.failure.value, page.password.value, page.busy.value]).toEqual([
      { code: 'wrong-password' },
      'faux',
      false,
    ]);
    signIn.mockResolvedValue(ok(testAccount()));
    await page.submit();
    expect([page.failure.value, page.password.value]).toEqual([null, '']);
  });
});

describe('a password', () => {
  it('[ENTRY-7] serves once, and for five minutes at most', () => {
    const typed = createJustTyped();
    typed.keep('secret');
    expect([typed.take(), typed.take()]).toEqual(['secret', null]);
    typed.keep('secret');
    vi.advanceTimersByTime(5 * 60_000);
    expect(typed.take()).toBeNull();
  });

  it('[ENTRY-13] is judged while it is typed: length, known words, repetition', () => {
    const known = ['Camille Durand', 'camille.durand@interieur.gouv.fr'];
    expect(passwordStrength('', known)).toEqual({ kind: 'empty' });
    expect(passwordStrength('girafe', known)).toEqual({ kind: 'too-short', missing: 6 });
    expect(passwordStrength('CamilleDurand1', known)).toEqual({ kind: 'personal' });
    expect(passwordStrength('aaaaaaaaaaaaaa', known)).toEqual({ kind: 'personal' });
    expect(passwordStrength('girafe bocal', known)).toEqual({ kind: 'fair' });
    expect(passwordStrength('girafe tempête bocal onze', known)).toEqual({ kind: 'good' });
  });
});
