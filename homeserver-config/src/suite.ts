import { join } from 'node:path';
import { registerAccount } from './accounts.ts';
import { ensurePki, type Pki } from './certificates.ts';
import { privateFolder, writePrivate } from './files.ts';
import type { GatewayConfig } from './gateway.ts';
import { homeserverCommand, homeserverEnvironment, writeHomeserver } from './homeserver.ts';
import type { Layout } from './layout.ts';
import { allowedServers, type Federation, type Organisation } from './organisations.ts';
import type { HomeserverPorts, Ports } from './ports.ts';
import { ensureSecrets, type Secrets, secretsOf } from './secrets.ts';
import type { Part } from './supervisor.ts';
import type { WebFrontConfig } from './webFront.ts';

/** What to run and where. A start and a test world are the same suite with other options. */
export type SuiteOptions = {
  readonly layout: Layout;
  readonly organisations: readonly Organisation[];
  readonly federation: Federation;
  readonly ports: Ports;
  /** Present where the appservices run; makes the registration of one homeserver. */
  readonly appservices?: {
    readonly registration: (organisation: RegisteredOrganisation, appservicesUrl: string) => object;
    /** Push services that may be spoken to, where they are not the browsers' makers', and whose certificates to trust. */
    readonly push?: { readonly services: readonly string[]; readonly caFile: string };
  };
  readonly webFront?: { readonly clientFolder: string | null };
  /** The organisation whose homeserver the notifier has its account on. */
  readonly notifier?: { readonly organisation: string };
  /** Lets tests cut servers off from one another through the gateway's admin port. */
  readonly controlToken?: string;
};

export type RegisteredOrganisation = Pick<Organisation, 'id' | 'serverName'> & { asToken: string; hsToken: string };

export type Suite = {
  readonly parts: readonly Part[];
  readonly secrets: Secrets;
  /** What people type. */
  readonly publicUrl: string;
  readonly pki: Pki;
};

const LOOPBACK = '127.0.0.1';

/** Names of the parts, which are those of their logs. */
export const partNames = {
  gateway: 'gateway',
  homeserver: (organisation: string) => `homeserver-${organisation}`,
  mailCatcher: 'mail-catcher',
  appservices: 'appservices',
  notifier: 'notifier',
  webFront: 'web-front',
};

/** Makes what is missing (secrets, certificates), writes every configuration, and says which processes to run. */
export async function prepareSuite(options: SuiteOptions): Promise<Suite> {
  const { layout: of, organisations, ports } = options;
  privateFolder(of.data);
  const secrets = ensureSecrets(
    of.secrets,
    organisations.map((one) => one.id),
  );
  const pki = await ensurePki(
    of.pki,
    organisations.map((one) => one.serverName),
  );
  const publicUrl = `http://localhost:${ports.front}`;
  const homeservers = organisations.map((organisation) =>
    homeserverPart(options, organisation, secrets, pki, publicUrl),
  );
  const parts = [gatewayPart(options, secrets), ...homeservers];
  if (options.appservices !== undefined) parts.push(...appservicesParts(options, secrets, publicUrl));
  if (options.notifier !== undefined)
    parts.push(notifierPart(options, options.notifier.organisation, secrets, publicUrl));
  if (options.webFront !== undefined)
    parts.push(webFrontPart(options, options.webFront.clientFolder, secrets, publicUrl));
  return { parts, secrets, publicUrl, pki };
}

/** The ports of one organisation's homeserver. */
export function homeserverPorts(ports: Ports, organisation: string): HomeserverPorts {
  const found = ports.homeservers.get(organisation);
  if (found === undefined) throw new Error(`no ports were planned for ${organisation}`);
  return found;
}

/** A part's own address. */
export function loopback(port: number): string {
  return `http://${LOOPBACK}:${port}`;
}

function gatewayPart(options: SuiteOptions, secrets: Secrets): Part {
  const { layout: of, organisations, ports } = options;
  const here = organisations.map(({ id, serverName }) => [
    serverName,
    { host: LOOPBACK, port: homeserverPorts(ports, id).federation },
  ]);
  const elsewhere = options.federation.partners.flatMap(({ serverName, hosts }) =>
    [serverName, ...hosts].map((host) => [host, { host, port: null }]),
  );
  const config: GatewayConfig = {
    listen: { host: LOOPBACK, port: ports.gateway },
    admin: { host: LOOPBACK, port: ports.gatewayAdmin, controlToken: options.controlToken ?? null },
    clients: organisations.map(({ id, serverName }) => ({ id, serverName, password: secretsOf(secrets, id).gateway })),
    routes: Object.fromEntries([...here, ...elsewhere]),
  };
  return {
    name: partNames.gateway,
    command: nodeCommand(join(of.root, 'homeserver-config/src/gatewayMain.ts')),
    env: { BESACE_GATEWAY_CONFIG: writeConfig(of, 'gateway', config) },
    after: [],
    ready: () => answers(`${loopback(ports.gatewayAdmin)}/health`),
  };
}

function homeserverPart(
  options: SuiteOptions,
  organisation: Organisation,
  secrets: Secrets,
  pki: Pki,
  publicUrl: string,
): Part {
  const { layout: of, ports } = options;
  const own = secretsOf(secrets, organisation.id);
  const certificate = pki.servers.get(organisation.serverName);
  if (certificate === undefined) throw new Error(`no certificate was made for ${organisation.serverName}`);
  const listeners = homeserverPorts(ports, organisation.id);
  const config = writeHomeserver(of, {
    organisation,
    ports: listeners,
    secrets: own,
    certificate,
    caCertificate: pki.ca,
    allowedServers: allowedServers(options.organisations, options.federation),
    outsidersServers: options.organisations.filter((one) => one.outsiders).map((one) => one.serverName),
    gatewayUrl: `http://${organisation.id}:${own.gateway}@${LOOPBACK}:${ports.gateway}`,
    publicBaseUrl: `${publicUrl}/hs/${organisation.id}/`,
    registrations:
      options.appservices === undefined
        ? {}
        : { besace: options.appservices.registration({ ...organisation, ...own }, loopback(ports.appservices)) },
  });
  return {
    name: partNames.homeserver(organisation.id),
    command: homeserverCommand(of, config),
    env: homeserverEnvironment(),
    after: [partNames.gateway],
    ready: () => answers(`${loopback(listeners.client)}/health`),
  };
}

function appservicesParts(options: SuiteOptions, secrets: Secrets, publicUrl: string): Part[] {
  const { layout: of, organisations, ports } = options;
  const file = writeConfig(of, 'appservices', {
    listen: { host: LOOPBACK, port: ports.appservices },
    publicUrl,
    dataDir: privateFolder(join(of.data, 'appservices')),
    smtp: { host: LOOPBACK, port: ports.smtp, from: 'besace@besace.test' },
    mailCatcher: { smtpPort: ports.smtp, httpPort: ports.mailPage },
    logLevel: 'info',
    metricsToken: secrets.metrics,
    push: { vapid: secrets.vapid, subject: 'mailto:besace@besace.test', ...options.appservices?.push },
    organisations: organisations.map(({ id, serverName, label, domains, outsiders }) => {
      const { registration, asToken, hsToken } = secretsOf(secrets, id);
      const homeserver = loopback(homeserverPorts(ports, id).client);
      const publicHomeserver = `${publicUrl}/hs/${id}`;
      const fields = { id, serverName, label, domains, outsiders, homeserver, publicHomeserver };
      return { ...fields, registrationSecret: registration, asToken, hsToken };
    }),
  });
  const env = { BESACE_APPSERVICES_CONFIG: file };
  return [
    {
      name: partNames.mailCatcher,
      command: nodeCommand(join(of.root, 'appservices/src/mail-catcher.ts')),
      env,
      after: [],
      ready: () => answers(loopback(ports.mailPage)),
    },
    {
      name: partNames.appservices,
      command: nodeCommand(join(of.root, 'appservices/src/main.ts')),
      env,
      after: [partNames.mailCatcher, ...organisations.map((one) => partNames.homeserver(one.id))],
      ready: () => answers(`${loopback(ports.appservices)}/health`),
    },
  ];
}

function notifierPart(options: SuiteOptions, home: string, secrets: Secrets, publicUrl: string): Part {
  const { layout: of, ports } = options;
  const organisation = options.organisations.find((one) => one.id === home);
  if (organisation === undefined) throw new Error(`the notifier's organisation is unknown: ${home}`);
  const homeserver = loopback(homeserverPorts(ports, home).client);
  const password = secrets.notifierPassword;
  const env = {
    BESACE_NOTIFIER_CONFIG: writeConfig(of, 'notifier', {
      listen: { host: LOOPBACK, port: ports.notifier },
      publicUrl: `${publicUrl}/hook`,
      dataDir: privateFolder(join(of.data, 'notifier')),
      homeserver,
      userId: `@notifier:${organisation.serverName}`,
      password,
      logLevel: 'info',
      outsiderServers: options.organisations.filter((one) => one.outsiders).map((one) => one.serverName),
    }),
  };
  return {
    name: partNames.notifier,
    command: nodeCommand(join(of.root, 'bots/notifier/src/main.ts')),
    env,
    after: [partNames.homeserver(home)],
    async prepare() {
      const secret = secretsOf(secrets, home).registration;
      // Null means that it has its account from an earlier start.
      await registerAccount({ homeserver, secret, username: 'notifier', password, displayName: 'Notifications' });
    },
    ready: () => answers(`${loopback(ports.notifier)}/health`),
  };
}

function webFrontPart(options: SuiteOptions, clientFolder: string | null, secrets: Secrets, publicUrl: string): Part {
  const { layout: of, organisations, ports } = options;
  const config: WebFrontConfig = {
    listen: { host: LOOPBACK, port: ports.front },
    clientFolder,
    clientConfig: {
      organisations: organisations.map(({ id, serverName, outsiders, label }) => {
        return { id, serverName, homeserver: `${publicUrl}/hs/${id}`, outsiders, label };
      }),
      accounts: '/api/accounts',
      directory: '/api/directory',
      // Homeservers reach it inside: the front does not pass it on.
      push:
        options.appservices === undefined
          ? null
          : { gateway: `${loopback(ports.appservices)}/_matrix/push/v1/notify`, key: secrets.vapid.publicKey },
      mailbox: options.appservices === undefined ? null : `http://localhost:${ports.mailPage}`,
    },
    organisations: organisations.map(({ id, serverName }) => ({
      id,
      serverName,
      homeserver: loopback(homeserverPorts(ports, id).client),
      publicHomeserver: `${publicUrl}/hs/${id}`,
    })),
    appservices: options.appservices === undefined ? null : loopback(ports.appservices),
    notifier: options.notifier === undefined ? null : loopback(ports.notifier),
  };
  return {
    name: partNames.webFront,
    command: nodeCommand(join(of.root, 'homeserver-config/src/webFrontMain.ts')),
    env: { BESACE_FRONT_CONFIG: writeConfig(of, 'web-front', config) },
    after: [],
    // With a client, a person's first page is what counts.
    ready: () => answers(`${loopback(ports.front)}${clientFolder === null ? '/health' : '/'}`),
  };
}

function nodeCommand(entry: string): readonly [string, ...string[]] {
  return [process.execPath, '--disable-warning=ExperimentalWarning', entry];
}

function writeConfig(of: Layout, part: string, config: unknown): string {
  const file = join(of.data, 'config', `${part}.json`);
  writePrivate(file, `${JSON.stringify(config, null, 2)}\n`);
  return file;
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  return response.ok;
}
