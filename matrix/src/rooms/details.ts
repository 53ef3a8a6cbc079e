import type { RoomId, UserId } from '@besace/protocol/core/ids';
import type { RoomDetails, Stop } from '../api/types.ts';
import type { Cancel, Platform } from '../platform/platform.ts';
import type { SyncPort } from '../session/context.ts';
import type { Scope } from '../session/scope.ts';
import type { RoomStore } from './roomStore.ts';
import { detailsOf, type SummaryDeps } from './summary.ts';

export type DetailsDeps = {
  readonly platform: Platform;
  readonly rooms: RoomStore;
  readonly sync: SyncPort;
  readonly scope: Scope;
};

const PACE_MS = 50;

/** Tells a listener all there is to say of one room, as long as it is watched. Opens the room and loads its members. */
export function watchRoom(
  deps: DetailsDeps,
  summaryDeps: SummaryDeps,
  roomId: RoomId,
  listener: (room: RoomDetails) => void,
): Stop {
  const { platform, rooms, sync } = deps;
  const scope = deps.scope.child();
  let typing: readonly UserId[] = [];
  let pending: Cancel | null = null;
  let last = Number.NEGATIVE_INFINITY;

  function show(): void {
    pending = null;
    const room = rooms.get(roomId);
    if (room === undefined || scope.signal.aborted) return;
    last = platform.clock.monotonic();
    listener(detailsOf(room, summaryDeps, typing));
  }

  function schedule(): void {
    pending ??= platform.clock.after(Math.max(0, last + PACE_MS - platform.clock.monotonic()), show);
  }

  scope.add(() => pending?.());
  scope.add(sync.openRoom(roomId, { timelineLimit: 1 }));
  scope.add(rooms.onChange(roomId, schedule));
  scope.add(
    sync.onTyping(roomId, (users) => {
      typing = users;
      schedule();
    }),
  );
  // Members are asked for when the sync answers, and again after a gap made them doubtful.
  scope.add(
    sync.watchConnection((connection) => {
      if (connection.kind === 'online') loadMembers();
    }),
  );
  scope.add(sync.onStateEvents(roomId, (batch) => batch.gap && loadMembers()));
  schedule();
  return () => scope.end();

  function loadMembers(): void {
    if (rooms.get(roomId)?.membership !== 'join') return;
    void rooms.ensureMembers(roomId).then((loaded) => {
      if (!loaded.ok) platform.logger.info('members-not-loaded', { room: roomId, code: loaded.error.code });
    });
  }
}
