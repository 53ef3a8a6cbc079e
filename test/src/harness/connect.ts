import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registerAccount } from '@besace/homeserver-config/accounts';
import type { Organisation } from '@besace/homeserver-config/organisations';

/** All that another process must know of a running world: plain data. */
export type WorldDescription = {
  readonly dataDir: string;
  readonly organisations: readonly WorldOrganisation[];
  readonly gateway: { readonly adminUrl: string; readonly controlToken: string };
  /** `http://localhost:PORT`, as a browser types it. Null without a web front. */
  readonly frontUrl: string | null;
  readonly appservicesUrl: string | null;
  readonly mailboxUrl: string | null;
  readonly notifierUrl: string | null;
  readonly metricsToken: string;
};

export type WorldOrganisation = Organisation & {
  /** The homeserver's own address, admin API included. */
  readonly clientUrl: string;
  readonly registrationSecret: string;
  /** The folder of its configuration, database (`homeserver.db`) and media. */
  readonly home: string;
  readonly pidFile: string;
};

export type WorldAccount = {
  readonly userId: string;
  readonly localpart: string;
  readonly password: string;
  /** Of the device that registration made. Most tests log in and make their own. */
  readonly accessToken: string;
  readonly deviceId: string;
  readonly clientUrl: string;
};

export interface World {
  readonly description: WorldDescription;
  org(id: string): WorldOrganisation;
  /** Makes a new account whose local part starts with `name`: worlds are shared, so names get a random end. */
  register(org: string, name: string, displayName?: string): Promise<WorldAccount>;
  readonly gateway: {
    /** Cuts the link both ways: nothing of one reaches the other, and open connections break. */
    cut(one: string, other: string): Promise<void>;
    heal(one: string, other: string): Promise<void>;
  };
  /** Stops a homeserver's process where it stands (SIGSTOP); connections to it hang. */
  freeze(org: string): void;
  thaw(org: string): void;
  /** Ends a homeserver at once (SIGKILL). The supervisor of the world starts it again. */
  kill(org: string): void;
}

/** Takes hold of a world that runs, from any process of this machine. */
export function connectWorld(description: WorldDescription): World {
  const org = (id: string): WorldOrganisation => {
    const found = description.organisations.find((one) => one.id === id);
    if (found === undefined) throw new Error(`this world has no organisation ${id}`);
    return found;
  };
  const signal = (id: string, name: NodeJS.Signals): void => {
    const { pid } = JSON.parse(readFileSync(org(id).pidFile, 'utf8')) as { pid: number };
    process.kill(-pid, name);
  };
  const control = async (verb: 'cut' | 'heal', one: string, other: string): Promise<void> => {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const query = new URLSearchParams({ from: org(from).id, to: org(to).serverName });
      const response = await fetch(`${description.gateway.adminUrl}/${verb}?${query}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${description.gateway.controlToken}` },
      });
      if (!response.ok) throw new Error(`the gateway answered ${response.status} to ${verb}`);
    }
  };
  return {
    description,
    org,
    async register(id, name, displayName) {
      const { clientUrl, registrationSecret: secret } = org(id);
      const localpart = `${name}-${randomBytes(5).toString('hex')}`;
      const password = randomBytes(18).toString('base64url');
      const account = {
        homeserver: clientUrl,
        secret,
        username: localpart,
        password,
        displayName: displayName ?? name,
      };
      const made = await registerAccount(account);
      if (made === null) throw new Error(`${localpart} exists already`);
      return { ...made, localpart, password, clientUrl };
    },
    gateway: {
      cut: (one, other) => control('cut', one, other),
      heal: (one, other) => control('heal', one, other),
    },
    freeze: (id) => signal(id, 'SIGSTOP'),
    thaw: (id) => signal(id, 'SIGCONT'),
    kill: (id) => signal(id, 'SIGKILL'),
  };
}
