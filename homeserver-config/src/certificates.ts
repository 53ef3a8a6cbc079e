import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { privateFolder } from './files.ts';
import { SetupError } from './setupError.ts';

/** The files of one server's identity on the federation side. Keys are of mode 0600. */
export type ServerCertificate = { readonly key: string; readonly certificate: string };

export type Pki = { readonly ca: string; readonly servers: ReadonlyMap<string, ServerCertificate> };

const DAY = 24 * 60 * 60 * 1000;
/** A certificate with less than this left is made anew at the next start. */
export const RENEWAL_DAYS = 30;
const CA_DAYS = 3650;
const SERVER_DAYS = 397;

/**
 * The local certificate authority and a certificate for each server name, made by openssl where they are missing or near
 * their end. A new authority makes every certificate new. Throws a SetupError when openssl is missing.
 */
export async function ensurePki(folder: string, serverNames: readonly string[], now = new Date()): Promise<Pki> {
  privateFolder(folder);
  const authority = { key: join(folder, 'ca.key'), certificate: join(folder, 'ca.crt') };
  const renewed = !(await isGood(authority, now));
  if (renewed) await makeAuthority(authority);
  const servers = new Map<string, ServerCertificate>();
  for (const name of serverNames) {
    const files = { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.crt`) };
    if (renewed || !(await isGood(files, now, authority))) await makeServer(folder, authority, name, files);
    servers.set(name, files);
  }
  return { ca: authority.certificate, servers };
}

/** Whole days until the certificate of a file ends; negative when it has ended. */
export function daysLeft(file: string, now = new Date()): number {
  return Math.floor((new X509Certificate(readFileSync(file)).validToDate.getTime() - now.getTime()) / DAY);
}

async function isGood(files: ServerCertificate, now: Date, authority?: ServerCertificate): Promise<boolean> {
  if (!existsSync(files.key) || !existsSync(files.certificate)) return false;
  if (daysLeft(files.certificate, now) < RENEWAL_DAYS) return false;
  if (authority === undefined) return true;
  const issuer = new X509Certificate(readFileSync(authority.certificate));
  return new X509Certificate(readFileSync(files.certificate)).verify(issuer.publicKey);
}

async function makeAuthority(files: ServerCertificate): Promise<void> {
  await openssl([
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256'],
    ...[
      '-keyout',
      files.key,
      '-out',
      files.certificate,
      '-days',
      String(CA_DAYS),
      '-subj',
      '/CN=Besace local authority',
    ],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
  chmodSync(files.key, 0o600);
}

async function makeServer(
  folder: string,
  authority: ServerCertificate,
  name: string,
  files: ServerCertificate,
): Promise<void> {
  const request = join(folder, `${name}.csr`);
  const extensions = join(folder, `${name}.ext`);
  writeFileSync(
    extensions,
    `subjectAltName=DNS:${name}\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n`,
  );
  // The subject stays generic: a common name is limited to 64 characters, the name that counts is in the extension.
  await openssl([
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256'],
    ...['-keyout', files.key, '-out', request, '-subj', '/CN=Besace homeserver'],
  ]);
  await openssl([
    ...['x509', '-req', '-in', request, '-CA', authority.certificate, '-CAkey', authority.key, '-CAcreateserial'],
    ...['-out', files.certificate, '-days', String(SERVER_DAYS), '-sha256', '-extfile', extensions],
  ]);
  chmodSync(files.key, 0o600);
  rmSync(request);
  rmSync(extensions);
}

async function openssl(args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('openssl', args);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new SetupError('missing-tool', 'openssl is missing', 'Install it: apt-get install openssl', { cause });
    }
    throw new SetupError('part-failed', `openssl ${args[0]} failed: ${String(cause)}`, 'See the message.', { cause });
  }
}
