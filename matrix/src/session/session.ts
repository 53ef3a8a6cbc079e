import type { UserId } from '@besace/protocol/core/ids';
import { CryptoEvent } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { createAcks } from '../acks/acks.ts';
import type {
  AcksApi,
  LaterApi,
  NotifyApi,
  ObjectsApi,
  OutboxApi,
  PeopleApi,
  PollsApi,
  SavedApi,
  SearchApi,
  TimelineApi,
} from '../api/types.ts';
import { createSessionCrypto } from '../crypto/cryptoPort.ts';
import { createDehydration } from '../crypto/dehydration.ts';
import { createRecovery, type Recovery } from '../crypto/recovery.ts';
import { createRestoreBackup } from '../crypto/restoreBackup.ts';
import { openSdkClient, type SdkClient } from '../crypto/sdkClient.ts';
import { uploadKeys } from '../crypto/uploadKeys.ts';
import { type ChangedIdentities, watchChangedIdentities } from '../devices/changedIdentities.ts';
import { watchNewDevices } from '../devices/newDevices.ts';
import { createVerification, type Verification } from '../devices/verification.ts';
import { createLater } from '../later/later.ts';
import type { LocalDb } from '../local/db.ts';
import { createNotify } from '../notify/notify.ts';
import { createRuleStore } from '../notify/ruleStore.ts';
import { createObjects } from '../objects/objects.ts';
import { createOutbox, createOutboxApi } from '../outbox/createOutbox.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { createIgnored } from '../people/ignored.ts';
import { createPeople, withoutIgnored } from '../people/people.ts';
import type { Platform } from '../platform/platform.ts';
import { createPolls } from '../polls/polls.ts';
import { createRoomRequests } from '../rooms/requests.ts';
import { createRoomActions, type RoomActions } from '../rooms/roomActions.ts';
import { createRoomList, type RoomListKeeper } from '../rooms/roomList.ts';
import { createRoomStore } from '../rooms/roomStore.ts';
import { ROOM_OBJECT } from '../rooms/singletons.ts';
import { createSaved } from '../saved/saved.ts';
import { createSearch } from '../search/search.ts';
import { createSyncEngine } from '../sync/engine.ts';
import { createSyncFeed } from '../sync/feed.ts';
import { createTimeline } from '../timeline/timeline.ts';
import { createSessionVault } from '../vault/sessionVault.ts';
import type { HttpPort, SessionContext } from './context.ts';
import { feedAccountData, feedCrypto } from './cryptoFeed.ts';
import { createHttp } from './http.ts';
import { createScope } from './scope.ts';
import type { StatusStore } from './status.ts';
import { publicAccount, type StoredAccount, writeAccount } from './storedAccount.ts';

/** A signed-in account at work on this device. Ends with `end`. */
export type Session = {
  readonly http: HttpPort;
  readonly sdk: SdkClient;
  readonly recovery: Recovery;
  readonly verification: Verification;
  readonly changedIdentities: ChangedIdentities;
  readonly list: RoomListKeeper;
  readonly actions: RoomActions;
  readonly outbox: Outbox;
  readonly outboxApi: OutboxApi;
  readonly timeline: TimelineApi;
  readonly objects: ObjectsApi;
  readonly polls: PollsApi;
  readonly acks: AcksApi;
  readonly search: SearchApi;
  readonly notify: NotifyApi;
  readonly saved: SavedApi;
  readonly later: LaterApi;
  readonly people: PeopleApi;
  readonly context: SessionContext;
  update(change: Partial<StoredAccount>): Promise<void>;
  /** Puts the keys that only this device may hold into the backup, as well as that goes in some seconds. */
  keepKeys(): Promise<void>;
  end(): Promise<void>;
};

export type SessionInput = {
  readonly platform: Platform;
  readonly db: LocalDb;
  readonly account: StoredAccount;
  readonly status: StatusStore;
};

/** Until every key of a restored backup was told of, and the longest that a verified device waits for the whole backup, ms. */
const AFTER_RESTORE_MS = 1_000;
const RESTORE_PATIENCE_MS = 2_000;
/** The longest that signing out waits for the backup, ms. */
const KEEP_KEYS_MS = 5_000;
/** How often the page is told how many events are locked, ms. */
const LOCKED_PACE_MS = 100;

/**
 * Opens the crypto store and puts the parts together; the network is not waited for. The sync runs when this resolves.
 * @throws BesaceFailure `storage-lost` when the crypto store cannot be opened.
 */
export async function startSession({ platform, db, account: stored, status }: SessionInput): Promise<Session> {
  const { logger } = platform;
  const scope = createScope();
  let account = stored;
  let locked = 0;
  let allRooms = false;
  let online = 0;
  let wasReady = account.identity === 'ready';
  let telling: (() => void) | null = null;
  scope.add(() => telling?.());
  const update = async (change: Partial<StoredAccount>) => {
    account = { ...account, ...change };
    await writeAccount(db, account);
    if (!scope.signal.aborted) status.update({ account: publicAccount(account) });
  };
  const sdk = await openSdkClient(platform, account);
  if (!account.cryptoMade) await update({ cryptoMade: true });

  const me = account.userId;
  const http = createHttp(platform, account.homeserver, account.accessToken, () => {
    if (!scope.signal.aborted) logger.warn('signed-out-by-server');
  });
  const rooms = createRoomStore(platform, http, me);
  const crypto = createSessionCrypto({
    platform,
    sdk,
    db,
    rooms,
    userId: me,
    scope,
    holdKeyRequests: !wasReady,
    onLockedCount: tellLocked,
  });
  const rules = createRuleStore(me, logger);
  const feed = createSyncFeed(logger, (open) => engine.setOpenRooms(open));
  const engine = createSyncEngine({
    platform,
    http,
    scope,
    summaryState: [ROOM_OBJECT],
    handlers: {
      onFresh: () => sdk.backend.markAllTrackedUsersAsDirty(),
      async onAnswer(answer, fresh) {
        await feedCrypto(sdk, answer);
        feedAccountData(sdk, answer);
        for (const { type, content } of answer.accountData) if (type === 'm.push_rules') rules.take(content);
        vault.deliver(answer.accountData);
        ignored.deliver(answer.accountData);
        for (const delta of answer.rooms) rooms.apply(delta);
        track(answer.rooms.map((delta) => delta.roomId));
        list.onAnswer(answer, fresh);
        feed.deliver(answer, fresh);
        for (const delta of answer.rooms) rooms.touch(delta.roomId);
        sdk.backend.onSyncCompleted({});
      },
      onTotal(total, complete) {
        list.setTotal(total, complete);
        if (complete && !allRooms) search.onAllRooms();
        allRooms = complete;
      },
      onConnection(connection) {
        feed.setConnection(connection);
        status.update({ connection });
        if (connection.kind === 'online') onOnline();
      },
    },
  });
  const ignored = createIgnored({ me, http, db, logger });
  const list = createRoomList({
    ignored,
    me,
    platform,
    db,
    http,
    rooms,
    crypto: crypto.port,
    sync: feed.port,
    scope,
    displayName: () => account.displayName,
    rules,
    onCall: (call) => notify.onCall(call),
  });
  const accountParts = { sdk, logger, account: () => account, update };
  const keysMayHaveCome = () => crypto.keysMayHaveCome([...rooms.all()].map((room) => room.roomId));
  const dehydration = createDehydration({ ...accountParts, clock: platform.clock, onRevived: keysMayHaveCome });
  const restoreBackup = createRestoreBackup({
    ...accountParts,
    onProgress: (keyRestore) => {
      if (!scope.signal.aborted) status.update({ keyRestore });
    },
    onRestored() {
      keysMayHaveCome();
      askForKeysIn(AFTER_RESTORE_MS);
    },
  });
  const vault = createSessionVault({ me, platform, db, http, scope, crypto: sdk.backend });
  const recovery = createRecovery({
    ...accountParts,
    http,
    scope,
    random: platform.random,
    dehydration,
    restoreBackup,
    onIdentity(identity) {
      status.update({ identity });
      if (identity.kind === 'ready') vault.wake();
      if (identity.kind === 'ready' && !wasReady) askForKeysIn(RESTORE_PATIENCE_MS);
      wasReady ||= identity.kind === 'ready';
    },
  });
  const verification = createVerification({
    client: sdk.client,
    userId: me,
    logger,
    clock: platform.clock,
    scope,
    announce: () => sdk.flush(),
    onDone: () => void refreshIdentity(),
  });
  const context: SessionContext = {
    account: publicAccount(account),
    platform,
    client: sdk.client,
    http,
    crypto: crypto.port,
    sync: feed.port,
    rooms,
    ignored,
    localDb: db,
    scope,
  };
  const notify = createNotify({ context, rules, rooms, summary: list.summary });
  const outbox = createOutbox(context);
  const later = createLater(context, outbox, vault);
  const acks = createAcks(context, outbox);
  const search = createSearch(context, rooms, acks.take);
  const actions = createRoomActions({
    me,
    platform,
    requests: createRoomRequests(http),
    rooms,
    outbox,
    scope,
    backend: sdk.backend,
    ownWords: list.ownWords,
    direct: () => list.direct,
    onKeys: crypto.keysMayHaveCome,
  });
  watchNewDevices({
    client: sdk.client,
    crypto: sdk.backend,
    db,
    clock: platform.clock,
    logger,
    scope,
    onNew: feed.newDevices,
  });
  const changedIdentities = watchChangedIdentities({
    client: sdk.client,
    crypto: sdk.backend,
    db,
    me,
    clock: platform.clock,
    logger,
    scope,
    followed: sdk.tracked,
    onChanged: ({ userId: user, at }) => feed.newDevices([{ user, deviceId: null, at }]),
  });
  watchIdentity();
  scope.add(rooms.onMembers((roomId) => track([roomId])));
  scope.add(platform.watchNetwork((up) => (up ? engine.retryNow() : engine.networkLost())));

  /** Follows the devices of the members of encrypted rooms, so that their signatures are known when their messages come. */
  function track(roomIds: readonly string[]): void {
    const people = new Set<UserId>();
    for (const room of rooms.all()) {
      if (!room.encrypted || room.membership !== 'join' || !roomIds.includes(room.roomId)) continue;
      for (const member of room.members()) {
        if (member.membership === 'join' || member.membership === 'invite') people.add(member.userId);
      }
    }
    if (people.size === 0) return;
    crypto.addMembers([...people]);
    sdk.track([...people]).catch((thrown) => logger.warn('track-failed', { error: String(thrown) }));
  }

  function askForKeysIn(ms: number): void {
    if (!scope.signal.aborted) scope.add(platform.clock.after(ms, crypto.releaseKeyRequests));
  }

  function onOnline(): void {
    outbox.wake();
    vault.wake();
    void refreshIdentity();
    if (online++ > 0) return;
    // What the last session did not end.
    if (account.restoring === true) restoreInBackground();
    if (wasReady) dehydration.renew().catch((thrown) => logger.warn('dehydration-failed', { error: String(thrown) }));
  }

  /** Keys come by the hundred, and each opens something: the page is told once. */
  function tellLocked(lockedEvents: number): void {
    locked = lockedEvents;
    if (scope.signal.aborted) return;
    telling ??= platform.clock.after(LOCKED_PACE_MS, () => {
      telling = null;
      status.update({ lockedEvents: locked });
    });
  }

  function restoreInBackground(): void {
    restoreBackup().catch((thrown) => {
      if (!scope.signal.aborted) logger.warn('backup-not-restored', { error: String(thrown) });
    });
  }

  function refreshIdentity(): Promise<void> {
    return recovery.refresh().catch((thrown) => {
      if (!scope.signal.aborted) logger.warn('identity-not-read', { error: String(thrown) });
    });
  }

  function watchIdentity(): void {
    const onDevices = (users: readonly string[]) => {
      if (users.includes(me)) void refreshIdentity();
    };
    const onTrust = (user: string) => onDevices([user]);
    const onBackupKey = () => {
      vault.wake();
      restoreInBackground();
    };
    sdk.client.on(CryptoEvent.DevicesUpdated, onDevices);
    sdk.client.on(CryptoEvent.UserTrustStatusChanged, onTrust);
    sdk.client.on(CryptoEvent.KeyBackupDecryptionKeyCached, onBackupKey);
    scope.add(() => {
      sdk.client.off(CryptoEvent.DevicesUpdated, onDevices);
      sdk.client.off(CryptoEvent.UserTrustStatusChanged, onTrust);
      sdk.client.off(CryptoEvent.KeyBackupDecryptionKeyCached, onBackupKey);
    });
  }

  const session: Session = {
    http,
    sdk,
    recovery,
    verification,
    changedIdentities,
    list,
    actions,
    outbox,
    outboxApi: createOutboxApi(outbox),
    timeline: createTimeline(context, outbox, later),
    polls: createPolls(context, outbox),
    acks: acks.api,
    objects: createObjects(context, outbox),
    notify: notify.api,
    search: withoutIgnored(search.api, ignored),
    saved: createSaved(context, vault),
    later,
    people: createPeople({ http, rooms, crypto: sdk.backend, ignored }),
    context,
    update,
    keepKeys: () => uploadKeys(sdk, http, platform.clock, KEEP_KEYS_MS),
    async end() {
      await outbox.stop();
      await list.flush();
      await crypto.flush();
      scope.end();
      await search.stop();
      await sdk.close();
    },
  };
  await Promise.all([list.load(), vault.load(), ignored.load()]);
  await outbox.start();
  engine.start();
  // A device that is not verified can do nothing before: its first question does not wait for the first answer of the sync.
  if (account.identity !== 'ready') void refreshIdentity();
  return session;
}
