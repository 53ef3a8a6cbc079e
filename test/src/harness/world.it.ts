import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorldAccount } from './connect.ts';
import { call, eventually } from './http.ts';
import { type OwnWorld, startWorld } from './world.ts';

// A world of its own: these tests cut, freeze and kill.
let world: OwnWorld;
let alice: WorldAccount;
let bob: WorldAccount;
let room: string;

beforeAll(async () => {
  world = await startWorld();
  alice = await world.register('interieur', 'alice');
  bob = await world.register('culture', 'bob');
  const made = await call<{ room_id: string }>(alice, 'POST', 'v3/createRoom', {
    preset: 'private_chat',
    invite: [bob.userId],
    power_level_content_override: { users_default: 10, state_default: 10 },
  });
  room = encodeURIComponent(made.room_id);
  await call(bob, 'POST', `v3/join/${room}?via=interieur.test`, {});
});
afterAll(() => world.stop());

describe('a world', () => {
  it('creates rooms of version 12, encrypted even when the client forgot', async () => {
    const create = await call(alice, 'GET', `v3/rooms/${room}/state/m.room.create/`);
    expect(create.room_version).toBe('12');
    const encryption = await call(alice, 'GET', `v3/rooms/${room}/state/m.room.encryption/`);
    expect(encryption.algorithm).toBe('m.megolm.v1.aes-sha2');
  });

  it('carries a write from one organisation to the other', async () => {
    await put(alice, 'hello', 'from alice');
    expect(await eventually(() => get(bob, 'hello'))).toBe('from alice');
  });

  it('cuts two organisations off from each other, both ways, and heals', async () => {
    await world.gateway.cut('interieur', 'culture');
    await put(alice, 'cut-a', 'a');
    await put(bob, 'cut-b', 'b');
    await put(alice, 'cut-both', 'by alice');
    await put(bob, 'cut-both', 'by bob');
    // Each server has tried and failed once the gateway counted a refusal of each direction.
    await eventually(async () => {
      const metrics = await (await fetch(`${world.description.gateway.adminUrl}/metrics`)).text();
      return /outcome="cut",from="interieur"/.test(metrics) && /outcome="cut",from="culture"/.test(metrics);
    });
    await expect(get(bob, 'cut-a')).rejects.toThrow('M_NOT_FOUND');
    await expect(get(alice, 'cut-b')).rejects.toThrow('M_NOT_FOUND');
    await world.gateway.heal('interieur', 'culture');
    const healed = performance.now();
    expect(await eventually(() => get(bob, 'cut-a'))).toBe('a');
    expect(await eventually(() => get(alice, 'cut-b'))).toBe('b');
    await eventually(async () => (await get(alice, 'cut-both')) === (await get(bob, 'cut-both')));
    expect(performance.now() - healed).toBeLessThan(20_000);
  });

  it('freezes a homeserver and thaws it', async () => {
    world.freeze('culture');
    await put(alice, 'frozen', 'while it slept');
    const asleep = fetch(`${bob.clientUrl}/_matrix/client/versions`, { signal: AbortSignal.timeout(500) });
    await expect(asleep).rejects.toThrow();
    world.thaw('culture');
    expect(await eventually(() => get(bob, 'frozen'))).toBe('while it slept');
  });

  it('comes back after a homeserver was killed', async () => {
    const before = world.supervisor.pidOf('homeserver-culture');
    world.kill('culture');
    await put(alice, 'killed', 'while it was down');
    expect(await eventually(() => get(bob, 'killed'))).toBe('while it was down');
    expect(world.supervisor.pidOf('homeserver-culture')).not.toBe(before);
  });
});

async function put(who: WorldAccount, key: string, text: string): Promise<void> {
  await call(who, 'PUT', `v3/rooms/${room}/state/m.room.encrypted/${key}`, { ciphertext: text });
}

async function get(who: WorldAccount, key: string): Promise<string> {
  return (await call<{ ciphertext: string }>(who, 'GET', `v3/rooms/${room}/state/m.room.encrypted/${key}`)).ciphertext;
}
