import { describe, expect, it } from 'vitest';
import { createConfigLoader } from '../../app/config.ts';
import { createAccountsClient } from './accountsClient.ts';

const config = {
  organisations: [
    { id: 'a', serverName: 'a.test', homeserver: '/hs/a', outsiders: false, label: { fr: 'A', en: 'A' } },
  ],
  accounts: '/api/accounts',
  directory: '/api/directory',
};

describe('the accounts service', () => {
  const client = (status: number, body: unknown) => {
    const fetch = (async (url: string) =>
      url === '/config.json' ? Response.json(config) : Response.json(body, { status })) as typeof globalThis.fetch;
    return createAccountsClient({ fetch, loadConfig: createConfigLoader(fetch) });
  };

  it.each([
    [404, { code: 'unknown' }, 'link-unknown'],
    [410, { code: 'expired' }, 'link-expired'],
    [410, { code: 'used' }, 'link-used'],
    [409, { code: 'account-exists' }, 'account-exists'],
    [422, { code: 'bad-name' }, 'bad-name'],
    [422, { code: 'weak-password', reason: 'guessable' }, 'password-guessable'],
    [422, { code: 'weak-password', reason: 'toString' }, 'weak-password'],
    [400, { code: '__proto__' }, 'server-nonsense'],
  ])('[ENTRY-3] %i %o is %s', async (status, body, code) => {
    expect(await client(status, body).create('t', { displayName: 'n', password: 'p' })).toMatchObject({
      ok: false,
      error: { code },
    });
  });
});
