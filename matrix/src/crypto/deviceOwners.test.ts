import { parseRoomId, parseUserId, type UserId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import { createDeviceOwners } from './deviceOwners.ts';

const [alice, bob, eve] = ['@alice:interieur.test', '@bob:culture.test', '@eve:interieur.test'].map((text) => {
  const parsed = parseUserId(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}) as [UserId, UserId, UserId];
const room = parseRoomId('!room');
if (!room.ok) throw new Error('room');
const session = { roomId: room.value, sessionId: 'megolm' };

describe('a key that came from the backup', () => {
  it("[CRYPTO-4] [T2] is not taken for somebody's when it is known to be that of another's device", async () => {
    const { owners } = world({ [bob]: ['curve of Bob'], [eve]: ['curve of Eve'] });
    owners.add([alice, bob, eve]);
    expect(await owners.belongsToAnother('curve of Eve', bob, session)).toBe(true);
    expect(await owners.belongsToAnother('curve of Bob', bob, session)).toBe(false);
    expect(await owners.belongsToAnother('of a device that is gone', bob, session)).toBe(false);
  });

  it('[CRYPTO-4] [T2] is disproved once the members of the room are known, or their devices', async () => {
    const { owners, devices } = world({ [bob]: ['curve of Bob'] });
    owners.add([bob]);
    expect(await owners.belongsToAnother('curve of Eve', bob, session)).toBe(false);
    // Eve becomes known as a member, and then her devices do.
    expect(owners.add([bob, eve])).toEqual([eve]);
    expect(await owners.disproved([eve])).toEqual([]);
    devices[eve] = ['curve of Eve'];
    owners.forget([eve]);
    expect(await owners.disproved([eve])).toEqual([session]);
    expect(await owners.disproved([eve])).toEqual([]);
  });

  it('[CRYPTO-4] stays hers when the device that wrote it turns out to be hers', async () => {
    const { owners, devices } = world({});
    owners.add([bob, eve]);
    expect(await owners.belongsToAnother('new curve', bob, session)).toBe(false);
    devices[bob] = ['new curve'];
    devices[eve] = ['new curve'];
    owners.forget([bob, eve]);
    expect(await owners.disproved([bob, eve])).toEqual([]);
  });
});

describe('a key that came before its device was known', () => {
  it('[CRYPTO-5] [T2] counts as that of a device that the sender signed, of none that she did not, and of nobody else', async () => {
    const { owners } = world({ [bob]: ['signed', 'unsigned'], [eve]: ['signed by Eve'] });
    expect(await owners.isSignedDeviceOf('signed', bob)).toBe(true);
    expect(await owners.isSignedDeviceOf('unsigned', bob)).toBe(false);
    expect(await owners.isSignedDeviceOf('signed by Eve', bob)).toBe(false);
    expect(await owners.isSignedDeviceOf('of a device that is gone', bob)).toBe(false);
  });
});

/** Curve keys of people's devices, as the crypto store tells them. */
function world(devices: Record<string, string[]>) {
  const owners = createDeviceOwners({
    getUserDeviceInfo: async ([user = '']) => {
      const own = (devices[user] ?? []).map((key) => [key, { deviceId: key, getIdentityKey: () => key }] as const);
      return new Map([[user, new Map(own)]]) as never;
    },
    getDeviceVerificationStatus: async (_user, deviceId) => ({ signedByOwner: deviceId.startsWith('signed') }) as never,
  });
  return { owners, devices };
}
