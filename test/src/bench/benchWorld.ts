import { layout } from '@besace/homeserver-config/layout';
import { ensureClientBuild } from '@besace/homeserver-config/start/clientBuild';
import { type Browser, chromium } from 'playwright-core';
import { type Agent, newAgent } from '../demo/agent.ts';
import { type Front, findFront } from '../demo/signUp.ts';
import { CHROMIUM } from '../harness/chromium.ts';
import { type OwnWorld, startWorld } from '../harness/world.ts';

/** What the scenarios share: one Besace that was started for the measurement, one browser. Started when first asked for. */
export interface BenchWorld {
  world(): Promise<OwnWorld>;
  front(): Promise<Front>;
  browser(): Promise<Browser>;
  /** A new person at a device in this process. */
  agent(domain: 'interieur.gouv.fr' | 'culture.gouv.fr', name: string): Promise<Agent>;
  end(): Promise<void>;
}

export const PASSWORD = 'cheval agrafe pile correct';

/** What is measured is what the sources are now. */
async function startBuilt(): Promise<OwnWorld> {
  await ensureClientBuild(layout());
  return startWorld({ appservices: true, webFront: true, notifier: true });
}

export function createBenchWorld(): BenchWorld {
  let starting: Promise<OwnWorld> | null = null;
  let launching: Promise<Browser> | null = null;
  let people = 0;
  const world = () => {
    starting ??= startBuilt();
    return starting;
  };
  const front = async () => findFront((await world()).description.frontUrl ?? '');
  return {
    world,
    front,
    browser() {
      launching ??= chromium.launch(CHROMIUM);
      return launching;
    },
    async agent(domain, name) {
      people += 1;
      const address = `${name}.${people}@${domain}`;
      return newAgent(await front(), { name: `${name} ${people}`, address, password: PASSWORD }, ['externes.test']);
    },
    async end() {
      await (await launching)?.close();
      await (await starting)?.stop();
    },
  };
}
