import { parseDeviceId, parseUserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { CryptoEvent } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { describe, expect, it } from 'vitest';
import { openLocalDb } from '../local/db.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import { createScope } from '../session/scope.ts';
import { listDevices } from './devices.ts';
import { watchNewDevices } from './newDevices.ts';

const [ada, own] = [parseUserId('@ada:interieur.test'), parseDeviceId('OWN')];
if (!ada.ok || !own.ok) throw new Error('an id');
const me = ada.value;
const account = { userId: me, deviceId: own.value, homeserver: '', displayName: 'Ada' };

/** What the machine knows of a device. */
type Known = { readonly dehydrated?: boolean; readonly signed?: boolean };

describe('a device that calls itself dehydrated', () => {
  it('[DEVICE-3] [T9] is listed, unless it is signed and the one that the server keeps', async () => {
    const devices = { OWN: { signed: true }, KEPT: { dehydrated: true, signed: true } };
    expect(await listed(devices, 'KEPT')).toEqual(['OWN']);
    expect(await listed(devices, null)).toEqual(['KEPT', 'OWN']);
    expect(await listed({ ...devices, LIAR: { dehydrated: true, signed: true } }, 'KEPT')).toEqual(['LIAR', 'OWN']);
    expect(await listed({ OWN: {}, LIAR: { dehydrated: true } }, 'LIAR')).toEqual(['LIAR', 'OWN']);
    // The server cannot hide another one by naming it.
    expect(await listed({ OWN: {}, OTHER: { signed: true } }, 'OTHER')).toEqual(['OTHER', 'OWN']);
  });

  it('[DEVICE-3] [T9] is announced, unless its owner signed it', async () => {
    const platform = createMemoryPlatform({ storagePrefix: 'dehydrated' });
    const db = await openLocalDb(platform);
    const scope = createScope();
    const announced: (string | null)[] = [];
    let devices: Record<string, Known> = { OWN: {} };
    let changed: (users: string[]) => void = () => undefined;
    const client = {
      on: (event: string, listener: typeof changed) => {
        if (event === CryptoEvent.DevicesUpdated) changed = listener;
      },
      off: () => undefined,
    };
    watchNewDevices({
      client: client as never,
      crypto: machine(() => devices),
      db,
      clock: platform.clock,
      logger: platform.logger,
      scope,
      onNew: (fresh) => announced.push(...fresh.map(({ deviceId }) => deviceId)),
    });
    changed([me]);
    await expect.poll(() => db.get('account', `devices/${me}`)).toEqual(['OWN']);
    devices = { ...devices, KEPT: { dehydrated: true, signed: true }, LIAR: { dehydrated: true } };
    changed([me]);
    await expect.poll(() => announced).toEqual(['LIAR']);
    scope.end();
    db.close();
  });
});

async function listed(devices: Record<string, Known>, kept: string | null): Promise<string[]> {
  const http = {
    json: async ({ path }: { path: string }) => {
      if (path.endsWith('/v3/devices'))
        return ok({ devices: Object.keys(devices).map((device_id) => ({ device_id })) });
      return kept === null ? err({ code: 'not-found' }) : ok({ device_id: kept, device_data: {} });
    },
  };
  const answer = await listDevices(
    http as never,
    machine(() => devices),
    account,
  );
  return answer.ok ? answer.value.map(({ deviceId }) => deviceId).sort() : [];
}

function machine(devices: () => Record<string, Known>): Parameters<typeof listDevices>[1] {
  const crypto = {
    getUserDeviceInfo: async () => {
      const own = Object.entries(devices()).map(([deviceId, { dehydrated = false }]) => [
        deviceId,
        { deviceId, dehydrated },
      ]);
      return new Map([[me, new Map(own as never)]]);
    },
    getDeviceVerificationStatus: async (_user: string, deviceId: string) => {
      const { signed = false } = devices()[deviceId] ?? {};
      return { signedByOwner: signed, crossSigningVerified: signed };
    },
  };
  return crypto as never;
}
