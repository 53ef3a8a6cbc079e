import {
  type EventId,
  parseEventId,
  parseRoomId,
  parseUserId,
  type RoomId,
  type UserId,
} from '@besace/protocol/core/ids';
import { unpackKey } from '@besace/protocol/core/packed-key';
import { register } from '@besace/protocol/core/registers';
import { err, ok } from '@besace/protocol/core/result';
import { type RoomObject, roomKind } from '@besace/protocol/features/workspaces';
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryPlatform } from '../platform/memory.ts';
import type { CryptoPort, RoomKey } from '../session/context.ts';
import { createEmitter } from '../session/emitter.ts';
import { createHttp } from '../session/http.ts';
import { createScope } from '../session/scope.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { STRIPPED } from './roomModel.ts';
import { createRoomStore } from './roomStore.ts';
import { createSingletons, NAME, ROOM_OBJECT, type Singletons, TOPIC } from './singletons.ts';
import { detailsOf, type SummaryDeps, summaryOf } from './summary.ts';

const roomId = must(parseRoomId('!room'));
const [ada, bob, eve] = ['@ada:interieur.test', '@bob:culture.test', '@eve:culture.test'].map((id) =>
  must(parseUserId(id)),
) as [UserId, UserId, UserId];

describe('the name of an encrypted room', () => {
  const platform = createMemoryPlatform({ storagePrefix: 'singletons', outsiderServers: ['externes.test'] });
  const keys = createEmitter<readonly RoomKey[]>(platform.logger, 'keys');
  const opened = new Map<string, string>();
  const objects = new Map<string, Record<string, unknown>>();
  const tried: string[] = [];
  let locked = new Set<string>();
  // Stands for what the crypto gives; real decryption is tested on real homeservers.
  const crypto = {
    onRoomKeys: keys.on,
    decrypt: async (event: RawEvent) => {
      if (locked.has(event.event_id)) return err({ why: 'waiting-for-key' as const, sessionId: 's', detail: '' });
      const parts = unpackKey(event.state_key ?? '') ?? { type: '', stateKey: '' };
      const clear = { eventId: event.event_id, roomId, sender: event.sender, ...parts };
      tried.push(event.event_id);
      const object = objects.get(event.event_id);
      const text = opened.get(event.event_id);
      const content = object ?? { name: text, topic: text };
      return ok({ ...clear, content, wireRelation: null, at: 0, proof: 'signed' as const });
    },
  } as unknown as CryptoPort;
  const rooms = createRoomStore(platform, createHttp(platform, 'http://none.test', null), ada);
  const keep = async () => {
    onDisk.push(singletons.toKeep(roomId, ROOM_OBJECT));
    shownMeanwhile.push(shown().name);
  };
  /** Where the room's history has each event. */
  const history = new Map<string, readonly unknown[]>();
  const writtenUnder = async (_room: RoomId, event: EventId) => history.get(event) ?? [];
  const onDisk: unknown[] = [];
  const shownMeanwhile: string[] = [];
  const fresh = (): Singletons =>
    createSingletons({
      rooms,
      crypto,
      outsiders: ['externes.test'],
      scope: createScope(),
      logger: platform.logger,
      writtenUnder,
      keep,
    });
  let singletons = fresh();
  const deps = (): SummaryDeps => ({
    me: ada,
    outsiders: [],
    singletons,
    parentsOf: () => [],
    directWith: () => null,
    isDirect: () => false,
    outsiderCount: () => 0,
    unread: () => ({ unread: 0, highlights: 0 }),
    preview: () => null,
    isIgnored: () => false,
    isStranger: () => false,
  });
  const shown = () => summaryOf(rooms.ensure(roomId), deps());
  let count = 0;

  function state(type: string, sender: UserId, content: Record<string, unknown>, stateKey = ''): RawEvent {
    count += 1;
    const event_id = must(parseEventId(`$${count}`));
    return {
      event_id,
      room_id: roomId,
      type,
      sender,
      content,
      state_key: stateKey,
      origin_server_ts: count,
      unsigned: {},
    };
  }

  async function name(sender: UserId, text: string, isLocked = false): Promise<RawEvent> {
    const event = state('m.room.encrypted', sender, {}, NAME);
    opened.set(event.event_id, text);
    if (isLocked) locked.add(event.event_id);
    rooms.applyState(roomId, [event]);
    await singletons.refresh(roomId);
    return event;
  }

  /** A version of the room's own object. */
  async function say(words: Partial<RoomObject>, sender = ada): Promise<RawEvent> {
    const event = state('m.room.encrypted', sender, {}, ROOM_OBJECT);
    objects.set(event.event_id, roomKind.encode({ ...roomKind.empty, ...words }));
    rooms.applyState(roomId, [event]);
    await singletons.refresh(roomId);
    return event;
  }

  beforeEach(() => {
    locked = new Set();
    rooms.remove(roomId);
    singletons = fresh();
    rooms.applyState(roomId, [
      state('m.room.create', ada, { room_version: '12' }),
      state('m.room.encryption', ada, { algorithm: 'm.megolm.v1.aes-sha2' }),
      state('m.room.power_levels', ada, { users: { [bob]: 50 }, events: { 'm.room.name': 50 }, state_default: 10 }),
      state('m.room.member', ada, { membership: 'join', displayname: 'Ada' }, ada),
      state('m.room.member', bob, { membership: 'join', displayname: 'Bob' }, bob),
    ]);
  });

  it('[ROOM-2] [T1] is what came out of decryption, never a clear name', async () => {
    rooms.applyState(roomId, [state('m.room.name', ada, { name: 'Clear' })]);
    expect(shown()).toMatchObject({ name: 'Bob', nameLocked: false });
    await name(ada, 'Secret');
    expect(shown().name).toBe('Secret');
  });

  it('[ROOM-2] [T3] [T7] stays what it was when someone without the right writes another', async () => {
    await name(bob, 'Bob may');
    await name(eve, 'Eve may not');
    expect(shown().name).toBe('Bob may');
  });

  it('[ROOM-2] [T1] nor is a clear topic what the room is about', async () => {
    rooms.applyState(roomId, [state('m.room.topic', ada, { topic: 'Clear' })]);
    expect(detailsOf(rooms.ensure(roomId), deps(), []).topic).toBe('');
    const event = state('m.room.encrypted', ada, {}, TOPIC);
    opened.set(event.event_id, 'Secret');
    rooms.applyState(roomId, [event]);
    await singletons.refresh(roomId);
    expect(detailsOf(rooms.ensure(roomId), deps(), []).topic).toBe('Secret');
  });

  it('[ROOM-4] [T5] stays closed to outsiders when a server goes back to the version that opened it', async () => {
    const isOpen = () => summaryOf(rooms.ensure(roomId), deps()).openToOutsiders;
    const version = (open: boolean, lamport: number) => say({ openToOutsiders: register(open, [lamport, ada]) });
    const opening = await version(true, 1);
    expect(isOpen()).toBe(true);
    await version(false, 2);
    expect(isOpen()).toBe(false);
    rooms.applyState(roomId, [opening]);
    await singletons.refresh(roomId);
    expect(isOpen()).toBe(false);
  });

  it('[ROOM-11] [T5] stays what it was when a server goes back to an older one, stamped or not', async () => {
    await name(ada, 'Of other clients');
    const older = await say({ name: register('Before', [1, ada]) });
    await say({ name: register('Now', [2, bob]), purpose: register('What for', [2, bob]) });
    expect(shown().name).toBe('Now');
    for (const event of [older, await name(ada, 'Unstamped')]) {
      rooms.applyState(roomId, [event]);
      await singletons.refresh(roomId);
      expect(shown()).toMatchObject({ name: 'Now', nameLocked: false });
    }
    expect(detailsOf(rooms.ensure(roomId), deps(), []).topic).toBe('What for');
    // A restart: what is kept on disk is put back, and the server is back at the first one.
    const kept = singletons.get(roomId, ROOM_OBJECT);
    const again = fresh();
    if (kept !== undefined) again.preload(roomId, ROOM_OBJECT, kept);
    rooms.applyState(roomId, [older]);
    await again.refresh(roomId);
    expect(summaryOf(rooms.ensure(roomId), { ...deps(), singletons: again }).name).toBe('Now');
  });

  it('[ROOM-11] [T5] that follows another is on disk before it shows', async () => {
    await say({ name: register('Before', [1, ada]) });
    onDisk.length = shownMeanwhile.length = 0;
    await say({ name: register('Now', [2, ada]) });
    expect(onDisk).toMatchObject([{ content: { name: { value: 'Now' } } }]);
    expect(shownMeanwhile).toEqual(['Before']);
    expect(shown().name).toBe('Now');
  });

  it('[ROOM-11] is opened once: where it is stamped, that without a stamp is left closed', async () => {
    await say({ name: register('Stamped', [1, ada]) });
    const event = await name(ada, 'Unstamped');
    expect(tried).not.toContain(event.event_id);
  });

  it('[ROOM-11] [T3] is not what somebody without the right says the room is, nor one with a stamp that nothing could follow', async () => {
    await say({ name: register('Before', [1, ada]) });
    await say({ name: register('Eve was here', [2, eve]) }, eve);
    await say({ name: register('For ever', [2 ** 52, bob]) }, bob);
    expect(shown().name).toBe('Before');
  });

  it('[T1] does not read what an invitation shows under no event id, which would make the true event its replay', async () => {
    const event = { ...state('m.room.encrypted', ada, {}, NAME), event_id: STRIPPED };
    rooms.applyState(roomId, [event]);
    await singletons.refresh(roomId);
    expect(tried).not.toContain(STRIPPED);
  });

  it('[ROOM-8] [T1] is encrypted still when it comes back without saying so', () => {
    rooms.remove(roomId);
    rooms.applyState(roomId, [state('m.room.create', ada, {}), state('m.room.name', ada, { name: 'Clear' })]);
    expect(shown()).toMatchObject({ encrypted: true });
    expect(shown().name).not.toBe('Clear');
  });

  it('[T3] stays when who wrote it lost the right since', async () => {
    const then = await name(bob, 'Written then');
    rooms.applyState(roomId, [
      state('m.room.power_levels', ada, { users: { [bob]: 10 }, events: { 'm.room.name': 50 } }),
    ]);
    history.set(then.event_id, [{ users: { [bob]: 50 } }]);
    // After she lost the right she may write state still, as far as the server goes.
    const since = await name(bob, 'Written since');
    history.set(since.event_id, [{ users: { [bob]: 10 } }]);
    expect(shown().name).toBe('Written then');
    rooms.applyState(roomId, [then]);
    const again = fresh();
    await again.refresh(roomId);
    expect(again.get(roomId, NAME)?.content).toMatchObject({ name: 'Written then' });
  });

  it('[T6] says that it is locked, and opens when the key comes', async () => {
    await name(ada, 'Before');
    const event = await name(ada, 'Later', true);
    expect(shown()).toMatchObject({ name: 'Before', nameLocked: true });
    locked.delete(event.event_id);
    const changed = new Promise<void>((resolve) => rooms.onAnyChange(() => resolve()));
    keys.emit([{ roomId, sessionId: 's' }]);
    await changed;
    expect(shown()).toMatchObject({ name: 'Later', nameLocked: false });
  });
});

function must<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error('refused');
  return result.value;
}
