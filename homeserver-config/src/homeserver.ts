import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ServerCertificate } from './certificates.ts';
import { privateFolder, writePrivate } from './files.ts';
import { homeserverHome, type Layout, ROOT } from './layout.ts';
import type { Organisation } from './organisations.ts';
import type { HomeserverPorts } from './ports.ts';
import type { OrganisationSecrets } from './secrets.ts';
import { fillTemplate } from './template.ts';

/** All that the configuration of one homeserver is made of. */
export type HomeserverPlan = {
  readonly organisation: Organisation;
  readonly ports: HomeserverPorts;
  readonly secrets: OrganisationSecrets;
  readonly certificate: ServerCertificate;
  readonly caCertificate: string;
  /** Every server that it may exchange with, itself included. */
  readonly allowedServers: readonly string[];
  readonly outsidersServers: readonly string[];
  /** With its credentials at the gateway. */
  readonly gatewayUrl: string;
  readonly publicBaseUrl: string;
  /** Appservice registrations by file name, as Synapse reads them. */
  readonly registrations: Readonly<Record<string, object>>;
};

const TEMPLATES = join(ROOT, 'homeserver-config', 'templates');

/** Writes configuration, signing key and registrations of one homeserver. Returns the path of its homeserver.yaml. */
export function writeHomeserver(of: Layout, plan: HomeserverPlan): string {
  const { organisation, secrets, ports } = plan;
  const home = privateFolder(homeserverHome(of, organisation.id));
  const signingKey = join(home, 'signing.key');
  // Never replaced: partners have this key on file as the server's identity.
  if (!existsSync(signingKey)) writePrivate(signingKey, secrets.signingKey);
  const registrations = Object.entries(plan.registrations).map(([name, registration]) => {
    const file = join(home, 'registrations', `${name}.yaml`);
    writePrivate(file, stringify(registration));
    return file;
  });
  privateFolder(of.logs);
  writePrivate(
    join(home, 'log.yaml'),
    fillTemplate(join(TEMPLATES, 'log.yaml'), { log_file: homeserverLog(of, organisation.id) }),
  );
  const file = join(home, 'homeserver.yaml');
  writePrivate(
    file,
    fillTemplate(join(TEMPLATES, 'homeserver.yaml'), {
      server_name: organisation.serverName,
      public_baseurl: plan.publicBaseUrl,
      home,
      client_port: ports.client,
      federation_port: ports.federation,
      metrics_port: ports.metrics,
      macaroon_secret: secrets.macaroon,
      form_secret: secrets.form,
      registration_secret: secrets.registration,
      tls_certificate: plan.certificate.certificate,
      tls_key: plan.certificate.key,
      ca_certificate: plan.caCertificate,
      federation_whitelist: plan.allowedServers,
      gateway_url: plan.gatewayUrl,
      registrations,
      outsiders_here: organisation.outsiders,
      outsiders_servers: plan.outsidersServers,
    }),
  );
  return file;
}

/** Synapse's own log. What it prints before its log is open is in the supervisor's log of the part. */
export function homeserverLog(of: Layout, organisation: string): string {
  return join(of.logs, `synapse-${organisation}.log`);
}

/** The command line of one homeserver. */
export function homeserverCommand(of: Layout, config: string): readonly [string, ...string[]] {
  return [join(of.venv, 'bin', 'python'), '-m', 'synapse.app.homeserver', '-c', config];
}

/** What Synapse needs in its environment: our module, and no proxy but the one of its configuration. */
export function homeserverEnvironment(): Record<string, string> {
  return {
    PYTHONPATH: join(ROOT, 'homeserver-config', 'modules'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    http_proxy: '',
    https_proxy: '',
    no_proxy: '',
  };
}
