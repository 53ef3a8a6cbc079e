import { createECDH } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, startApp } from '@besace/appservices/app';
import { push } from '@besace/appservices/features/push/index';
import { parseConfig } from '@besace/appservices/runtime/config';
import { createLogger } from '@besace/appservices/runtime/logging';
import { configJson } from '@besace/appservices/testing/config';
import { type PushServiceDouble, startPushService } from '@besace/appservices/testing/pushService';
import type { Notice, NotifySettings } from '@besace/matrix/api/types';
import { createMemoryPlatform } from '@besace/matrix/platform/memory';
import { readPushed } from '@besace/matrix/wake/wake';
import type { RoomId } from '@besace/protocol/core/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../harness/http.ts';
import { type Device, must, newDevice, newKnownPerson, restart, room, until, watchTexts } from '../sessions/device.ts';

const pair = createECDH('prime256v1');
const publicKey = pair.generateKeys('base64url', 'uncompressed');
const privateKey = Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()])
  .subarray(-32)
  .toString('base64url');

/** Of a reading that nobody asks to end. */
const { signal: calm } = new AbortController();

/** A real homeserver, a real gateway, and a push service of RFC 8030 on the loopback. */
let folder: string;
let service: PushServiceDouble;
let gateway: App;
let ada: Awaited<ReturnType<typeof newKnownPerson>>;
let blaise: Awaited<ReturnType<typeof newKnownPerson>>;
let roomId: RoomId;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'besace-push-it-'));
  service = await startPushService();
  const options = { vapid: { publicKey, privateKey }, subject: 'mailto:besace@besace.test' };
  const config = { ...configJson(folder), push: { ...options, services: [service.host], caFile: service.caFile } };
  gateway = await startApp({ config: parseConfig(config), slices: [push], log: createLogger('silent') });
  ada = await newKnownPerson('interieur', 'ada');
  blaise = await newKnownPerson('interieur', 'blaise');
  roomId = await must(ada.device.api.createConversation({ name: 'Rentrée', invite: [blaise.userId], direct: false }));
  await until('invited', () => room(blaise.device, roomId)?.membership === 'invite');
  await must(blaise.device.api.join(roomId));
  await until('joined', () => room(ada.device, roomId)?.joinedCount === 2);
  await until('named', () => room(blaise.device, roomId)?.name === 'Rentrée');
}, 180_000);

afterAll(async () => {
  await gateway?.stop();
  await service?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('being told, on real servers', () => {
  it('[NOTIFY-2] [NOTIFY-3] levels and key words are rules that the server keeps; counts and notices follow them', async () => {
    const device = blaise.device;
    const notices: Notice[] = [];
    let settings: NotifySettings | null = null;
    await device.api.watchNotices((notice) => notices.push(notice));
    await device.api.watchNotifySettings((next) => {
      settings = next;
    });
    await must(device.api.setKeywords(['budget']));
    await must(device.api.setRoomLevel(roomId, 'mentions'));
    await until('known', () => settings?.rooms[0]?.level === 'mentions' && settings.keywords[0] === 'budget');
    type Rules = { global: Record<'room' | 'content', { rule_id: string; pattern?: string; actions: unknown[] }[]> };
    const rules = await call<Rules>(blaise.account, 'GET', 'v3/pushrules/');
    expect(rules.global.room).toMatchObject([{ rule_id: roomId, actions: [] }]);
    expect(rules.global.content.filter(({ rule_id }) => !rule_id.startsWith('.'))).toMatchObject([
      { pattern: 'budget' },
    ]);
    // As another application switches it off: to ask for it again switches it on.
    const word = `v3/pushrules/global/content/${rules.global.content.find(({ pattern }) => pattern === 'budget')?.rule_id}`;
    await call(blaise.account, 'PUT', `${word}/enabled`, { enabled: false });
    await until('off', () => settings?.keywords.length === 0);
    await must(device.api.setKeywords(['budget']));
    await until('on again', () => settings?.keywords[0] === 'budget');
    expect(await call(blaise.account, 'GET', `${word}/enabled`)).toEqual({ enabled: true });
    await must(ada.device.api.sendText(roomId, { text: 'rien' }));
    await must(ada.device.api.sendText(roomId, { text: 'le budget' }));
    await must(ada.device.api.sendText(roomId, { text: 'Blaise', mentions: { users: [blaise.userId], room: false } }));
    await until('two call', () => room(device, roomId)?.unread === 2 && room(device, roomId)?.highlights === 2);
    expect(notices.map(({ text }) => text)).toEqual(['le budget', 'Blaise']);
    expect(notices[0]).toMatchObject({ roomName: 'Rentrée', senderName: 'ada', highlight: true, outsider: false });
    await must(device.api.setRoomLevel(roomId, 'none'));
    await until('nothing calls', () => room(device, roomId)?.unread === 0);
    await must(device.api.setRoomLevel(roomId, 'all'));
    await until('all three', () => room(device, roomId)?.unread === 3);
  }, 120_000);

  it('[NOTIFY-4] [NOTIFY-5] [PUSH-2] a closed device is woken by ids alone, and reads what came with a key it never had', async () => {
    const mine = service.subscribe();
    const target = { gateway: `${gateway.url}/_matrix/push/v1/notify`, appId: 'fr.besace.web.interieur' };
    const { endpoint, p256dh, auth } = mine;
    await must(blaise.device.api.setRoomLevel(roomId, 'mentions'));
    await must(blaise.device.api.addPush({ ...target, endpoint, p256dh, auth, deviceName: 'Firefox', lang: 'fr' }));
    await blaise.device.end();
    service.pushed.length = 0;
    // A device that knows no session of Ada's of now: she begins a new one with a new device of hers.
    const other = await newDevice();
    await must(
      other.api.signIn({
        homeserver: ada.account.clientUrl,
        user: ada.account.localpart,
        password: ada.account.password,
        deviceName: 'autre',
      }),
    );
    await must(other.api.recover(ada.code));
    await until('ready', () => other.status.identity.kind === 'ready');
    await until('there', () => room(other, roomId)?.name === 'Rentrée');
    await must(
      other.api.sendText(roomId, { text: 'au budget, Blaise', mentions: { users: [blaise.userId], room: false } }),
    );
    await until('pushed', () => service.pushed.length > 0);
    const bodies = service.pushed.map(({ body }) => JSON.parse(mine.open(body)) as Record<string, unknown>);
    expect(Object.keys(bodies[0] ?? {}).sort()).toEqual(['event_id', 'room_id']);

    const asleep = createMemoryPlatform({ storagePrefix: blaise.device.prefix });
    const woken = await readPushed(asleep, bodies.at(-1), calm);
    expect(woken).toMatchObject({
      kind: 'call',
      notice: { text: 'au budget, Blaise', roomName: 'Rentrée', senderName: 'ada', highlight: true },
    });
    // The same again, as a server may push it once more: it is not new.
    expect(await readPushed(asleep, bodies.at(-1), calm)).toEqual({ kind: 'nothing' });
    for (const odd of [null, {}, { room_id: '!x', event_id: 3 }])
      expect(await readPushed(asleep, odd, calm)).toEqual({ kind: 'unread' });
    expect(await readPushed(asleep, { room_id: roomId, event_id: '$unknown' }, calm)).toEqual({ kind: 'unread' });
    expect(await readPushed(createMemoryPlatform({ storagePrefix: 'nobody' }), bodies[0], calm)).toEqual({
      kind: 'nothing',
    });

    await must(other.api.sendText(roomId, { text: 'rien' }));
    await until('pushed again', () => service.pushed.length > bodies.length);
    const last = service.pushed.at(-1);
    expect(await readPushed(asleep, JSON.parse(mine.open(last?.body ?? Buffer.alloc(0))), calm)).toEqual({
      kind: 'nothing',
    });

    // The session goes on from what the worker took, and counts what came while it was closed.
    const again: Device = await restart(blaise.device);
    await must(again.api.restore());
    const texts = await watchTexts(again, roomId);
    await until('read', () => texts().includes('au budget, Blaise') && texts().includes('rien'));
    expect(texts().filter((text) => text.startsWith('locked'))).toEqual([]);
    await must(again.api.removePush({ appId: target.appId, p256dh }));
    const { pushers } = await call<{ pushers: unknown[] }>(blaise.account, 'GET', 'v3/pushers');
    expect(pushers).toEqual([]);
    await other.end();
    await again.end();
  }, 180_000);
});
