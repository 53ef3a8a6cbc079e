import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { daysLeft, RENEWAL_DAYS } from '../certificates.ts';
import { ROOT } from '../layout.ts';
import { busyPorts, portList } from '../ports.ts';
import { synapseVersion } from '../python.ts';
import type { Installation } from '../start/installation.ts';
import { DISK_MINIMUM, freeBytes, megabytes } from '../start/machine.ts';
import { bad, type Check, type Finding, good, unknown } from './check.ts';

const NODE_MAJOR = 24;

/** What can be checked without a running suite, and with one. `running` says which answer the ports should give. */
export function machineChecks(installation: Installation, running: boolean): Check[] {
  return [
    { name: 'versions', run: () => versions(installation) },
    { name: 'ports', run: () => ports(installation, running) },
    { name: 'certificates', run: async () => certificates(installation) },
    { name: 'secrets', run: async () => secrets(installation) },
    { name: 'clock', run: () => clock(installation) },
    { name: 'disk', run: async () => disk(installation) },
  ];
}

async function versions({ layout }: Installation): Promise<Finding[]> {
  const pinned = /^matrix-synapse(?:\[.*\])?==(\S+)/m.exec(
    readFileSync(join(ROOT, 'homeserver-config', 'requirements.txt'), 'utf8'),
  )?.[1];
  const installed = await synapseVersion(layout);
  const node = Number(process.versions.node.split('.')[0]);
  return [
    node >= NODE_MAJOR
      ? good(`Node ${process.versions.node}`)
      : bad(`Node ${process.versions.node} is too old`, `Run it through npm, which brings Node ${NODE_MAJOR}.`),
    await tool('openssl', ['version'], 'apt-get install openssl'),
    await tool('python3', ['--version'], 'apt-get install python3 python3-venv'),
    installed === pinned
      ? good(`Synapse ${installed}`)
      : bad(`Synapse ${installed ?? 'is not installed'}, pinned is ${pinned}`, 'npm start installs the pinned one.'),
  ];
}

async function tool(program: string, args: readonly string[], command: string): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)(program, args);
    return good(stdout.trim().split('\n')[0] ?? program);
  } catch {
    return bad(`${program} is missing`, command);
  }
}

async function ports({ ports: plan }: Installation, running: boolean): Promise<Finding[]> {
  const busy = await busyPorts(plan);
  const all = portList(plan).length;
  if (!running) {
    if (busy.length === 0) return [good(`${all} ports are free`)];
    return busy.map(({ part, port }) =>
      bad(
        `port ${port} (${part}) is held by another program`,
        `ss -ltnp 'sport = :${port}' shows it; or choose others with BESACE_PORT_BASE=9000 npm start.`,
      ),
    );
  }
  return [good(`${busy.length} of ${all} ports are ours and in use`)];
}

function certificates({ layout, organisations }: Installation): Finding[] {
  const files = ['ca.crt', ...organisations.map((one) => `${one.serverName}.crt`)];
  if (!existsSync(join(layout.pki, 'ca.crt'))) return [unknown('none yet', 'npm start makes them.')];
  const authority = new X509Certificate(readFileSync(join(layout.pki, 'ca.crt')));
  return files.map((name) => {
    const file = join(layout.pki, name);
    if (!existsSync(file)) return bad(`${name} is missing`, 'npm start makes it.');
    const days = daysLeft(file);
    if (days < 0) return bad(`${name} ended ${-days} days ago`, 'Stop and npm start again: it makes a new one.');
    if (days < RENEWAL_DAYS)
      return bad(`${name} ends in ${days} days`, 'Stop and npm start again: it makes a new one.');
    if (!new X509Certificate(readFileSync(file)).verify(authority.publicKey)) {
      return bad(`${name} is not of this authority`, `Delete ${file}, then npm start makes it again.`);
    }
    return good(`${name} is good for ${days} days`);
  });
}

function secrets({ layout, organisations }: Installation): Finding[] {
  const keys = organisations.flatMap((one) => [
    join(layout.pki, `${one.serverName}.key`),
    join(layout.data, 'homeservers', one.id, 'signing.key'),
  ]);
  const files = [layout.secrets, join(layout.pki, 'ca.key'), ...keys].filter((file) => existsSync(file));
  if (files.length === 0) return [unknown('none yet', 'npm start makes them.')];
  const open = files.filter((file) => (statSync(file).mode & 0o077) !== 0);
  if (open.length === 0) return [good(`${files.length} files, readable by their owner only`)];
  return open.map((file) => bad(`${file} can be read by others`, `chmod 600 ${file}`));
}

/** Matrix signs with the clock: minutes of difference make partners refuse keys, and dates of messages look wrong. */
async function clock({ layout }: Installation): Promise<Finding[]> {
  const findings: Finding[] = [];
  const made = join(layout.pki, 'ca.crt');
  if (existsSync(made) && new X509Certificate(readFileSync(made)).validFromDate.getTime() > Date.now()) {
    findings.push(
      bad('the clock is before the day when the certificates were made', 'Set it: timedatectl set-ntp true'),
    );
  }
  try {
    const { stdout } = await promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
    findings.push(
      stdout.trim() === 'yes'
        ? good('kept by a time server')
        : bad('not kept by a time server', 'timedatectl set-ntp true (or install chrony).'),
    );
  } catch {
    findings.push(unknown('no timedatectl here to say whether a time server keeps it', 'Check it by hand: date -u'));
  }
  return findings;
}

function disk({ layout }: Installation): Finding[] {
  if (!existsSync(layout.data)) return [unknown('no data yet', 'npm start makes it.')];
  const free = freeBytes(layout);
  return free > DISK_MINIMUM
    ? [good(`${megabytes(free)} MB free`)]
    : [bad(`${megabytes(free)} MB free`, `Free some: ${layout.logs} and old backups first.`)];
}
