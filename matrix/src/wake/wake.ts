import { parseEventId, parseRoomId, type RoomId } from '@besace/protocol/core/ids';
import { DeviceId, DeviceLists, initAsync, OlmMachine, StoreHandle, UserId } from '@matrix-org/matrix-sdk-crypto-wasm';
import * as v from 'valibot';
import type { Notice } from '../api/types.ts';
import { decryptEvent } from '../crypto/decrypt.ts';
import { createMissingKeys } from '../crypto/missingKeys.ts';
import { createReplayGuard } from '../crypto/replay.ts';
import { type LocalDb, openLocalDb } from '../local/db.ts';
import { readRoomListSnapshot } from '../local/roomListSnapshot.ts';
import { judge, parseRules } from '../notify/rules.ts';
import type { Platform } from '../platform/platform.ts';
import { isReplacement, isSaid, threadOf, withRelation } from '../rooms/callingEvent.ts';
import { saidLine } from '../rooms/lineOf.ts';
import { shownName } from '../rooms/shownName.ts';
import type { HttpPort, Locked } from '../session/context.ts';
import { createHttp } from '../session/http.ts';
import { createScope } from '../session/scope.ts';
import { cryptoDbPrefix, hasCryptoDb } from '../session/storage.ts';
import { readAccount, type StoredAccount } from '../session/storedAccount.ts';
import { isRecord, parseRawEvent, type RawEvent } from '../sync/rawEvent.ts';

/** What a push is about: `nothing` for her, or something that cannot be read now. */
export type Woken =
  | { readonly kind: 'call'; readonly notice: Notice }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unread' };

const SYNC = '/_matrix/client/unstable/org.matrix.simplified_msc3575/sync';
/** Times that what was sent to the device is asked for, a hundred messages each. */
const MOST_SYNCS = 5;
const LIMIT = 100;

/**
 * Reads one pushed event where no session runs (NOTIFY-5): a service worker that was woken, for some seconds. The caller holds the session's lock, so
 * that nobody else has the keys. Loads neither the SDK nor the timeline: the crypto alone.
 *
 * @param pushed the ids that came with the push, unparsed
 */
export async function readPushed(platform: Platform, pushed: unknown): Promise<Woken> {
  const ids = isRecord(pushed) ? ([parseRoomId(pushed.room_id), parseEventId(pushed.event_id)] as const) : null;
  if (ids === null || !ids[0].ok || !ids[1].ok) return { kind: 'unread' };
  const db = await openLocalDb(platform);
  try {
    const account = await readAccount(db);
    // Nobody is signed in here any more: what was sent before the server heard of it is for nobody.
    if (account === null) return { kind: 'nothing' };
    if (!account.cryptoMade || !(await hasCryptoDb(platform, account.deviceId))) return { kind: 'unread' };
    const http = createHttp(platform, account.homeserver, account.accessToken);
    return await readIn({ platform, db, account, http, roomId: ids[0].value, eventId: ids[1].value });
  } finally {
    db.close();
  }
}

type Reading = {
  readonly platform: Platform;
  readonly db: LocalDb;
  readonly account: StoredAccount;
  readonly http: HttpPort;
  readonly roomId: RoomId;
  readonly eventId: Notice['eventId'];
};

async function readIn(reading: Reading): Promise<Woken> {
  const { platform, account, http, roomId, eventId } = reading;
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
  const [answer] = await Promise.all([
    http.json({ method: 'GET', path: `${path}/event/${encodeURIComponent(eventId)}` }),
    initAsync(platform.cryptoWasmUrl ?? undefined),
  ]);
  const event = answer.ok ? parseRawEvent(answer.value, roomId) : null;
  if (event === null) return { kind: 'unread' };
  if (event.sender === account.userId || event.state_key !== undefined) return { kind: 'nothing' };
  // Content of a room counts when it came out of decryption: every room of ours is encrypted (T1).
  if (event.type !== 'm.room.encrypted') return { kind: 'nothing' };
  const machine = await openMachine(platform, account);
  try {
    const clear = await open(reading, machine, event);
    if (clear === null) return { kind: 'unread' };
    return isSaid(clear.type) ? await judgeClear(reading, event, clear.content) : { kind: 'nothing' };
  } finally {
    machine.close();
  }
}

async function openMachine(platform: Platform, account: StoredAccount): Promise<OlmMachine> {
  const key = Uint8Array.from(atob(account.cryptoKey), (character) => character.charCodeAt(0));
  const store = await StoreHandle.openWithKey(cryptoDbPrefix(platform, account.deviceId), key);
  const machine = await OlmMachine.initFromStore(new UserId(account.userId), new DeviceId(account.deviceId), store);
  machine.roomKeyRequestsEnabled = false;
  store.free();
  return machine;
}

type Clear = { readonly type: string; readonly content: Readonly<Record<string, unknown>> };

async function open(reading: Reading, machine: OlmMachine, event: RawEvent): Promise<Clear | null> {
  const scope = createScope();
  const { platform, db } = reading;
  const replay = createReplayGuard(db, platform.clock, platform.logger, scope);
  const nobody = () => undefined;
  const attempt = () =>
    decryptEvent(
      {
        sdk: { olm: machine },
        keyRequests: { want: nobody, got: nobody, release: nobody },
        missing: createMissingKeys(platform.clock),
        replay,
        // What the backup or an invitation vouches for is compared with people's devices by a session, which has them: here it is not believed.
        owners: {
          belongsToAnother: async () => true,
          isSignedDeviceOf: async () => false,
          forget: nobody,
          add: () => [],
          disproved: async () => [],
        },
        lockedEvents: { locked: nobody, opened: nobody, count: 0 },
        logger: platform.logger,
        ownMember: () => undefined,
        onUnknownSender: nobody,
      },
      event,
    );
  try {
    let clear = await attempt();
    if (!clear.ok && waits(clear.error) && (await takeToDevice(reading.http, machine))) clear = await attempt();
    if (!clear.ok) return null;
    await replay.flush();
    return { type: clear.value.type, content: withRelation(clear.value) };
  } finally {
    scope.end();
  }
}

function waits({ why }: Locked): boolean {
  return why === 'waiting-for-key' || why === 'refused-sender';
}

const syncSchema = v.object({
  extensions: v.object({
    to_device: v.object({ next_batch: v.string(), events: v.optional(v.array(v.unknown()), []) }),
  }),
});

/** Takes what was sent to this device, and says so to the server, which then forgets it. False when nothing could be had. */
async function takeToDevice(http: HttpPort, machine: OlmMachine): Promise<boolean> {
  let since: string | null = null;
  let taken = false;
  for (let syncs = 0; syncs < MOST_SYNCS; syncs += 1) {
    const to_device = { enabled: true, limit: LIMIT, ...(since === null ? {} : { since }) };
    const body = { conn_id: 'besace-wake', lists: {}, extensions: { to_device } };
    const answer = await http.json({ method: 'POST', path: SYNC, query: { timeout: '0' }, body });
    const parsed = v.safeParse(syncSchema, answer.ok ? answer.value : null);
    if (!parsed.success) break;
    const { events, next_batch } = parsed.output.extensions.to_device;
    if (events.length === 0) break;
    // The next request acknowledges these; the last one finds nothing.
    since = next_batch;
    // Verifications are talks that a session has with a person: they are left for it, and so is all that comes with them.
    if (!events.every((one) => isRecord(one) && one.type === 'm.room.encrypted')) break;
    await machine.receiveSyncChangesMsc4186(JSON.stringify(events), new DeviceLists(), new Map());
    taken = true;
  }
  return taken;
}

async function judgeClear(
  { http, account, db, roomId, eventId }: Reading,
  event: RawEvent,
  content: Clear['content'],
): Promise<Woken> {
  const member = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(event.sender)}`;
  const [rules, sender, snapshot] = await Promise.all([
    http.json({ method: 'GET', path: '/_matrix/client/v3/pushrules/' }),
    http.json({ method: 'GET', path: member }),
    readRoomListSnapshot(db),
  ]);
  const room = snapshot?.list.rooms.find((one) => one.roomId === roomId);
  const judged = {
    roomId,
    sender: event.sender,
    type: 'm.room.message',
    content,
    memberCount: room?.joinedCount ?? 3,
    myName: account.displayName,
    mayCallRoom: true,
  };
  const text = saidLine(content);
  if (!rules.ok || text === null) return { kind: 'unread' };
  const verdict = judge(parseRules(isRecord(rules.value) ? rules.value : {}, account.userId), judged);
  if (verdict === 'quiet' || (isReplacement(content) && verdict !== 'highlight')) return { kind: 'nothing' };
  const shown = sender.ok && isRecord(sender.value) ? shownName(sender.value.displayname) : '';
  return {
    kind: 'call',
    notice: {
      roomId,
      eventId,
      threadRoot: threadOf(content),
      sender: event.sender,
      senderName: shown || event.sender.slice(1, event.sender.indexOf(':')),
      outsider: false,
      roomName: room?.name ?? '',
      direct: room?.direct ?? true,
      text,
      highlight: verdict === 'highlight',
      at: event.origin_server_ts,
    },
  };
}
