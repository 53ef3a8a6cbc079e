import { randomBytes } from 'node:crypto';
import type { Organisation } from '../organisations.ts';
import { ensureSecrets, type OrganisationSecrets, secretsOf } from '../secrets.ts';
import type { Installation } from '../start/installation.ts';
import { homeserverPorts, loopback } from '../suite.ts';
import { bad, type Check, type Finding, good } from './check.ts';

/** An organisation and how to speak to its homeserver as the appservices' own account, which needs no password. */
type Reach = { readonly organisation: Organisation; readonly url: string; readonly own: OrganisationSecrets };

/** Half of the time after which Matrix clients of ours call a date doubtful (five minutes, T4). */
const CLOCK_DIFFERENCE_MS = 150_000;

/** What only a running suite can show: real requests from homeserver to homeserver, through the border gateway. */
export function suiteChecks(installation: Installation): Check[] {
  const { organisations, ports, layout } = installation;
  const secrets = ensureSecrets(
    layout.secrets,
    organisations.map((one) => one.id),
  );
  const all = organisations.map((organisation) => ({
    organisation,
    url: loopback(homeserverPorts(ports, organisation.id).client),
    own: secretsOf(secrets, organisation.id),
  }));
  const pairs = all.flatMap((from) => all.filter((to) => to !== from).map((to) => ({ from, to })));
  return [
    { name: 'parts', run: () => parts(installation) },
    { name: 'homeserver clocks', run: () => Promise.all(all.map(clockOf)) },
    { name: 'federation', run: () => Promise.all(pairs.map(({ from, to }) => federation(from, to))) },
    { name: 'media', run: () => media(all) },
  ];
}

async function parts({ ports }: Installation): Promise<Finding[]> {
  const addresses = {
    'web front': loopback(ports.front),
    gateway: `${loopback(ports.gatewayAdmin)}/health`,
    appservices: `${loopback(ports.appservices)}/health`,
    notifier: `${loopback(ports.notifier)}/health`,
    'mail page': loopback(ports.mailPage),
  };
  return Promise.all(
    Object.entries(addresses).map(async ([name, url]) => {
      const problem = await tryFetch(url);
      return problem === null
        ? good(name)
        : bad(`${name}: ${problem}`, 'The terminal of npm start and its log say why.');
    }),
  );
}

async function clockOf({ organisation, url }: Reach): Promise<Finding> {
  const response = await ask(url, '/_matrix/client/versions');
  const date = response instanceof Error ? null : response.headers.get('date');
  if (date === null) return bad(`${organisation.id} does not answer`, `Look into synapse-${organisation.id}.log.`);
  const difference = Math.abs(Date.now() - Date.parse(date));
  return difference < CLOCK_DIFFERENCE_MS
    ? good(organisation.id)
    : bad(`${organisation.id} is ${Math.round(difference / 1000)} s away from here`, 'Keep both by a time server.');
}

/** Asks one homeserver for the keys of somebody on another: the request that every encrypted message rests on. */
async function federation(from: Reach, to: Reach): Promise<Finding> {
  const name = `${from.organisation.id} → ${to.organisation.id}`;
  const remedy = `Is it in federation.yaml? gateway.log and synapse-${from.organisation.id}.log say how far it got.`;
  const { serverName } = to.organisation;
  const body = JSON.stringify({ device_keys: { [`@_besace:${serverName}`]: [] }, timeout: 10_000 });
  const response = await ask(from.url, '/_matrix/client/v3/keys/query', from.own.asToken, { method: 'POST', body });
  if (response instanceof Error) return bad(`${name}: ${response.message}`, remedy);
  const answer = (await response.json()) as { failures?: Record<string, { message?: string }>; error?: string };
  if (!response.ok) return bad(`${name}: ${response.status} ${answer.error ?? ''}`, remedy);
  const failure = answer.failures?.[serverName];
  return failure === undefined ? good(name) : bad(`${name}: ${failure.message ?? 'no answer'}`, remedy);
}

/** A file put on each homeserver and read back there and from the next one: disk, media repository and federation. */
async function media(all: readonly Reach[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [index, from] of all.entries()) {
    const bytes = randomBytes(32);
    const { id } = from.organisation;
    const remedy = `Is the disk full? synapse-${id}.log says why.`;
    const upload = await ask(from.url, '/_matrix/media/v3/upload?filename=doctor', from.own.asToken, {
      method: 'POST',
      body: bytes,
    });
    if (upload instanceof Error || !upload.ok) {
      findings.push(bad(`${id} takes no file: ${upload instanceof Error ? upload.message : upload.status}`, remedy));
      continue;
    }
    const { content_uri } = (await upload.json()) as { content_uri: string };
    const path = `/_matrix/client/v1/media/download/${content_uri.slice('mxc://'.length)}`;
    for (const to of new Set([from, all[(index + 1) % all.length] ?? from])) {
      const name = `${id} → ${to.organisation.id}`;
      const download = await ask(to.url, path, to.own.asToken);
      const same = !(download instanceof Error) && Buffer.from(await download.arrayBuffer()).equals(bytes);
      findings.push(same ? good(name) : bad(`${name}: the file does not arrive`, remedy));
    }
  }
  return findings;
}

async function tryFetch(url: string): Promise<string | null> {
  const response = await ask(url, '');
  if (response instanceof Error) return response.message;
  return response.ok ? null : `answers ${response.status}`;
}

async function ask(url: string, path: string, token?: string, init: RequestInit = {}): Promise<Response | Error> {
  try {
    return await fetch(url + path, {
      ...init,
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
      signal: AbortSignal.timeout(15_000),
    });
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return new Error(reason instanceof Error ? reason.message : String(reason));
  }
}
