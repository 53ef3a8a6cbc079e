import { request } from 'node:http';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Address } from '../runtime/address.ts';
import { createLogger } from '../runtime/logging.ts';
import { createMailer, type Mailer } from '../runtime/mailer.ts';
import { type MailCatcher, startMailCatcher } from './catcher.ts';
import { type CaughtMail, createMailBox, KEPT_MAILS } from './caught.ts';
import { renderPage } from './page.ts';

let catcher: MailCatcher;
let mailer: Mailer;
const smtp = () => ({ host: '127.0.0.1', port: catcher.smtpPort, from: 'besace@besace.test', secure: false });

beforeAll(async () => {
  catcher = await startMailCatcher({ smtpPort: 0, httpPort: 0 }, createLogger('silent'));
  mailer = createMailer(smtp());
});
afterAll(async () => {
  mailer?.close();
  await catcher?.stop();
});

const url = () => `http://127.0.0.1:${catcher.httpPort}`;
const mailsTo = async (to: string) => {
  const response = await fetch(`${url()}/api/mails?to=${encodeURIComponent(to)}`);
  return ((await response.json()) as { mails: CaughtMail[] }).mails;
};
const mail = (to: string) => ({
  to: to as Address,
  subject: 'Essai',
  text: 'Voir https://besace.test/inscription/abc.',
  html: '<p>x</p>',
  messageIdSeed: '1',
});

describe('a mail', () => {
  it('[ACC-8] goes to the one address it was given, is seen on the page and in JSON, and is of a machine', async () => {
    expect(await mailer.send(mail('agent@gouv.fr'))).toBe('sent');
    const [caught] = await mailsTo('AGENT@gouv.fr');
    expect(caught).toMatchObject({
      from: 'besace@besace.test',
      to: ['agent@gouv.fr'],
      subject: 'Essai',
      links: ['https://besace.test/inscription/abc'],
    });
    const page = await (await fetch(url())).text();
    expect(page).toContain('href="https://besace.test/inscription/abc"');
  });

  it.each([
    'eve@evil.com,agent2@gouv.fr',
    '<eve@evil.com>@gouv.fr',
    'group:eve@evil.com;@gouv.fr',
    'agent2@gouv.fr\r\nBcc: eve@evil.com',
  ])('[ACC-8] never reaches Eve, even when %j got past everything before', async (to) => {
    expect(await mailer.send(mail(to))).toBe('refused');
    expect(await mailsTo('eve@evil.com')).toEqual([]);
  });

  it('[ACC-8] has no second header out of its subject', async () => {
    await mailer.send({ ...mail('subject@gouv.fr'), subject: 'Essai\r\nBcc: eve@evil.com\r\n\r\n<b>corps' });
    const [caught] = await mailsTo('subject@gouv.fr');
    expect(caught?.to).toEqual(['subject@gouv.fr']);
    expect(caught?.text).toContain('Voir https://');
    expect(await mailsTo('eve@evil.com')).toEqual([]);
  });

  it('[ACC-8] that the server is not there to take goes later', async () => {
    const nobody = createMailer({ ...smtp(), port: 9 });
    expect(await nobody.send(mail('agent@gouv.fr'))).toBe('later');
    await expect(nobody.probe()).rejects.toThrow();
    nobody.close();
  });

  it('[ACC-8] that the server refuses for good is refused', async () => {
    const huge = { ...mail('agent@gouv.fr'), text: 'x'.repeat(2_000_000) };
    expect(await mailer.send(huge)).toBe('refused');
  });
});

describe('the page', () => {
  it('shows what a hostile mail holds as text', async () => {
    const transport = createTransport({ host: '127.0.0.1', port: catcher.smtpPort, ignoreTLS: true });
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
    await transport.sendMail({
      from: { name: evil, address: 'eve@evil.com' },
      to: { name: '', address: 'victim@gouv.fr' },
      subject: evil,
      text: `javascript:alert(1) https://evil.com/"onmouseover="alert(1) ${evil}`,
      html: evil,
      attachments: [{ filename: evil, content: evil }],
    });
    transport.close();
    const response = await fetch(`${url()}/?to=${encodeURIComponent('victim@gouv.fr')}`);
    const page = await response.text();
    expect(page).toContain('&#60;script&#62;');
    expect(page).not.toMatch(/<script|<img|onmouseover="|href="javascript/);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const reflected = await (await fetch(`${url()}/?to=${encodeURIComponent(evil)}`)).text();
    expect(reflected).not.toMatch(/<script|<img/);
  });

  it('is for this machine by its own name only', async () => {
    const status = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const sent = request(`${url()}/api/mails`, { headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.once('error', reject);
        sent.end();
      });
    expect(await status('evil.example')).toBe(421);
    expect(await status('localhost.evil.example')).toBe(421);
    expect(await status(`localhost:${catcher.httpPort}`)).toBe(200);
  });

  it('keeps the newest mails, and says so kindly when there are none', () => {
    const box = createMailBox();
    for (let n = 0; n < KEPT_MAILS + 5; n += 1) {
      box.add({ id: String(n), receivedAt: '', from: '', to: [`p${n % 2}@a.fr`], subject: '', text: '', links: [] });
    }
    expect(box.list()).toHaveLength(KEPT_MAILS);
    expect(box.list()[0]?.id).toBe(String(KEPT_MAILS + 4));
    expect(box.list('P1@a.fr')).toHaveLength(KEPT_MAILS / 2);
    expect(renderPage([], undefined)).toContain('Aucun message');
  });
});
