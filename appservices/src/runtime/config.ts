import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { isDomainPattern } from './domain-pattern.ts';

/** How often something may happen: `count` times at once, then one more each `seconds / count` seconds. */
export type Limit = { readonly count: number; readonly seconds: number };

export type Config = v.InferOutput<typeof configSchema>;
export type Organisation = Config['organisations'][number];

/** The configuration does not say what it must. `problems` has a line for each fault and never the value itself. */
export class ConfigError extends Error {
  readonly code = 'bad-config';
  readonly problems: readonly string[];

  constructor(source: string, problems: readonly string[]) {
    super(`The configuration ${source} is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Reads and checks the JSON file at `path`. Throws {@link ConfigError} with every fault in it. */
export async function readConfig(path: string): Promise<Config> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(path, [cause instanceof SyntaxError ? 'is not JSON' : 'cannot be read']);
  }
  return parseConfig(json, path);
}

export function parseConfig(json: unknown, source = '(inline)'): Config {
  const parsed = v.safeParse(configSchema, json);
  if (parsed.success) return parsed.output;
  throw new ConfigError(
    source,
    parsed.issues.map((issue) => `${v.getDotPath(issue) ?? '(root)'}: ${issue.message}`),
  );
}

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535));
/** 16 characters is far less than what is generated (256 bits); it is there to refuse "secret" and "changeme". */
const secret = v.pipe(v.string(), v.minLength(16), v.regex(/^[\x21-\x7e]+$/, 'must be visible ASCII'));
const httpUrl = v.pipe(
  v.string(),
  v.url(),
  v.regex(/^https?:\/\//, 'must be http or https'),
  v.transform((url) => url.replace(/\/+$/, '')),
);
const limit = v.object({
  count: v.pipe(v.number(), v.integer(), v.minValue(1)),
  seconds: v.pipe(v.number(), v.minValue(1)),
});

const organisation = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/)),
  serverName: v.pipe(v.string(), v.maxLength(200), v.regex(/^[A-Za-z0-9.:[\]-]+$/)),
  label: v.object({ fr: v.pipe(v.string(), v.nonEmpty()), en: v.pipe(v.string(), v.nonEmpty()) }),
  /** `interieur.gouv.fr` is that domain alone; `*.interieur.gouv.fr` is every domain below it. */
  domains: v.array(v.pipe(v.string(), v.check(isDomainPattern, 'must be an ASCII domain, or *. and one'))),
  outsiders: v.boolean(),
  /** Where this service reaches the homeserver's client API. */
  homeserver: httpUrl,
  /** What people's clients are told. */
  publicHomeserver: httpUrl,
  registrationSecret: secret,
  asToken: secret,
  hsToken: secret,
  /** Where `/_matrix/federation/v1/openid/userinfo` is answered, when it is not at `homeserver`. */
  federationUrl: v.optional(httpUrl),
});

/** A P-256 key pair as Web Push has it (RFC 8292): the public point and the private number, base64url. */
const vapid = v.object({
  publicKey: v.pipe(v.string(), v.regex(/^B[\w-]{86}$/)),
  privateKey: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
});

/** Waking closed browsers. Null: this installation does not. */
const push = v.object({
  vapid,
  /** Whom a push service writes to when something is wrong: an address of the web or of mail (RFC 8292, 2.1). */
  subject: v.pipe(v.string(), v.regex(/^(https:\/\/|mailto:).+/)),
  /** Hosts of the push services that may be spoken to; `*.` before one stands for all below it; with a port where it is not 443. */
  services: v.optional(v.array(v.pipe(v.string(), v.regex(/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/))), [
    'fcm.googleapis.com',
    '*.push.services.mozilla.com',
    'web.push.apple.com',
    '*.notify.windows.com',
  ]),
  /** The certificates to trust instead of the machine's, for a push service of one's own: a PEM file. */
  caFile: v.optional(v.pipe(v.string(), v.nonEmpty())),
});

const limits = v.object({
  /** Links asked for one address. */
  signUpAddress: v.optional(limit, { count: 5, seconds: 3600 }),
  /** Links asked from one network address (one /64 in IPv6). A ministry's people share one, on the first day too. */
  signUpNetwork: v.optional(limit, { count: 600, seconds: 3600 }),
  /** Every other call of the accounts API from one network address. */
  accountsNetwork: v.optional(limit, { count: 600, seconds: 60 }),
  /** Sessions asked from one network address. */
  directorySessions: v.optional(limit, { count: 600, seconds: 60 }),
  /** Searches of one agent. */
  searchAgent: v.optional(limit, { count: 120, seconds: 60 }),
  /** Look-ups of one outsider. */
  searchOutsider: v.optional(limit, { count: 30, seconds: 3600 }),
  /** Times that one browser is woken. */
  pushDevice: v.optional(limit, { count: 60, seconds: 60 }),
});

const configSchema = v.pipe(
  v.object({
    listen: v.object({ host: v.string(), port }),
    publicUrl: httpUrl,
    dataDir: v.pipe(v.string(), v.nonEmpty()),
    /** SQLite in `dataDir` when left out. */
    database: v.optional(
      v.variant('kind', [
        v.object({ kind: v.literal('sqlite') }),
        v.object({ kind: v.literal('postgres'), url: v.pipe(v.string(), v.regex(/^postgres(ql)?:\/\//)) }),
      ]),
      { kind: 'sqlite' },
    ),
    smtp: v.object({
      host: v.pipe(v.string(), v.nonEmpty()),
      port,
      from: v.pipe(v.string(), v.email()),
      /** TLS from the first byte (port 465). Without it STARTTLS is used where the server offers it. */
      secure: v.optional(v.boolean(), false),
      user: v.optional(v.string()),
      password: v.optional(v.string()),
    }),
    mailCatcher: v.nullable(v.object({ smtpPort: port, httpPort: port })),
    logLevel: v.optional(v.picklist(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), 'info'),
    metricsToken: secret,
    /** Proxies whose `X-Forwarded-For` is believed, in the words of Express's `trust proxy`. */
    trustedProxies: v.optional(v.array(v.string()), ['loopback']),
    limits: v.optional(limits, {}),
    push: v.optional(v.nullable(push), null),
    organisations: v.pipe(v.array(organisation), v.minLength(1)),
  }),
  v.check((c) => unique(c.organisations.map((o) => o.id)), 'organisations: two have the same id'),
  v.check((c) => unique(c.organisations.map((o) => o.serverName)), 'organisations: two have the same serverName'),
  v.check((c) => unique(c.organisations.flatMap((o) => o.domains)), 'organisations: two have the same domain'),
  v.check(
    (c) => unique(c.organisations.flatMap((o) => [o.asToken, o.hsToken])),
    'organisations: each token must be a different one',
  ),
  v.check(
    (c) => c.organisations.filter((o) => o.outsiders).length === 1,
    'organisations: exactly one must be for outsiders, it takes the unknown domains',
  ),
);

function unique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
