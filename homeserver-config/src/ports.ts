import { once } from 'node:events';
import { createServer } from 'node:net';
import { SetupError } from './setupError.ts';

/** Where each part listens, on 127.0.0.1. */
export type Ports = {
  readonly front: number;
  readonly mailPage: number;
  readonly smtp: number;
  readonly gateway: number;
  /** Metrics and, where tests ask for it, control of the gateway. */
  readonly gatewayAdmin: number;
  readonly appservices: number;
  readonly notifier: number;
  readonly homeservers: ReadonlyMap<string, HomeserverPorts>;
};

export type HomeserverPorts = { readonly client: number; readonly federation: number; readonly metrics: number };

/** The web front and the mail page where people expect them, the rest from 8100. */
export function defaultPorts(organisations: readonly string[]): Ports {
  return { ...portsFrom(8100, organisations), front: 8080, mailPage: 8025 };
}

/** All parts from `base` on: what `BESACE_PORT_BASE` and test worlds use. */
export function portsFrom(base: number, organisations: readonly string[]): Ports {
  if (!Number.isInteger(base) || base < 1024 || base + portCount(organisations.length) > 65535) {
    throw new SetupError('bad-configuration', `port base ${base} is not usable`, 'Choose one between 1024 and 65000.');
  }
  return {
    front: base,
    mailPage: base + 1,
    smtp: base + 2,
    gateway: base + 3,
    gatewayAdmin: base + 4,
    appservices: base + 5,
    notifier: base + 6,
    homeservers: new Map(
      organisations.map((id, index) => {
        const first = base + 10 + index * 3;
        return [id, { client: first, federation: first + 1, metrics: first + 2 }];
      }),
    ),
  };
}

/** All port numbers of a plan, with the name of the part that wants each. */
export function portList(ports: Ports): { readonly part: string; readonly port: number }[] {
  const { homeservers, ...single } = ports;
  return [
    ...Object.entries(single).map(([part, port]) => ({ part, port })),
    ...[...homeservers].flatMap(([id, of]) =>
      Object.entries(of).map(([listener, port]) => ({ part: `homeserver ${id} (${listener})`, port })),
    ),
  ];
}

/** Ports of the plan that something else holds. */
export async function busyPorts(ports: Ports): Promise<{ readonly part: string; readonly port: number }[]> {
  const checked = await Promise.all(portList(ports).map(async (one) => ({ one, free: await isFree(one.port) })));
  return checked.filter(({ free }) => !free).map(({ one }) => one);
}

/**
 * A plan of free ports below the range that the kernel gives to outgoing connections, at a random place, so that several
 * test runs on one machine keep out of each other's way.
 */
export async function freePorts(organisations: readonly string[]): Promise<Ports> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const ports = portsFrom(11_000 + 50 * Math.floor(Math.random() * 400), organisations);
    if ((await busyPorts(ports)).length === 0) return ports;
  }
  throw new SetupError('busy-port', 'no free block of ports between 11000 and 31000', 'Stop servers left running.');
}

function portCount(organisations: number): number {
  return 10 + organisations * 3;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
