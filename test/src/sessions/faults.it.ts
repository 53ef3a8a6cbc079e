import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BROKEN,
  type Fault,
  type FaultProxy,
  GONE,
  LIMITED,
  NONSENSE,
  startFaultProxy,
  UNKNOWN_POS,
} from '../harness/faultProxy.ts';
import { call } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';
import { type Device, must, newDevice, newKnownPerson, refusal, room, signIn, until, watchTexts } from './device.ts';

type Known = Awaited<ReturnType<typeof newKnownPerson>>;

describe('a bad network', () => {
  let proxy: FaultProxy;
  let ada: Known;
  let blaise: Known;
  beforeAll(async () => {
    proxy = await startFaultProxy(sharedWorld().org('interieur').clientUrl);
    [ada, blaise] = await Promise.all([
      newKnownPerson('interieur', 'ada', () => proxy.url),
      newKnownPerson('culture', 'blaise'),
    ]);
  });
  afterAll(async () => {
    ada.device.kill();
    await proxy.stop();
  });

  async function conversation() {
    const roomId = await must(
      ada.device.api.createConversation({ name: 'Essai', invite: [blaise.userId], direct: false }),
    );
    await until('invited', () => room(blaise.device, roomId)?.membership === 'invite');
    await must(blaise.device.api.join(roomId));
    const [hers, his] = [await watchTexts(ada.device, roomId), await watchTexts(blaise.device, roomId)];
    await until('both there', () => room(ada.device, roomId)?.joinedCount === 2);
    return { roomId, hers, his };
  }

  const faults: readonly (readonly [string, Fault, string])[] = [
    ['no network', GONE, 'offline'],
    ['5xx', BROKEN, 'server-failed'],
    ['429', LIMITED, 'limited'],
    ['a page of the Wi-Fi', NONSENSE, 'server-nonsense'],
  ];

  it.each(faults)('[SYNC-1] says %s, and catches up by itself', async (_name, fault, code) => {
    const { roomId, hers } = await conversation();
    const heal = proxy.fault(() => fault);
    await until('said', () => ada.device.status.connection.kind === 'offline');
    expect(ada.device.status.connection).toMatchObject({ error: { code } });
    await must(blaise.device.api.sendText(roomId, { text: 'pendant ce temps' }));
    await must(ada.device.api.sendText(roomId, { text: 'gardé' }));
    expect(await refusal(ada.device.api.createWorkspace({ name: 'X' }))).toBe(code);
    expect(await refusal(ada.device.api.devices())).toBe(code);
    heal();
    await until('online', () => ada.device.status.connection.kind === 'online', 40_000);
    await until('caught up', () => hers().includes('pendant ce temps') && hers().includes('gardé'), 40_000);
  });

  it('[SYNC-2] begins again when the server forgot the connection, and loses nothing', async () => {
    const { roomId, hers, his } = await conversation();
    let times = 0;
    const heal = proxy.fault((_method, path) => {
      if (!path.includes('/sync?') || !path.includes('pos=') || times > 0) return null;
      times += 1;
      return UNKNOWN_POS;
    });
    await must(blaise.device.api.sendText(roomId, { text: 'réveil' }));
    await until('asked again', () => times === 1);
    heal();
    await until('caught up', () => hers().includes('réveil'));
    await must(blaise.device.api.sendText(roomId, { text: 'encore' }));
    await until('live again', () => hers().includes('encore'));
    await must(ada.device.api.sendText(roomId, { text: 'oui' }));
    await until('answered', () => his().includes('oui'));
    expect(ada.device.status.connection.kind).toBe('online');
    expect(hers().filter((text) => text.startsWith('locked'))).toEqual([]);
  });

  it('[SYNC-3] survives positions that are refused again and again', async () => {
    const { roomId, hers } = await conversation();
    let times = 0;
    const heal = proxy.fault((_method, path) => {
      if (!path.includes('/sync?') || !path.includes('pos=') || times >= 3) return null;
      times += 1;
      return UNKNOWN_POS;
    });
    await must(blaise.device.api.sendText(roomId, { text: 'trois fois' }));
    await until('refused three times', () => times === 3, 40_000);
    heal();
    await until('caught up', () => hers().includes('trois fois'), 40_000);
  });

  it('[SYNC-4] takes what follows an answer that was lost on the way', async () => {
    const { roomId, hers } = await conversation();
    const heal = proxy.fault((_method, path) => (path.includes('/sync?') ? { kind: 'lose-answer' } : null));
    await must(blaise.device.api.sendText(roomId, { text: 'perdu' }));
    await until('offline', () => ada.device.status.connection.kind === 'offline');
    heal();
    await until('found', () => hers().includes('perdu'), 40_000);
    expect(hers().filter((text) => text === 'perdu')).toHaveLength(1);
  });

  it('[SYNC-5] passes over what is no room, no event and no key, and reads the rest', async () => {
    const { roomId, hers } = await conversation();
    await call(ada.account, 'PUT', `v3/rooms/${encodeURIComponent(roomId)}/send/m.room.encrypted/odd`, {
      ciphertext: 7,
    });
    await must(blaise.device.api.sendText(roomId, { text: 'après' }));
    await until('read', () => hers().includes('après'));
  });

  it('[SESSION-1] says why it cannot sign in', async () => {
    const account = await sharedWorld().register('interieur', 'ada');
    for (const [, fault, code] of faults) {
      const heal = proxy.fault((_method, path) => (path.includes('/login') ? fault : null));
      const device: Device = await newDevice();
      expect(await refusal(signIn(device, account, proxy.url))).toBe(code);
      expect(device.status.account).toBeNull();
      heal();
      await must(signIn(device, account, proxy.url));
      device.kill();
    }
  });
});
