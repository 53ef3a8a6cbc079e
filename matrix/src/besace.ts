import { err } from '@besace/protocol/core/result';
import type { BesaceApi, BesaceError, Outcome, RoomList, Stop } from './api/types.ts';
import { listDevices, renameDevice, signOutDevices } from './devices/devices.ts';
import { BesaceFailure, storageError } from './errors.ts';
import { earlyObjects } from './local/objectsView.ts';
import type { Platform } from './platform/platform.ts';
import { createDoorkeeper } from './session/doorkeeper.ts';
import { openIdToken, setDisplayName } from './session/profile.ts';
import type { Session } from './session/session.ts';

/** A Besace in this process, and its end. */
export type OpenBesace = {
  readonly api: BesaceApi;
  /** Stops what runs and lets go of the storage, as when a bot ends; the account stays signed in. */
  close(): Promise<void>;
};

/** Everything that `matrix/` offers, for one account on this device. See `openBesace`. */
export function createBesace(platform: Platform): BesaceApi {
  return openBesace(platform).api;
}

/**
 * Loads what a session needs (the SDK, the crypto's wasm) before there is one, as while somebody types a password. The caller has made sure
 * that the wasm can be had: the crypto package never tries a second time.
 */
export async function loadAhead(platform: Platform): Promise<void> {
  const crypto = import('./crypto/loadCrypto.ts').then(({ loadCrypto }) => loadCrypto(platform));
  await Promise.all([import('./session/session.ts'), crypto]);
}

/**
 * The same, with its end. Nothing in the API throws for what a person, a network or a server did; a fault
 * of ours is logged once under an id and comes back as `unexpected`.
 */
export function openBesace(platform: Platform): OpenBesace {
  const door = createDoorkeeper(platform);

  /** One call at the border: exceptions become values. */
  async function guard<T>(name: string, run: () => Outcome<T>): Outcome<T> {
    try {
      return await run();
    } catch (thrown) {
      return err(await toError(platform, name, thrown));
    }
  }
  const inSession =
    <Args extends readonly unknown[], T>(name: string, run: (session: Session, ...args: Args) => Outcome<T>) =>
    (...args: Args): Outcome<T> =>
      guard(name, async () => {
        const session = await door.session();
        return session === null ? err({ code: 'signed-out', detail: 'no session' }) : run(session, ...args);
      });
  const watched =
    <Args extends readonly unknown[]>(watch: (session: Session, ...args: Args) => Stop | Promise<Stop>) =>
    async (...args: Args): Promise<Stop> =>
      door.whileSignedIn((session) => watch(session, ...args));

  const roomWatchers = new Set<{ readonly listener: (list: RoomList) => void; live: boolean }>();

  /** The local copy, while the crypto is still being loaded (ROOM-7). */
  async function showLastRooms(): Promise<void> {
    const snapshot = await door.snapshot();
    if (snapshot === null) return;
    for (const watcher of roomWatchers) if (!watcher.live) watcher.listener(snapshot.list);
  }

  const api: BesaceApi = {
    watchStatus: async (listener) => door.status.watch(listener),
    restore: (options) =>
      guard('restore', async () => {
        const restored = await door.restore(options?.homeserver);
        await showLastRooms();
        return restored;
      }),
    signIn: (input) => guard('signIn', () => door.signIn(input)),
    signOut: (options) => guard('signOut', () => door.signOut({ ...options, everywhere: false })),
    signOutEverywhere: (options) => guard('signOutEverywhere', () => door.signOut({ ...options, everywhere: true })),
    setUpRecovery: inSession('setUpRecovery', (session, { password }) => session.recovery.setUp(password)),
    confirmRecoveryCode: inSession('confirmRecoveryCode', (session, code) => session.recovery.confirm(code)),
    recover: inSession('recover', (session, code) => session.recovery.recover(code)),
    resetIdentity: inSession('resetIdentity', (session, { password }) => session.recovery.reset(password)),
    setDisplayName: inSession('setDisplayName', setDisplayName),
    openIdToken: inSession('openIdToken', openIdToken),

    devices: inSession('devices', (session) => listDevices(session.http, session.sdk.backend, session.context.account)),
    renameDevice: inSession('renameDevice', (session, deviceId, name) => renameDevice(session.http, deviceId, name)),
    signOutDevices: inSession('signOutDevices', (session, input) =>
      signOutDevices(session.http, session.context.account, input),
    ),
    watchChangedIdentities: watched((session, listener) => session.changedIdentities.watch(listener)),
    acceptIdentity: inSession('acceptIdentity', (session, user) => session.changedIdentities.accept(user)),
    watchVerification: watched((session, listener) => session.verification.watch(listener)),
    requestVerification: inSession('requestVerification', (session, device) => session.verification.request(device)),
    acceptVerification: inSession('acceptVerification', (session) => session.verification.accept()),
    confirmEmoji: inSession('confirmEmoji', (session, same) => session.verification.confirm(same)),
    cancelVerification: inSession('cancelVerification', (session) => session.verification.cancel()),

    async watchRooms(listener) {
      const watcher = { listener, live: false };
      roomWatchers.add(watcher);
      const stop = door.whileSignedIn((session) => {
        watcher.live = true;
        return session.list.watchRooms(listener);
      });
      await showLastRooms();
      return () => {
        roomWatchers.delete(watcher);
        stop();
      };
    },
    watchRoom: watched((session, roomId, listener) => session.list.watchRoom(roomId, listener)),
    createConversation: inSession('createConversation', (session, input) => session.actions.createConversation(input)),
    createWorkspace: inSession('createWorkspace', (session, input) => session.actions.createWorkspace(input)),
    createRoomIn: inSession('createRoomIn', (session, input) => session.actions.createRoomIn(input)),
    invite: inSession('invite', (session, roomId, user) => session.actions.invite(roomId, user)),
    join: inSession('join', (session, roomId, options) => session.actions.join(roomId, options)),
    leave: inSession('leave', (session, roomId) => session.actions.leave(roomId)),
    rename: inSession('rename', (session, roomId, name) => session.actions.rename(roomId, name)),
    setTopic: inSession('setTopic', (session, roomId, topic) => session.actions.setTopic(roomId, topic)),
    setPower: inSession('setPower', (session, roomId, user, power) => session.actions.setPower(roomId, user, power)),

    watchTimeline: watched((session, roomId, listener) => session.timeline.watchTimeline(roomId, listener)),
    watchPlace: watched((session, roomId, focus, listener) => session.timeline.watchPlace(roomId, focus, listener)),
    loadOlder: inSession('loadOlder', (session, roomId, focus) => session.timeline.loadOlder(roomId, focus)),
    loadNewer: inSession('loadNewer', (session, roomId, focus) => session.timeline.loadNewer(roomId, focus)),
    eventAt: inSession('eventAt', (session, roomId, at) => session.timeline.eventAt(roomId, at)),
    sendText: inSession('sendText', (session, roomId, input) => session.timeline.sendText(roomId, input)),
    sendLocation: inSession('sendLocation', (session, ...args) => session.timeline.sendLocation(...args)),
    edit: inSession('edit', (session, roomId, eventId, input) => session.timeline.edit(roomId, eventId, input)),
    react: inSession('react', (session, roomId, eventId, key) => session.timeline.react(roomId, eventId, key)),
    remove: inSession('remove', (session, ...args) => session.timeline.remove(...args)),
    report: inSession('report', (session, ...args) => session.timeline.report(...args)),
    pin: inSession('pin', (session, ...args) => session.timeline.pin(...args)),
    forward: inSession('forward', (session, ...args) => session.timeline.forward(...args)),
    markUnread: inSession('markUnread', (session, ...args) => session.timeline.markUnread(...args)),
    sendFile: inSession('sendFile', (session, roomId, file, input) => session.timeline.sendFile(roomId, file, input)),
    download: inSession('download', (session, media) => session.timeline.download(media)),
    markRead: inSession('markRead', (session, ...args) => session.timeline.markRead(...args)),
    setTyping: inSession('setTyping', (session, roomId, typing) => session.timeline.setTyping(roomId, typing)),

    watchPoll: watched((session, roomId, poll, listener) => session.polls.watchPoll(roomId, poll, listener)),
    startPoll: inSession('startPoll', (session, roomId, input) => session.polls.startPoll(roomId, input)),
    votePoll: inSession('votePoll', (session, ...args) => session.polls.votePoll(...args)),
    watchAcknowledgements: watched((session, ...args) => session.acks.watchAcknowledgements(...args)),
    acknowledge: inSession('acknowledge', (session, ...args) => session.acks.acknowledge(...args)),
    watchToAcknowledge: watched((session, listener) => session.acks.watchToAcknowledge(listener)),
    endPoll: inSession('endPoll', (session, ...args) => session.polls.endPoll(...args)),

    async watchObjects(roomId, listener) {
      let live = false;
      const stop = door.whileSignedIn((session) =>
        session.objects.watchObjects(roomId, (change) => {
          live = true;
          listener(change);
        }),
      );
      // The local copy, while the crypto is still being loaded.
      const copy = await door.localCopy();
      const early = copy === null || live ? [] : await earlyObjects(copy, roomId);
      for (const change of early) if (!live) listener(change);
      return stop;
    },
    writeObject: inSession('writeObject', (session, roomId, type, objectId, content) =>
      session.objects.writeObject(roomId, type, objectId, content),
    ),

    search: inSession('search', (session, input) => session.search.search(input)),
    searchPeople: inSession('searchPeople', (session, text) => session.search.searchPeople(text)),
    watchSearchProgress: watched((session, listener) => session.search.watchSearchProgress(listener)),

    watchNotifySettings: watched((session, listener) => session.notify.watchNotifySettings(listener)),
    setRoomLevel: inSession('setRoomLevel', (session, ...args) => session.notify.setRoomLevel(...args)),
    setKeywords: inSession('setKeywords', (session, keywords) => session.notify.setKeywords(keywords)),
    watchNotices: watched((session, listener) => session.notify.watchNotices(listener)),
    addPush: inSession('addPush', (session, target) => session.notify.addPush(target)),
    removePush: inSession('removePush', (session, target) => session.notify.removePush(target)),

    watchSaved: watched((session, listener) => session.saved.watchSaved(listener)),
    save: inSession('save', (session, roomId, eventId) => session.saved.save(roomId, eventId)),
    unsave: inSession('unsave', (session, roomId, eventId) => session.saved.unsave(roomId, eventId)),
    savedLine: inSession('savedLine', (session, roomId, eventId) => session.saved.savedLine(roomId, eventId)),

    watchScheduled: watched((session, listener) => session.later.watchScheduled(listener)),
    reschedule: inSession('reschedule', (session, id, due) => session.later.reschedule(id, due)),
    sendNow: inSession('sendNow', (session, id) => session.later.sendNow(id)),
    cancelScheduled: inSession('cancelScheduled', (session, id) => session.later.cancelScheduled(id)),

    watchIgnored: watched((session, listener) => session.people.watchIgnored(listener)),
    setIgnored: inSession('setIgnored', (session, user, ignored) => session.people.setIgnored(user, ignored)),
    person: inSession('person', (session, user) => session.people.person(user)),
    reportRoom: inSession('reportRoom', (session, roomId, reason) => session.people.reportRoom(roomId, reason)),

    watchOutbox: watched((session, listener) => session.outboxApi.watchOutbox(listener)),
    retry: inSession('retry', (session, id) => session.outboxApi.retry(id)),
    discard: inSession('discard', (session, id) => session.outboxApi.discard(id)),
    undo: inSession('undo', (session, id) => session.outboxApi.undo(id)),
  };
  return { api, close: () => door.close() };
}

/** What an exception means to the person. What we did not foresee is logged once, under an id that she can tell us. */
async function toError(platform: Platform, name: string, thrown: unknown): Promise<BesaceError> {
  if (thrown instanceof BesaceFailure) return thrown.error;
  const storage = storageError(thrown);
  if (storage !== null) return storage;
  const { sdkError } = await import('./session/sdkErrors.ts');
  const known = sdkError(thrown);
  if (known !== null) return known;
  const id = [...platform.random.bytes(6)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  platform.logger.error('unexpected', {
    id,
    name,
    error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  });
  return { code: 'unexpected', id };
}
