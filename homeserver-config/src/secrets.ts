import { createECDH, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { writePrivate } from './files.ts';
import { SetupError } from './setupError.ts';

/** The secrets of one organisation's homeserver. */
export type OrganisationSecrets = {
  readonly macaroon: string;
  readonly form: string;
  /** Synapse's `registration_shared_secret`: whoever has it can make accounts. */
  readonly registration: string;
  readonly asToken: string;
  readonly hsToken: string;
  /** What this homeserver shows to the border gateway. */
  readonly gateway: string;
  /** `ed25519 <version> <seed>`: a Synapse signing key file. Whoever has it can speak as this server. */
  readonly signingKey: string;
};

export type Secrets = {
  readonly organisations: Readonly<Record<string, OrganisationSecrets>>;
  /** Bearer token of the appservices' and the notifier's metrics. */
  readonly metrics: string;
  readonly notifierPassword: string;
  /** By which push services know this installation (RFC 8292): every browser's subscription is bound to it. */
  readonly vapid: VapidKeys;
};

/** A P-256 key pair, base64url: the uncompressed public point, and the private number. */
export type VapidKeys = { readonly publicKey: string; readonly privateKey: string };

/** Reads the secrets of this installation and makes those that are missing, in one file of mode 0600. */
export function ensureSecrets(file: string, organisations: readonly string[]): Secrets {
  const known = existsSync(file)
    ? parseSecrets(file)
    : { organisations: {}, metrics: token(), notifierPassword: token(), vapid: vapidKeys() };
  const secrets: Secrets = {
    ...known,
    organisations: {
      ...known.organisations,
      ...Object.fromEntries(organisations.map((id) => [id, known.organisations[id] ?? organisationSecrets()])),
    },
  };
  writePrivate(file, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

/** The secrets of one organisation. Throws when it has none, which is a mistake of the caller. */
export function secretsOf(secrets: Secrets, organisation: string): OrganisationSecrets {
  const found = secrets.organisations[organisation];
  if (found === undefined) throw new Error(`no secrets were made for ${organisation}`);
  return found;
}

const organisationSchema = v.object({
  macaroon: v.string(),
  form: v.string(),
  registration: v.string(),
  asToken: v.string(),
  hsToken: v.string(),
  gateway: v.string(),
  signingKey: v.string(),
});

const secretsSchema = v.object({
  organisations: v.record(v.string(), organisationSchema),
  metrics: v.string(),
  notifierPassword: v.string(),
  // An installation of before there was push gets its keys now.
  vapid: v.optional(v.object({ publicKey: v.string(), privateKey: v.string() }), vapidKeys),
});

function parseSecrets(file: string): Secrets {
  try {
    return v.parse(secretsSchema, JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new SetupError(
      'bad-configuration',
      `${file} is damaged`,
      'Restore it from a backup; without it this installation cannot be continued, only started over with --fresh.',
      { cause },
    );
  }
}

function organisationSecrets(): OrganisationSecrets {
  return {
    macaroon: token(),
    form: token(),
    registration: token(),
    asToken: token(),
    hsToken: token(),
    gateway: token(),
    // The version is part of the key's identity; a new key of this server needs another one.
    signingKey: `ed25519 a_${randomBytes(3).toString('hex')} ${randomBytes(32).toString('base64').replace(/=+$/, '')}\n`,
  };
}

function vapidKeys(): VapidKeys {
  const pair = createECDH('prime256v1');
  const publicKey = pair.generateKeys('base64url', 'uncompressed');
  // Numbers that begin with zeros come out shorter.
  return {
    publicKey,
    privateKey: Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()])
      .subarray(-32)
      .toString('base64url'),
  };
}

/** 256 bits, safe in URLs and in YAML. */
function token(): string {
  return randomBytes(32).toString('base64url');
}
