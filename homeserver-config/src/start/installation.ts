import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Layout, layout, ROOT } from '../layout.ts';
import { type Federation, type Organisation, readFederation, readOrganisations } from '../organisations.ts';
import { defaultPorts, type Ports, portsFrom } from '../ports.ts';
import type { SuiteOptions } from '../suite.ts';
import { CLIENT_FOLDER } from './clientBuild.ts';

/** This checkout's installation: what its two files, its environment and its packages say. */
export type Installation = {
  readonly layout: Layout;
  readonly organisations: readonly Organisation[];
  readonly federation: Federation;
  readonly ports: Ports;
};

/** Reads organisations.yaml and federation.yaml. `BESACE_PORT_BASE` moves all ports. Throws a SetupError. */
export function readInstallation(): Installation {
  const organisations = readOrganisations(join(ROOT, 'homeserver-config', 'organisations.yaml'));
  const ids = organisations.map((one) => one.id);
  const base = process.env.BESACE_PORT_BASE;
  return {
    layout: layout(),
    organisations,
    federation: readFederation(join(ROOT, 'homeserver-config', 'federation.yaml')),
    ports: base === undefined ? defaultPorts(ids) : portsFrom(Number(base), ids),
  };
}

/** The whole suite of an installation: every part whose package is in this checkout. */
export function suiteOptions(
  installation: Installation,
  registration: NonNullable<SuiteOptions['appservices']>['registration'],
): SuiteOptions {
  const [first] = installation.organisations;
  return {
    ...installation,
    webFront: { clientFolder: CLIENT_FOLDER },
    ...(existsSync(join(ROOT, 'appservices/src/main.ts')) && { appservices: { registration } }),
    ...(first && existsSync(join(ROOT, 'bots/notifier/src/main.ts')) && { notifier: { organisation: first.id } }),
  };
}
