import { EMPTY_TIMELINE } from '@besace/matrix/api/emptyTimeline';
import type {
  BesaceApi,
  BesaceError,
  Notice,
  ObjectsChange,
  RoomDetails,
  StoredObject,
  TimelineItem,
} from '@besace/matrix/api/types';
import { parseRoomId, type RoomId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import type { ApiDouble, DoubleWorld } from './doubleWorld.ts';
import { emptyKept, keptDouble } from './keptDouble.ts';
import { toggled } from './toggled.ts';

/**
 * A `BesaceApi` over plain data, for view models and for looking at screens: never a stand-in for a homeserver, about which it knows
 * nothing. What one sends shows in the timeline as waiting until the test says otherwise.
 */
export function createApiDouble(initial: Partial<DoubleWorld> & Pick<DoubleWorld, 'status'>): ApiDouble {
  const world: DoubleWorld = {
    rooms: [],
    moreRooms: [],
    timelines: new Map(),
    files: new Map(),
    objects: new Map(),
    holes: { locked: 0, invalid: 0, forbidden: 0, rollbacks: 0 },
    polls: new Map(),
    toAcknowledge: [],
    found: { hits: [], total: 0, partial: false, next: null },
    notify: { usual: 'all', rooms: [], keywords: [] },
    ...emptyKept(),
    refuse: new Map(),
    calls: [],
    ...initial,
  };
  const watchers = new Set<() => void>();
  const objectWatchers = new Map<RoomId, Set<(change: ObjectsChange) => void>>();
  const noticeListeners = new Set<(notice: Notice) => void>();
  let counter = 0;

  function tell(): void {
    for (const watcher of watchers) watcher();
  }

  async function watch<T>(read: () => T | undefined, listener: (value: T) => void): Promise<() => void> {
    const give = (): void => {
      const value = read();
      if (value !== undefined) listener(value);
    };
    watchers.add(give);
    give();
    return () => void watchers.delete(give);
  }

  async function done<T>(method: string, args: readonly unknown[], run: () => T): Promise<Result<T, BesaceError>> {
    world.calls.push({ method, args });
    const refusal = world.refuse.get(method);
    if (refusal !== undefined) return err(refusal);
    const value = run();
    tell();
    return ok(value);
  }

  function changeRoom(roomId: RoomId, change: (room: RoomDetails) => RoomDetails): void {
    world.rooms = world.rooms.map((room) => (room.roomId === roomId ? change(room) : room));
  }

  function changeTimeline(roomId: RoomId, change: (items: readonly TimelineItem[]) => readonly TimelineItem[]): void {
    const timeline = world.timelines.get(roomId);
    if (timeline !== undefined) world.timelines.set(roomId, { ...timeline, items: change(timeline.items) });
  }

  function say(roomId: RoomId, body: TimelineItem['body'], replyTo: TimelineItem['replyTo'] = null): string {
    counter += 1;
    const id = `double-${counter}`;
    const { account } = world.status;
    if (account === null) throw new Error('nobody is signed in');
    const item: TimelineItem = {
      id,
      eventId: null,
      sender: account.userId,
      senderName: account.displayName,
      outsider: false,
      at: Date.now(),
      doubtfulDate: false,
      mine: true,
      sending: { kind: 'waiting' },
      body,
      edited: false,
      unproven: [],
      replyTo,
      reactions: [],
      readBy: [],
      mentionsMe: false,
      thread: null,
      threadRoot: null,
    };
    changeTimeline(roomId, (items) => [...items, item]);
    return id;
  }

  function newRoom(over: Partial<RoomDetails>): RoomId {
    counter += 1;
    const template = world.rooms[0];
    const roomId = idOf(parseRoomId(`!double${counter}`));
    if (template === undefined) throw new Error('a world without a room has no template for a new one');
    world.rooms = [{ ...template, roomId, unread: 0, highlights: 0, preview: null, ...over }, ...world.rooms];
    world.timelines.set(roomId, EMPTY_TIMELINE);
    return roomId;
  }

  function putObjects(roomId: RoomId, objects: readonly StoredObject[]): void {
    const keyOf = ({ type, objectId }: StoredObject): string => `${type} ${objectId}`;
    const all = new Map((world.objects.get(roomId) ?? []).map((object) => [keyOf(object), object]));
    for (const object of objects) all.set(keyOf(object), object);
    world.objects.set(roomId, [...all.values()]);
    for (const listener of objectWatchers.get(roomId) ?? []) {
      for (let at = 0; at < objects.length; at += 200) {
        listener({ reset: false, objects: objects.slice(at, at + 200), holes: world.holes, complete: true });
      }
    }
  }

  function deliverObjects(): void {
    for (const [roomId, objects] of world.objects) {
      const waiting = objects.filter(({ sending }) => sending !== null);
      putObjects(
        roomId,
        waiting.map((object) => ({ ...object, sending: null })),
      );
    }
  }

  const api: BesaceApi = {
    watchStatus: (listener) => watch(() => world.status, listener),
    restore: () => done('restore', [], () => world.status.account),
    signIn: (input) => done('signIn', [input], () => accountOf(world)),
    signOut: (options) => done('signOut', [options], () => undefined),
    signOutEverywhere: (options) => done('signOutEverywhere', [options], () => undefined),
    setUpRecovery: (input) => done('setUpRecovery', [input], () => ({ code: 'ABCD EFGH' })),
    confirmRecoveryCode: (code) => done('confirmRecoveryCode', [code], () => undefined),
    recover: (code) => done('recover', [code], () => undefined),
    resetIdentity: (input) => done('resetIdentity', [input], () => ({ code: 'ABCD EFGH' })),
    setDisplayName: (name) => done('setDisplayName', [name], () => undefined),
    openIdToken: () =>
      done('openIdToken', [], () => ({
        access_token: 'proof',
        matrix_server_name: 'interieur.test',
        expires_in: 3600,
        token_type: 'Bearer',
      })),

    devices: () => done('devices', [], () => []),
    renameDevice: (...args) => done('renameDevice', args, () => undefined),
    signOutDevices: (input) => done('signOutDevices', [input], () => undefined),
    watchChangedIdentities: (listener) => watch(() => [], listener),
    acceptIdentity: (user) => done('acceptIdentity', [user], () => undefined),
    watchVerification: (listener) => watch(() => ({ kind: 'none' as const }), listener),
    requestVerification: (device) => done('requestVerification', [device], () => undefined),
    acceptVerification: () => done('acceptVerification', [], () => undefined),
    confirmEmoji: (same) => done('confirmEmoji', [same], () => undefined),
    cancelVerification: () => done('cancelVerification', [], () => undefined),

    watchRooms: (listener) =>
      watch(() => {
        const rooms = [...world.rooms.filter((room) => room.membership !== 'leave'), ...world.moreRooms];
        return { rooms, total: rooms.length, complete: true };
      }, listener),
    watchRoom: (roomId, listener) => watch(() => world.rooms.find((room) => room.roomId === roomId), listener),
    createConversation: (input) =>
      done('createConversation', [input], () =>
        newRoom({ kind: 'chat', name: input.name ?? 'Conversation', direct: input.direct }),
      ),
    createWorkspace: (input) =>
      done('createWorkspace', [input], () =>
        newRoom({ kind: 'workspace', name: input.name, parents: [], children: [] }),
      ),
    createRoomIn: (input) =>
      done('createRoomIn', [input], () =>
        newRoom({
          kind: input.kind,
          name: input.name,
          openToOutsiders: input.openToOutsiders,
          parents: [input.workspace],
        }),
      ),
    invite: (...args) => done('invite', args, () => undefined),
    join: (...args) =>
      done('join', args, () => changeRoom(args[0], (room) => ({ ...room, membership: 'join', inviter: null }))),
    leave: (roomId) => done('leave', [roomId], () => changeRoom(roomId, (room) => ({ ...room, membership: 'leave' }))),
    setTopic: (roomId, topic) =>
      done('setTopic', [roomId, topic], () => changeRoom(roomId, (room) => ({ ...room, topic }))),
    rename: (roomId, name) => done('rename', [roomId, name], () => changeRoom(roomId, (room) => ({ ...room, name }))),
    setPower: (roomId, user, power) =>
      done('setPower', [roomId, user, power], () =>
        changeRoom(roomId, (room) => ({
          ...room,
          members: room.members.map((member) => (member.userId === user ? { ...member, power } : member)),
        })),
      ),

    watchTimeline: (roomId, listener) => watch(() => world.timelines.get(roomId), listener),
    watchPlace: (roomId, _focus, listener) => watch(() => world.timelines.get(roomId), listener),
    loadOlder: (...args) => done('loadOlder', args, () => undefined),
    loadNewer: (...args) => done('loadNewer', args, () => undefined),
    eventAt: (roomId, at) =>
      done('eventAt', [roomId, at], () => {
        const found = world.timelines.get(roomId)?.items.find((item) => item.eventId !== null && item.at >= at);
        if (found?.eventId == null) throw new Error('the world has nothing that late');
        return found.eventId;
      }),
    sendText: (roomId, input) =>
      done('sendText', [roomId, input], () => {
        const to = world.timelines.get(roomId)?.items.find((item) => item.eventId === input.replyTo);
        const quote =
          to?.eventId == null
            ? null
            : { eventId: to.eventId, senderName: to.senderName, text: to.body.kind === 'text' ? to.body.text : '' };
        return say(
          roomId,
          { kind: 'text', text: input.text, html: input.html ?? null, emote: input.emote ?? false, notice: false },
          quote,
        );
      }),
    sendLocation: (roomId, { latitude, longitude, label }) =>
      done('sendLocation', [roomId, label], () =>
        say(roomId, { kind: 'location', latitude, longitude, accuracy: null, label }),
      ),
    edit: (roomId, eventId, input) =>
      done('edit', [roomId, eventId, input], () => {
        changeTimeline(roomId, (items) =>
          items.map((item) =>
            item.eventId === eventId
              ? {
                  ...item,
                  edited: true,
                  body: { kind: 'text', text: input.text, html: input.html ?? null, emote: false, notice: false },
                }
              : item,
          ),
        );
        return 'double-edit';
      }),
    react: (roomId, eventId, key) =>
      done('react', [roomId, eventId, key], () =>
        changeTimeline(roomId, (items) => items.map((item) => (item.eventId === eventId ? toggled(item, key) : item))),
      ),
    report: (...args) => done('report', args, () => undefined),
    pin: (...args) => done('pin', args, () => undefined),
    forward: (...args) => done('forward', args, () => 'double-forward'),
    markUnread: (...args) => done('markUnread', args, () => undefined),
    remove: (roomId, eventId) =>
      done('remove', [roomId, eventId], () =>
        changeTimeline(roomId, (items) =>
          items.map((item) =>
            item.eventId === eventId ? { ...item, body: { kind: 'removed' as const }, reactions: [] } : item,
          ),
        ),
      ),
    sendFile: (roomId, file, input) =>
      done('sendFile', [roomId, file, input], () => {
        const url = `mxc://double/${counter}`;
        world.files.set(url, file);
        return say(roomId, {
          kind: file.type.startsWith('image/') ? 'image' : 'file',
          media: {
            url,
            file: {},
            name: input.name,
            mimetype: file.type,
            size: file.size,
            width: input.width ?? null,
            height: input.height ?? null,
            thumbnail: null,
          },
          caption: input.caption ?? null,
        });
      }),
    download: async (media) => {
      world.calls.push({ method: 'download', args: [media] });
      const file = world.files.get(media.url);
      return file === undefined ? err({ code: 'not-found' }) : ok(file);
    },
    markRead: (...args) => done('markRead', args, () => undefined),
    setTyping: (...args) => done('setTyping', args, () => undefined),

    watchPoll: (_roomId, poll, listener) => watch(() => world.polls.get(poll), listener),
    startPoll: (roomId, input) =>
      done('startPoll', [roomId, input], () => {
        const { question, answers, disclosed } = input;
        return say(roomId, { kind: 'poll', question, answers, disclosed });
      }),
    votePoll: (...args) => done('votePoll', args, () => 'double-vote'),
    watchAcknowledgements: async () => () => undefined,
    acknowledge: (...args) => done('acknowledge', args, () => undefined),
    watchToAcknowledge: (listener) => watch(() => world.toAcknowledge, listener),
    endPoll: (...args) => done('endPoll', args, () => 'double-end'),

    watchObjects: async (roomId, listener) => {
      const watching = objectWatchers.get(roomId) ?? new Set();
      objectWatchers.set(roomId, watching.add(listener));
      const objects = world.objects.get(roomId) ?? [];
      for (let at = 0; at === 0 || at < objects.length; at += 200) {
        const complete = at + 200 >= objects.length;
        listener({ reset: at === 0, objects: objects.slice(at, at + 200), holes: world.holes, complete });
      }
      return () => void watching.delete(listener);
    },
    writeObject: (roomId, type, objectId, content) =>
      done('writeObject', [roomId, type, objectId, content], () => {
        const lastSender = accountOf(world).userId;
        putObjects(roomId, [
          {
            type,
            objectId,
            content,
            lastSender,
            lastAt: Date.now(),
            sending: { kind: 'waiting' },
            updateNeeded: false,
          },
        ]);
      }),

    search: (input) => done('search', [input], () => world.found),
    searchPeople: (text) => done('searchPeople', [text], () => []),
    watchSearchProgress: (listener) => watch(() => ({ kind: 'complete' as const, messages: 0 }), listener),

    watchNotifySettings: (listener) => watch(() => world.notify, listener),
    setRoomLevel: (roomId, level) =>
      done('setRoomLevel', [roomId, level], () => {
        const others = world.notify.rooms.filter((room) => room.roomId !== roomId);
        const rooms = level === world.notify.usual ? others : [...others, { roomId, level }];
        world.notify = { ...world.notify, rooms };
      }),
    setKeywords: (keywords) =>
      done('setKeywords', [keywords], () => {
        world.notify = { ...world.notify, keywords };
      }),
    watchNotices: async (listener) => {
      noticeListeners.add(listener);
      return () => void noticeListeners.delete(listener);
    },
    addPush: (target) => done('addPush', [target], () => undefined),
    removePush: (target) => done('removePush', [target], () => undefined),
    ...keptDouble(world, watch, done),

    watchOutbox: (listener) => watch(() => [], listener),
    retry: (id) => done('retry', [id], () => undefined),
    discard: (id) =>
      done('discard', [id], () => {
        for (const roomId of world.timelines.keys())
          changeTimeline(roomId, (items) => items.filter((item) => item.id !== id));
      }),
    undo: (id) =>
      done('undo', [id], () => {
        for (const roomId of world.timelines.keys())
          changeTimeline(roomId, (items) => items.filter((item) => item.id !== id));
        return 'withdrawn' as const;
      }),
  };

  function call(notice: Notice): void {
    for (const listener of noticeListeners) listener(notice);
  }

  return { api, world, tell, deliverObjects, putObjects, call };
}

function accountOf(world: DoubleWorld) {
  if (world.status.account === null) throw new Error('the world has no account');
  return world.status.account;
}

function idOf<T>(parsed: Result<T, unknown>): T {
  if (!parsed.ok) throw new Error('not an id');
  return parsed.value;
}
