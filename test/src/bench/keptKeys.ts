import type { Agent } from '../demo/agent.ts';
import { call, eventually } from '../harness/http.ts';
import type { BenchWorld } from './benchWorld.ts';

/** Waits until the key backup of somebody holds so many keys: before, a new device could not read what they open. */
export async function waitForBackup(bench: BenchWorld, agent: Agent, keys: number): Promise<void> {
  const { clientUrl } = (await bench.world()).org('interieur');
  const login = await call<{ access_token: string }>({ clientUrl, accessToken: '' }, 'POST', 'v3/login', {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: agent.userId },
    password: agent.password,
  });
  const looking = { clientUrl, accessToken: login.access_token };
  await eventually(
    async () => (await call<{ count: number }>(looking, 'GET', 'v3/room_keys/version')).count >= keys,
    120_000,
  );
  await call(looking, 'POST', 'v3/logout', {});
}
