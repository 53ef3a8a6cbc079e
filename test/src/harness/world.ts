import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registrationFor } from '@besace/appservices/registration';
import { layout, ROOT } from '@besace/homeserver-config/layout';
import { type Organisation, readFederation, readOrganisations } from '@besace/homeserver-config/organisations';
import { freePorts } from '@besace/homeserver-config/ports';
import { ensureSynapse } from '@besace/homeserver-config/python';
import { secretsOf } from '@besace/homeserver-config/secrets';
import { homeserverPorts, loopback, partNames, prepareSuite } from '@besace/homeserver-config/suite';
import { createSupervisor, type Supervisor, type SupervisorEvent } from '@besace/homeserver-config/supervisor';
import { connectWorld, type World, type WorldDescription } from './connect.ts';

export type WorldOptions = {
  /** Ids from organisations.yaml; all of them by default. */
  readonly organisations?: readonly string[];
  /** The appservices and the mail catcher. */
  readonly appservices?: boolean;
  readonly webFront?: boolean;
  /** Has its account on the first organisation. */
  readonly notifier?: boolean;
  /** Kept after `stop` when given; a new folder that `stop` removes otherwise. */
  readonly dataDir?: string;
  readonly onEvent?: (event: SupervisorEvent) => void;
};

/** A world that this process started, and may stop. */
export type OwnWorld = World & {
  readonly supervisor: Supervisor;
  stop(): Promise<void>;
};

/**
 * Starts real homeservers (and what else is asked for) from the templates that `npm start` uses, on free loopback ports,
 * federating through a border gateway that tests can cut. The first call of a checkout installs Synapse.
 */
export async function startWorld(options: WorldOptions = {}): Promise<OwnWorld> {
  const configuration = join(ROOT, 'homeserver-config');
  const all = readOrganisations(join(configuration, 'organisations.yaml'));
  const organisations = options.organisations === undefined ? all : options.organisations.map((id) => find(all, id));
  const data = options.dataDir ?? mkdtempSync(join(tmpdir(), 'besace-world-'));
  const of = layout(data);
  await ensureSynapse(of);
  const ports = await freePorts(organisations.map((one) => one.id));
  const controlToken = 'control-of-a-test-world';
  const suite = await prepareSuite({
    layout: of,
    organisations,
    federation: readFederation(join(configuration, 'federation.yaml')),
    ports,
    controlToken,
    ...(options.appservices && { appservices: { registration: registrationFor } }),
    ...(options.webFront && { webFront: { clientFolder: builtClient() } }),
    ...(options.notifier && organisations[0] && { notifier: { organisation: organisations[0].id } }),
  });
  const supervisor = createSupervisor(suite.parts, {
    logs: of.logs,
    run: of.run,
    ...(options.onEvent && { onEvent: options.onEvent }),
  });
  await supervisor.start();

  const description: WorldDescription = {
    dataDir: data,
    organisations: organisations.map((organisation) => ({
      ...organisation,
      clientUrl: loopback(homeserverPorts(ports, organisation.id).client),
      registrationSecret: secretsOf(suite.secrets, organisation.id).registration,
      home: join(data, 'homeservers', organisation.id),
      pidFile: join(of.run, `${partNames.homeserver(organisation.id)}.json`),
    })),
    gateway: { adminUrl: loopback(ports.gatewayAdmin), controlToken },
    frontUrl: options.webFront ? suite.publicUrl : null,
    appservicesUrl: options.appservices ? loopback(ports.appservices) : null,
    mailboxUrl: options.appservices ? loopback(ports.mailPage) : null,
    notifierUrl: options.notifier ? loopback(ports.notifier) : null,
    metricsToken: suite.secrets.metrics,
  };
  return {
    ...connectWorld(description),
    supervisor,
    async stop() {
      await supervisor.stop();
      if (options.dataDir === undefined && existsSync(data)) rmSync(data, { recursive: true, force: true });
    },
  };
}

function find(all: readonly Organisation[], id: string): Organisation {
  const found = all.find((one) => one.id === id);
  if (found === undefined) throw new Error(`organisations.yaml has no ${id}`);
  return found;
}

/** Tests of servers alone need no client. */
function builtClient(): string | null {
  const folder = join(ROOT, 'client', 'dist');
  return existsSync(folder) ? folder : null;
}
