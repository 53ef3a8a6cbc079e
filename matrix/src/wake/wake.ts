import { parseEventId, parseRoomId, type RoomId } from '@besace/protocol/core/ids';
import { DeviceId, DeviceLists, initAsync, OlmMachine, StoreHandle, UserId } from '@matrix-org/matrix-sdk-crypto-wasm';
import * as v from 'valibot';
import type { Notice } from '../api/types.ts';
import { decryptEvent } from '../crypto/decrypt.ts';
import { createMissingKeys } from '../crypto/missingKeys.ts';
import { createReplayGuard, megolmIndex, wasSeen } from '../crypto/replay.ts';
import { type LocalDb, openLocalDb } from '../local/db.ts';
import type { Platform } from '../platform/platform.ts';
import { isSaid, withRelation } from '../rooms/callingEvent.ts';
import type { HttpPort, Locked } from '../session/context.ts';
import { createHttp } from '../session/http.ts';
import { createScope } from '../session/scope.ts';
import { cryptoDbPrefix, hasCryptoDb } from '../session/storage.ts';
import { readAccount, type StoredAccount } from '../session/storedAccount.ts';
import { isRecord, parseRawEvent, type RawEvent } from '../sync/rawEvent.ts';
import { judgeClear } from './judgeClear.ts';

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
 * @param signal asks it to end: nothing is begun any more, and once the promise has settled nothing has the keys open
 */
export async function readPushed(platform: Platform, pushed: unknown, signal: AbortSignal): Promise<Woken> {
  const ids = isRecord(pushed) ? ([parseRoomId(pushed.room_id), parseEventId(pushed.event_id)] as const) : null;
  if (ids === null || !ids[0].ok || !ids[1].ok) return { kind: 'unread' };
  const db = await openLocalDb(platform);
  try {
    const account = await readAccount(db);
    // Nobody is signed in here any more: what was sent before the server heard of it is for nobody.
    if (account === null) return { kind: 'nothing' };
    if (!account.cryptoMade || !(await hasCryptoDb(platform, account.deviceId))) return { kind: 'unread' };
    const http = endedBy(signal, createHttp(platform, account.homeserver, account.accessToken));
    return await readIn({ platform, db, account, http, signal, roomId: ids[0].value, eventId: ids[1].value });
  } finally {
    db.close();
  }
}

type Reading = {
  readonly platform: Platform;
  readonly db: LocalDb;
  readonly account: StoredAccount;
  readonly http: HttpPort;
  readonly signal: AbortSignal;
  readonly roomId: RoomId;
  readonly eventId: Notice['eventId'];
};

function endedBy(signal: AbortSignal, http: HttpPort): HttpPort {
  return {
    json: (request) => http.json({ ...request, signal }),
    bytes: (request) => http.bytes({ ...request, signal }),
  };
}

async function readIn(reading: Reading): Promise<Woken> {
  const { platform, account, db, http, signal, roomId, eventId } = reading;
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
  const [answer] = await Promise.all([
    http.json({ method: 'GET', path: `${path}/event/${encodeURIComponent(eventId)}` }),
    initAsync(platform.cryptoWasmUrl ?? undefined),
  ]);
  const event = answer.ok ? parseRawEvent(answer.value, roomId) : null;
  // Another event than the one that was asked for is not what is new.
  if (event === null || event.event_id !== eventId) return { kind: 'unread' };
  if (event.sender === account.userId || event.state_key !== undefined) return { kind: 'nothing' };
  // Content of a room counts when it came out of decryption: every room of ours is encrypted (T1).
  if (event.type !== 'm.room.encrypted') return { kind: 'nothing' };
  // What this device has opened before is not new, whatever the server says.
  if (await wasOpened(db, event)) return { kind: 'nothing' };
  if (signal.aborted) return { kind: 'unread' };
  const machine = await openMachine(platform, account);
  try {
    const clear = await open(reading, machine, event);
    if (clear === null) return { kind: 'unread' };
    return isSaid(clear.type) ? await judgeClear(reading, event, clear.content) : { kind: 'nothing' };
  } finally {
    machine.close();
  }
}

async function wasOpened(db: LocalDb, { room_id: roomId, event_id: eventId, content }: RawEvent): Promise<boolean> {
  const index = megolmIndex(content.ciphertext);
  const { session_id: sessionId } = content;
  if (index === null || typeof sessionId !== 'string') return false;
  return wasSeen(db, { roomId, sessionId, index, eventId });
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
        lockedEvents: { locked: nobody, opened: nobody },
        logger: platform.logger,
        ownMember: () => undefined,
        onUnknownSender: nobody,
      },
      event,
    );
  try {
    let clear = await attempt();
    if (!clear.ok && waits(clear.error) && (await takeToDevice(reading, machine))) clear = await attempt();
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
async function takeToDevice({ http, signal }: Reading, machine: OlmMachine): Promise<boolean> {
  let since: string | null = null;
  let taken = false;
  for (let syncs = 0; syncs < MOST_SYNCS && !signal.aborted; syncs += 1) {
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
