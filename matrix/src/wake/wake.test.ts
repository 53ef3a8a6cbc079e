import { parseDeviceId, parseEventId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import { describe, expect, it } from 'vitest';
import { openLocalDb } from '../local/db.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import type { HttpPort } from '../session/context.ts';
import { cryptoDbPrefix } from '../session/storage.ts';
import { writeAccount } from '../session/storedAccount.ts';
import { parseRawEvent } from '../sync/rawEvent.ts';
import { judgeClear } from './judgeClear.ts';
import { readPushed } from './wake.ts';

const roomId = must(parseRoomId('!room'));
const eventId = must(parseEventId('$new'));
const me = must(parseUserId('@anne:interieur.test'));
const karim = must(parseUserId('@karim:culture.test'));
const guest = must(parseUserId('@karim:externes.test'));

/** Where somebody is signed in, with a crypto store that cannot be opened: who tries fails. */
async function asleep(storagePrefix: string, fetch: typeof globalThis.fetch) {
  const platform = createMemoryPlatform({ storagePrefix, fetch });
  const deviceId = must(parseDeviceId('DEVICE'));
  const db = await openLocalDb(platform);
  await writeAccount(db, {
    userId: me,
    deviceId,
    homeserver: 'https://interieur.test',
    accessToken: 'token',
    displayName: 'Anne',
    cryptoKey: 'no key',
    cryptoMade: true,
    identity: 'ready',
    setup: null,
  });
  db.close();
  await new Promise((resolve, reject) => {
    const opening = platform.indexedDB.open(cryptoDbPrefix(platform, deviceId));
    opening.onsuccess = () => resolve(opening.result.close());
    opening.onerror = () => reject(opening.error);
  });
  return platform;
}

const sealed = (id: string) => ({
  event_id: id,
  sender: karim,
  type: 'm.room.encrypted',
  origin_server_ts: 0,
  content: { algorithm: 'm.megolm.v1.aes-sha2', session_id: 'session', ciphertext: 'AwgAEnACgAkLmt6q' },
});
const pushed = { room_id: roomId, event_id: eventId };

describe('a device that is woken', () => {
  it('[NOTIFY-5] takes no other event for the one that was pushed', async () => {
    const platform = await asleep('wake-other', async () => Response.json(sealed('$old')));
    expect(await readPushed(platform, pushed, new AbortController().signal)).toEqual({ kind: 'unread' });
  });

  it('[NOTIFY-5] does not announce again what it has opened before', async () => {
    const platform = await asleep('wake-again', async () => Response.json(sealed('$new')));
    const db = await openLocalDb(platform);
    const value = { sender: karim, events: { 0: '$new' } };
    await db.write([{ store: 'seen', key: `${roomId}/session`, value }]);
    db.close();
    expect(await readPushed(platform, pushed, new AbortController().signal)).toEqual({ kind: 'nothing' });
  });

  it('[NOTIFY-5] that is asked to end opens no keys any more, whatever comes late', async () => {
    const giveUp = new AbortController();
    // The answer comes after all, as it may when it was on its way already.
    const platform = await asleep('wake-late', async () => {
      giveUp.abort();
      return Response.json(sealed('$new'));
    });
    expect(await readPushed(platform, pushed, giveUp.signal)).toEqual({ kind: 'unread' });
  });
});

describe('who speaks in what wakes a device', () => {
  it('[NOTIFY-5] marks outsiders, and tells namesakes apart', async () => {
    const both = [member(karim, 'Karim Haddad'), member(guest, 'Karim Haddad')];
    expect(await told({ sender: guest, members: both })).toMatchObject({
      notice: { senderName: `Karim Haddad (${guest})`, outsider: true },
    });
    expect(await told({ sender: karim, members: [member(karim, 'Karim Haddad')] })).toMatchObject({
      notice: { senderName: 'Karim Haddad', outsider: false },
    });
    expect(await told({ sender: karim, members: null })).toMatchObject({
      notice: { senderName: `Karim Haddad (${karim})` },
    });
  });

  it('[NOTIFY-5] [NOTIFY-1] calls everybody only for those who may', async () => {
    const content = { msgtype: 'm.text', body: '@room', 'm.mentions': { room: true } };
    const members = [member(karim, 'Karim Haddad')];
    const levels = { users: { [karim]: 50 } };
    expect(await told({ sender: karim, members, content, levels })).toMatchObject({ notice: { highlight: true } });
    for (const weak of [{}, { users: { [karim]: 49 } }, { ...levels, notifications: { room: 100 } }, null]) {
      const woken = await told({ sender: karim, members, content, levels: weak });
      expect(woken).toMatchObject({ notice: { highlight: false } });
    }
  });
});

type Telling = {
  readonly sender: typeof karim;
  readonly members: readonly object[] | null;
  readonly content?: Record<string, unknown>;
  readonly levels?: object | null;
};

async function told({ sender, members, content = { msgtype: 'm.text', body: 'Bonjour' }, levels = null }: Telling) {
  const platform = createMemoryPlatform({ storagePrefix: 'wake-who', outsiderServers: ['externes.test'] });
  const db = await openLocalDb(platform);
  const rule = (rule_id: string, conditions: object[], actions: unknown[]) => ({ rule_id, conditions, actions });
  const roomMention = [
    { kind: 'event_property_is', key: 'content.m\\.mentions.room', value: true },
    { kind: 'sender_notification_permission', key: 'room' },
  ];
  const answers: Record<string, unknown> = {
    'pushrules/': {
      global: {
        override: [rule('.m.rule.is_room_mention', roomMention, ['notify', { set_tweak: 'highlight' }])],
        underride: [rule('.m.rule.message', [], ['notify'])],
      },
    },
    'state/m.room.create/': stateEvent('m.room.create', '', { room_version: '11' }),
    'state/m.room.power_levels/': levels && stateEvent('m.room.power_levels', '', levels),
    members: members && { chunk: members },
    [`state/m.room.member/${encodeURIComponent(sender)}`]: { displayname: 'Karim Haddad' },
  };
  const http: Pick<HttpPort, 'json'> = {
    async json({ path }) {
      const known = Object.entries(answers).find(([end]) => path.endsWith(`/${end}`))?.[1];
      return known ? ok(known) : err({ code: 'forbidden' });
    },
  };
  const event = parseRawEvent({ ...sealed('$new'), sender }, roomId);
  if (event === null) throw new Error('not an event');
  try {
    return await judgeClear(
      { platform, db, account: { userId: me, displayName: 'Anne' }, http, roomId, eventId },
      event,
      content,
    );
  } finally {
    db.close();
  }
}

function member(user: string, displayname: string) {
  return stateEvent('m.room.member', user, { membership: 'join', displayname });
}

function stateEvent(type: string, state_key: string, content: object) {
  return { event_id: `$${type}${state_key}`, sender: me, type, state_key, content, origin_server_ts: 0 };
}

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error('not an id');
  return result.value;
}
