import { type RoomId, serverOf, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { Outcome, Stop } from '../api/types.ts';
import type { RoomStateSource } from '../crypto/cryptoRooms.ts';
import type { Platform } from '../platform/platform.ts';
import type { HttpPort, KnownRoom } from '../session/context.ts';
import { createEmitter, createKeyedEmitter } from '../session/emitter.ts';
import { parseRawEvents, type RawEvent } from '../sync/rawEvent.ts';
import type { RoomDelta } from '../sync/response.ts';
import { RoomModel } from './roomModel.ts';

/** Every room that the sync has shown, as its clear state says. */
export interface RoomStore extends RoomStateSource {
  get(roomId: RoomId): RoomModel | undefined;
  all(): Iterable<RoomModel>;
  /** A room that we made or joined ourselves, before the sync shows it. */
  ensure(roomId: RoomId): RoomModel;
  apply(delta: RoomDelta): RoomModel;
  /**
   * Rooms that were ever known to be encrypted, those that one left or that a server hid meanwhile included: shown again without their
   * `m.room.encryption`, they are encrypted all the same (T1).
   */
  readonly encryptedOnce: ReadonlySet<RoomId>;
  /** The room is encrypted, whatever a server says: we made it so, or knew it so in an earlier life. */
  rememberEncrypted(roomId: RoomId): void;
  applyState(roomId: RoomId, events: readonly RawEvent[]): void;
  remove(roomId: RoomId): void;
  /** Reads the whole clear state (`GET /state`), for a room that the sync has not shown yet. */
  load(roomId: RoomId): Outcome<RoomModel>;
  /** All members of a room were read. */
  onMembers(listener: (roomId: RoomId) => void): Stop;
  /** Any room changed. */
  onAnyChange(listener: (roomId: RoomId) => void): Stop;
  /** We changed the membership ourselves: whoever needs the members reads them again, rather than wait for the sync to tell. */
  forgetMembers(roomId: RoomId): void;
  /** Says that something outside the state changed (a decrypted name, counts). */
  touch(roomId: RoomId): void;
}

const membersSchema = v.object({ chunk: v.array(v.unknown()) });

export function createRoomStore(platform: Platform, http: HttpPort, me: UserId): RoomStore {
  const rooms = new Map<RoomId, RoomModel>();
  const outsiders = new Set(platform.outsiderServers);
  const changes = createKeyedEmitter<RoomId, KnownRoom>(platform.logger, 'room');
  const anyChange = createEmitter<RoomId>(platform.logger, 'rooms');
  const membersRead = createEmitter<RoomId>(platform.logger, 'members');
  const loadingMembers = new Map<RoomId, Outcome<void>>();
  const memberChanges = new Map<RoomId, number>();
  const encryptedOnce = new Set<RoomId>();
  const isOutsider = (user: UserId) => outsiders.has(serverOf(user));

  function ensure(roomId: RoomId): RoomModel {
    const known = rooms.get(roomId) ?? new RoomModel(roomId, me, isOutsider);
    rooms.set(roomId, known);
    if (encryptedOnce.has(roomId)) known.markEncrypted();
    return known;
  }

  function applyTo(room: RoomModel, events: readonly RawEvent[]): void {
    room.applyState(events);
    if (room.encrypted) encryptedOnce.add(room.roomId);
  }

  function touch(roomId: RoomId): void {
    const room = rooms.get(roomId);
    if (room !== undefined) changes.emit(roomId, room);
    anyChange.emit(roomId);
  }

  async function loadMembers(roomId: RoomId): Outcome<void> {
    const asked = memberChanges.get(roomId);
    const answer = await http.json({
      method: 'GET',
      path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/members`,
    });
    if (!answer.ok) return answer;
    const parsed = v.safeParse(membersSchema, answer.value);
    if (!parsed.success) return err({ code: 'server-nonsense', detail: 'members' });
    const room = ensure(roomId);
    const events = parseRawEvents(parsed.output.chunk, roomId);
    // What the sync brought while we asked is newer than this answer.
    applyTo(
      room,
      events.filter((event) => !isNewerKnown(room, event)),
    );
    // An answer to a question asked before we changed the membership does not count as complete.
    if (memberChanges.get(roomId) !== asked) return loadMembers(roomId);
    room.membersComplete = true;
    membersRead.emit(roomId);
    touch(roomId);
    return ok(undefined);
  }

  return {
    get: (roomId) => rooms.get(roomId),
    all: () => rooms.values(),
    ensure,
    encryptedOnce,
    rememberEncrypted(roomId) {
      encryptedOnce.add(roomId);
      rooms.get(roomId)?.markEncrypted();
    },
    apply(delta) {
      const room = ensure(delta.roomId);
      const joinedBefore = room.joinedCount;
      // After a gap the member list may have changed unseen: it is read again when it is next needed.
      if (delta.limited && delta.joinedCount !== null && delta.joinedCount !== joinedBefore)
        room.membersComplete = false;
      room.apply(delta, platform.clock.now());
      if (room.encrypted) encryptedOnce.add(room.roomId);
      if (delta.limited) room.departures += 1;
      return room;
    },
    applyState(roomId, events) {
      applyTo(ensure(roomId), events);
      touch(roomId);
    },
    remove(roomId) {
      if (rooms.delete(roomId)) anyChange.emit(roomId);
    },
    async load(roomId) {
      const answer = await http.json({
        method: 'GET',
        path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state`,
      });
      if (!answer.ok) return answer;
      const room = ensure(roomId);
      applyTo(room, parseRawEvents(answer.value, roomId));
      room.membersComplete = true;
      membersRead.emit(roomId);
      touch(roomId);
      return ok(room);
    },
    ensureMembers(roomId) {
      if (rooms.get(roomId)?.membersComplete === true) return Promise.resolve(ok(undefined));
      const loading = loadingMembers.get(roomId) ?? loadMembers(roomId).finally(() => loadingMembers.delete(roomId));
      loadingMembers.set(roomId, loading);
      return loading;
    },
    forgetMembers(roomId) {
      memberChanges.set(roomId, (memberChanges.get(roomId) ?? 0) + 1);
      const room = rooms.get(roomId);
      if (room !== undefined) room.membersComplete = false;
    },
    cryptoState(roomId) {
      const room = rooms.get(roomId);
      return room === undefined
        ? undefined
        : { version: room.cryptoVersion, departures: room.departures, events: room.cryptoState() };
    },
    onChange: (roomId, listener) => changes.on(roomId, listener),
    onMembers: (listener) => membersRead.on(listener),
    onAnyChange: (listener) => anyChange.on(listener),
    isOutsider,
    touch,
  };
}

function isNewerKnown(room: RoomModel, event: RawEvent): boolean {
  const known = event.state_key === undefined ? undefined : room.clearState(event.type, event.state_key);
  return known !== undefined && known.event_id !== event.event_id && known.origin_server_ts > event.origin_server_ts;
}
