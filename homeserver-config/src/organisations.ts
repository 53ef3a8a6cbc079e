import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { parse as parseYaml } from 'yaml';
import { SetupError } from './setupError.ts';

/** One organisation of this installation: a homeserver and the people whose addresses belong to it. */
export type Organisation = {
  /** Names its folders and its path in the web front. */
  readonly id: string;
  readonly serverName: string;
  readonly label: { readonly fr: string; readonly en: string };
  /** Lower-case mail domains; `*.` before one stands for all below it. */
  readonly domains: readonly string[];
  /** True for the homeserver of outside partners. */
  readonly outsiders: boolean;
};

/** A homeserver that runs elsewhere and that ours may exchange with. */
export type Partner = {
  readonly serverName: string;
  /** Host names that the gateway may connect to for it, on ports 443 and 8448. */
  readonly hosts: readonly string[];
};

/** The allow-list: what the border gateway and every `federation_domain_whitelist` are made of. */
export type Federation = { readonly partners: readonly Partner[] };

/** Reads organisations.yaml. Throws a SetupError that names the line's organisation and what is wrong with it. */
export function readOrganisations(file: string): Organisation[] {
  const { organisations } = readYaml(file, organisationsFile);
  if (new Set(organisations.map((one) => one.id)).size !== organisations.length) {
    throw new SetupError('bad-configuration', `${file}: two organisations have the same id`, 'Give each its own id.');
  }
  if (new Set(organisations.map((one) => one.server)).size !== organisations.length) {
    throw new SetupError('bad-configuration', `${file}: two organisations have the same server`, 'Give each its own.');
  }
  if (organisations.filter((one) => one.outsiders).length !== 1) {
    throw new SetupError('bad-configuration', `${file}: exactly one line must say outsiders: true`, 'Mend the lines.');
  }
  return organisations.map(({ server, ...rest }) => ({ ...rest, serverName: server }));
}

/** Reads federation.yaml. Throws a SetupError. */
export function readFederation(file: string): Federation {
  const { partners } = readYaml(file, federationFile);
  return { partners: partners.map(({ server, hosts }) => ({ serverName: server, hosts: hosts ?? [server] })) };
}

/** Every server name that our homeservers may exchange with, our own included. */
export function allowedServers(organisations: readonly Organisation[], federation: Federation): string[] {
  return [...organisations, ...federation.partners].map((one) => one.serverName);
}

const host = v.pipe(
  v.string(),
  v.regex(/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/),
);

/** A mail domain, or `*.` and one for all below it. */
const domain = v.pipe(v.string(), v.regex(/^(\*\.)?[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$/));

const organisationsFile = v.strictObject({
  organisations: v.pipe(
    v.array(
      v.strictObject({
        id: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,30}$/)),
        server: host,
        domains: v.array(domain),
        outsiders: v.optional(v.boolean(), false),
        label: v.strictObject({ fr: v.pipe(v.string(), v.nonEmpty()), en: v.pipe(v.string(), v.nonEmpty()) }),
      }),
    ),
    v.minLength(1),
  ),
});

const federationFile = v.strictObject({
  partners: v.array(v.strictObject({ server: host, hosts: v.optional(v.pipe(v.array(host), v.minLength(1))) })),
});

function readYaml<Schema extends v.GenericSchema>(file: string, schema: Schema): v.InferOutput<Schema> {
  let content: unknown;
  try {
    content = parseYaml(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new SetupError('bad-configuration', `${file} cannot be read: ${String(cause)}`, 'Mend the file.', { cause });
  }
  const parsed = v.safeParse(schema, content);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? 'the top level';
  throw new SetupError('bad-configuration', `${file}: ${where}: ${issue.message}`, 'Mend that line.');
}
