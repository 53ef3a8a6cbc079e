import { err, ok } from '@besace/protocol/core/result';
import type { Account, BesaceError, Outcome, Stop } from '../api/types.ts';
import { rememberedIdentity } from '../crypto/identity.ts';
import { masterKeyOnServer } from '../crypto/masterKey.ts';
import { BesaceFailure, storageError } from '../errors.ts';
import { type LocalDb, localDbName, openLocalDb } from '../local/db.ts';
import { type RoomListSnapshot, readRoomListSnapshot } from '../local/roomListSnapshot.ts';
import { LOCAL_STORES } from '../local/stores.ts';
import type { Platform } from '../platform/platform.ts';
import type { HttpPort } from './context.ts';
import { createHttp } from './http.ts';
import type { Session } from './session.ts';
import { signIn as askForToken, profileName, type SignInInput } from './signIn.ts';
import { createStatusStore, NO_SESSION, type StatusStore } from './status.ts';
import { deleteCryptoDbs, deleteDatabase, hasCryptoDb } from './storage.ts';
import {
  isAccountLost,
  publicAccount,
  readAccount,
  removeAccount,
  type StoredAccount,
  writeAccount,
} from './storedAccount.ts';

/** Opens and closes the session: who is signed in on this device, and what happens to what it keeps. */
export interface Doorkeeper {
  readonly status: StatusStore;
  /** The session once it runs; null when nobody is signed in. @throws BesaceFailure when it could not be opened. */
  session(): Promise<Session | null>;
  /** Runs `attach` in the session of now and in each later one, until stopped. */
  whileSignedIn(attach: (session: Session) => Stop | Promise<Stop>): Stop;
  /** The room list of the last time, when a session is opening. */
  snapshot(): Promise<RoomListSnapshot | null>;
  /** What this device keeps, while a session is opening: an open one tells it by itself. */
  localCopy(): Promise<LocalDb | null>;
  /** @param homeserver where it is by now, when that may have changed */
  restore(homeserver?: string): Outcome<Account | null>;
  signIn(input: SignInInput): Outcome<Account>;
  signOut(options: { force: boolean; everywhere: boolean }): Outcome<void>;
  /** Ends the session of this process and lets go of its storage; nothing is signed out. */
  close(): Promise<void>;
}

type Attachment = { readonly attach: (session: Session) => Stop | Promise<Stop>; stop: Stop | null; ended: boolean };

export function createDoorkeeper(platform: Platform): Doorkeeper {
  const { logger } = platform;
  const status = createStatusStore(logger);
  const attachments = new Set<Attachment>();
  let opening: Promise<LocalDb> | null = null;
  let current: Promise<Session> | null = null;
  /** `current`, once it runs. */
  let opened: Promise<Session> | null = null;
  let restoring: Outcome<Account | null> | null = null;

  function database(): Promise<LocalDb> {
    opening ??= openLocalDb(platform).then(
      (db) => {
        db.onLost(onStorageLost);
        return db;
      },
      (thrown) => {
        opening = null;
        throw new BesaceFailure(storageError(thrown) ?? { code: 'storage-lost' }, thrown);
      },
    );
    return opening;
  }

  /** The browser or the person wiped the storage under us: the session cannot go on, and says so. */
  function onStorageLost(): void {
    const error: BesaceError = { code: 'storage-lost', detail: 'wiped' };
    logger.error('storage-lost');
    const ending = current;
    opening = null;
    current = Promise.reject(new BesaceFailure(error));
    current.catch(() => undefined); // whoever asks for the session hears it
    status.update({ connection: { kind: 'offline', since: platform.clock.now(), error } });
    void ending?.then((session) => session.end()).catch(() => undefined); // it fails for want of storage
  }

  async function open(db: LocalDb, account: StoredAccount): Promise<Session> {
    // The SDK and its wasm are loaded here, side by side, once they are needed: the first screen does without.
    const crypto = import('../crypto/loadCrypto.ts').then(({ loadCrypto }) => loadCrypto(platform));
    const [{ startSession }] = await Promise.all([import('./session.ts'), crypto]);
    return startSession({ platform, db, account, status });
  }

  function begin(db: LocalDb, account: StoredAccount): Promise<Session> {
    status.update({
      ...NO_SESSION,
      account: publicAccount(account),
      identity: rememberedIdentity(account),
    });
    const started = open(db, account);
    const onOpen = () => {
      opened = started;
    };
    started.then(onOpen, (thrown) => {
      const error = thrown instanceof BesaceFailure ? thrown.error : { code: 'unexpected' as const };
      logger.error('session-not-opened', { code: error.code, error: String(thrown) });
      status.update({ connection: { kind: 'offline', since: platform.clock.now(), error } });
    });
    current = started;
    for (const attachment of attachments) attachTo(attachment, started);
    return started;
  }

  function attachTo(attachment: Attachment, started: Promise<Session>): void {
    started
      .then(async (session) => {
        if (attachment.ended || started !== current) return;
        const stop = await attachment.attach(session);
        if (attachment.ended || started !== current) stop();
        else attachment.stop = stop;
      })
      // A session that did not open says so in the status; what is left is a watch that failed.
      .catch((thrown) => logger.warn('watch-failed', { error: String(thrown) }));
  }

  async function restoreNow(homeserver: string | undefined): Outcome<Account | null> {
    const db = await database();
    if (await isAccountLost(db)) return err({ code: 'storage-lost', detail: 'key' });
    const kept = await readAccount(db);
    if (kept === null) return ok(null);
    const account = homeserver === undefined || homeserver === kept.homeserver ? kept : { ...kept, homeserver };
    if (account !== kept) await writeAccount(db, account);
    if (account.cryptoMade && !(await hasCryptoDb(platform, account.deviceId))) {
      return err({ code: 'storage-lost', detail: 'crypto' });
    }
    begin(db, account).catch(() => undefined); // said in the status, and to whoever asks for the session
    return ok(publicAccount(account));
  }

  async function signIn(input: SignInInput): Outcome<Account> {
    const db = await database();
    const before = await readAccount(db);
    const asked = await askForToken(platform, input);
    if (!asked.ok) return asked;
    // Asked while this device is made ready.
    const http = createHttp(platform, asked.value.homeserver, asked.value.accessToken);
    const naming = profileName(http, asked.value);
    const verifying = hasKeys(http, asked.value);
    const account = asked.value;
    if (before !== null && before.userId !== account.userId && (await db.list('outbox', '')).length > 0) {
      // What another person wrote here still waits: it is hers to send or to drop (`signOut` with force).
      await logout(account, false);
      return err({ code: 'invalid', detail: 'other-account-waiting' });
    }
    await endSession();
    // Keys of a former device are of no use to a new one; what waits to be sent is kept, and what was decrypted too.
    await deleteCryptoDbs(platform);
    // Nobody here, and yet something kept: a sign-out was killed half-way. It is not this person's to see or to send.
    const another = before === null ? await keepsAnything(db) : before.userId !== account.userId;
    if (another) await wipeLocal();
    const fresh = await database();
    const named = { ...account, displayName: await naming };
    await writeAccount(fresh, named);
    const started = begin(fresh, named);
    void verifying.then((has) => {
      // A device that was just made is not signed by keys that are there: the person can be asked for her code while it comes up.
      const { account: shown, identity } = status.value;
      if (has && shown?.deviceId === named.deviceId && identity.kind === 'unknown')
        status.update({ identity: { kind: 'unverified' } });
    });
    await started;
    return ok(publicAccount(named));
  }

  /** Whether the account has signing keys; false when that cannot be said now, since the session asks by itself. */
  async function hasKeys(http: HttpPort, { userId }: StoredAccount): Promise<boolean> {
    try {
      return (await masterKeyOnServer(http, userId)) !== null;
    } catch (thrown) {
      logger.info('identity-not-asked', { error: String(thrown) });
      return false;
    }
  }

  async function signOut({ force, everywhere }: { force: boolean; everywhere: boolean }): Outcome<void> {
    const db = await database();
    const account = await readAccount(db);
    if (!force && (await db.list('outbox', '')).length > 0) return err({ code: 'invalid', detail: 'waiting' });
    if (account !== null) {
      await keepKeys();
      const left = await logout(account, everywhere);
      // Signing out everywhere is for when a device was lost: it must not be said to be done when it is not.
      if (!left.ok && left.error.code !== 'signed-out' && (everywhere || !force)) return left;
      await removeAccount(db);
    }
    await endSession();
    await deleteCryptoDbs(platform);
    await wipeLocal();
    status.update(NO_SESSION);
    return ok(undefined);
  }

  async function keepsAnything(db: LocalDb): Promise<boolean> {
    for (const store of LOCAL_STORES) if ((await db.keys(store, '')).length > 0) return true;
    return false;
  }

  function logout(account: StoredAccount, everywhere: boolean): Outcome<unknown> {
    const path = everywhere ? '/_matrix/client/v3/logout/all' : '/_matrix/client/v3/logout';
    return createHttp(platform, account.homeserver, account.accessToken).json({ method: 'POST', path, body: {} });
  }

  async function keepKeys(): Promise<void> {
    try {
      await (await opened)?.keepKeys();
    } catch (thrown) {
      // Signing out must be possible without network and without storage.
      logger.info('keys-not-kept', { error: String(thrown) });
    }
  }

  async function endSession(): Promise<void> {
    const ending = current;
    current = null;
    restoring = null;
    for (const attachment of attachments) {
      attachment.stop?.();
      attachment.stop = null;
    }
    try {
      await (await ending)?.end();
    } catch (thrown) {
      // One that never opened, or lost its storage, has nothing to end.
      logger.info('session-ended-badly', { error: String(thrown) });
    }
  }

  async function wipeLocal(): Promise<void> {
    const db = await opening;
    opening = null;
    db?.close();
    await deleteDatabase(platform, localDbName(platform));
    await platform.forgetLocalKey();
  }

  return {
    status,
    async session() {
      return current;
    },
    whileSignedIn(attach) {
      const attachment: Attachment = { attach, stop: null, ended: false };
      attachments.add(attachment);
      if (current !== null) attachTo(attachment, current);
      return () => {
        attachment.ended = true;
        attachments.delete(attachment);
        attachment.stop?.();
      };
    },
    async snapshot() {
      return current === null ? null : readRoomListSnapshot(await database());
    },
    async localCopy() {
      return current === null || current === opened ? null : database();
    },
    restore(homeserver) {
      // Asked twice (two screens), it is one session.
      restoring ??= restoreNow(homeserver?.replace(/\/+$/, '')).then((outcome) => {
        if (!outcome.ok || outcome.value === null) restoring = null;
        return outcome;
      });
      return restoring;
    },
    signIn,
    signOut,
    async close() {
      await endSession();
      (await opening)?.close();
      opening = null;
    },
  };
}
