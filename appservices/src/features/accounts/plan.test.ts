import { describe, expect, it } from 'vitest';
import type { Address } from '../../runtime/address.ts';
import { composeMail } from './mails.ts';
import { judgeLink, judgeRegistration, planMail, planSignUp } from './plan.ts';

const address = 'agent@gouv.fr' as Address;
const words = { publicUrl: 'https://besace.example', organisation: 'Ministère <de> l’Intérieur' };

describe('a link', () => {
  it('[ACC-6] is unknown, open, expired or used', () => {
    expect(judgeLink(undefined, 10).state).toBe('unknown');
    expect(judgeLink({ address, expiresAt: 11, usedAt: null }, 10)).toEqual({ state: 'open', address });
    expect(judgeLink({ address, expiresAt: 10, usedAt: null }, 10).state).toBe('expired');
    expect(judgeLink({ address, expiresAt: 5, usedAt: 3 }, 10).state).toBe('used');
  });
});

describe('a registration', () => {
  it('[ACC-7] of a name that was taken is ours only when an earlier try may have made it and the password opens it', async () => {
    const opens = (answer: boolean) => async () => answer;
    expect(await judgeRegistration('created', 1, opens(false))).toBe('created');
    expect(await judgeRegistration('taken', 2, opens(true))).toBe('created');
    expect(await judgeRegistration('taken', 2, opens(false))).toBe('exists');
    // On a first try nobody's password is tried out.
    const never = () => Promise.reject(new Error('asked'));
    expect(await judgeRegistration('taken', 1, never)).toBe('exists');
  });
});

describe('a mail', () => {
  it('[ACC-4] is planned alike for every address', () => {
    expect(planSignUp(address, 'fr', 'c')).toEqual({
      kind: 'accounts.mail',
      key: address,
      body: { address, locale: 'fr' },
      correlation: 'c',
    });
  });

  it.each(['fr', 'en'] as const)('[ACC-8] has its link as text and as escaped HTML (%s)', (locale) => {
    const mail = composeMail(planMail(false, { address, locale }, 'T0KEN', words), locale);
    expect(mail.text).toContain('\nhttps://besace.example/inscription/T0KEN\n');
    expect(mail.html).toContain('href="https://besace.example/inscription/T0KEN"');
    expect(mail.html).toContain('&#60;de&#62;');
    expect(mail.html).not.toMatch(/<(?:img|script|link)|url\(/);
  });

  it('[ACC-8] to an address with an account has no link that makes one', () => {
    const mail = composeMail(planMail(true, { address, locale: 'fr' }, 'T0KEN', words), 'fr');
    expect(mail.text).not.toContain('T0KEN');
    expect(mail.text).toContain('https://besace.example');
    expect(mail.text).toContain(address);
  });
});
