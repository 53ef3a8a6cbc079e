import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { daysLeft, ensurePki } from './certificates.ts';
import { testFolder } from './testing/folder.ts';

const DAY = 24 * 60 * 60 * 1000;

it('makes an authority and a certificate for each name, once', async () => {
  const folder = testFolder();
  const first = await ensurePki(folder, ['a.test', 'b.test']);
  const authority = new X509Certificate(readFileSync(first.ca));
  const certificate = read(first, 'a.test');
  expect(certificate.checkHost('a.test')).toBe('a.test');
  expect(certificate.checkHost('b.test')).toBeUndefined();
  expect(certificate.verify(authority.publicKey)).toBe(true);
  const again = await ensurePki(folder, ['a.test', 'b.test']);
  expect(read(again, 'a.test').serialNumber).toBe(certificate.serialNumber);
});

it('makes a certificate anew before it ends, and all of them with a new authority', async () => {
  const folder = testFolder();
  const first = await ensurePki(folder, ['a.test']);
  const old = read(first, 'a.test');
  const [servers, authority] = [first.servers.get('a.test')?.certificate ?? '', first.ca];
  expect(daysLeft(servers)).toBeGreaterThan(390);
  const nearEnd = await ensurePki(folder, ['a.test'], new Date(Date.now() + 370 * DAY));
  expect(read(nearEnd, 'a.test').serialNumber).not.toBe(old.serialNumber);
  expect(new X509Certificate(readFileSync(nearEnd.ca)).serialNumber).toBe(
    new X509Certificate(readFileSync(authority)).serialNumber,
  );
  const before = new X509Certificate(readFileSync(first.ca)).serialNumber;
  const muchLater = await ensurePki(folder, ['a.test'], new Date(Date.now() + 3640 * DAY));
  const renewed = new X509Certificate(readFileSync(muchLater.ca));
  expect(renewed.serialNumber).not.toBe(before);
  expect(read(muchLater, 'a.test').verify(renewed.publicKey)).toBe(true);
});

function read(pki: Awaited<ReturnType<typeof ensurePki>>, name: string): X509Certificate {
  return new X509Certificate(readFileSync(pki.servers.get(name)?.certificate ?? ''));
}
