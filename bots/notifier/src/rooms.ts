import { randomBytes } from 'node:crypto';
import type {
  BesaceApi,
  RoomDetails,
  RoomList,
  RoomSummary,
  Stop,
  Timeline,
  TimelineItem,
} from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import type { Logger } from 'pino';
import { parseCommand } from './command.ts';
import { plan } from './plan.ts';
import type { NotifierStore } from './store.ts';
import type { Words } from './words.ts';

export type RoomsDeps = {
  readonly api: Pick<BesaceApi, 'watchRooms' | 'watchRoom' | 'watchTimeline' | 'join' | 'leave'>;
  readonly store: NotifierStore;
  readonly logger: Logger;
  readonly words: Words;
  readonly publicUrl: string;
  readonly outsiderServers: readonly string[];
  /** Called after a command was carried out. */
  wake(): void;
};

type Watched = { details: RoomDetails | null; timeline: Timeline | null; stops: Stop[]; busy: Promise<void> };

/** Joins what agents invite the bot to (NOTIFIER-9), and carries out the commands that it reads there, each once (NOTIFIER-8). */
export async function watchCommands(
  deps: RoomsDeps,
): Promise<{ rooms(): readonly RoomSummary[]; stop(): Promise<void> }> {
  const watched = new Map<RoomId, Watched>();
  const answering = new Set<RoomId>();
  let list: RoomList = { rooms: [], total: 0, complete: false };

  const stopList = await deps.api.watchRooms((next) => {
    list = next;
    for (const room of next.rooms) {
      if (room.membership === 'invite') void answerInvitation(room);
      else if (room.membership === 'join' && room.kind !== 'workspace') void watch(room.roomId);
    }
    const joined = new Set(next.rooms.filter((room) => room.membership === 'join').map((room) => room.roomId));
    if (next.complete) for (const roomId of watched.keys()) if (!joined.has(roomId)) unwatch(roomId);
  });

  async function answerInvitation(room: RoomSummary): Promise<void> {
    if (answering.has(room.roomId)) return;
    answering.add(room.roomId);
    const server = room.inviter?.userId.split(':').slice(1).join(':');
    const welcome = server !== undefined && !deps.outsiderServers.includes(server);
    const done = welcome ? await deps.api.join(room.roomId) : await deps.api.leave(room.roomId);
    // Asked again with the next change of the list when it failed.
    answering.delete(room.roomId);
    if (!done.ok) deps.logger.warn({ room: room.roomId, welcome, code: done.error.code }, 'invitation not answered');
  }

  async function watch(roomId: RoomId): Promise<void> {
    if (watched.has(roomId)) return;
    const entry: Watched = { details: null, timeline: null, stops: [], busy: Promise.resolve() };
    watched.set(roomId, entry);
    const look = () => {
      entry.busy = entry.busy
        .then(() => readCommands(roomId, entry))
        .catch((error: unknown) => {
          deps.logger.error(
            { room: roomId, error: error instanceof Error ? error.message : 'unknown' },
            'commands not read',
          );
        });
    };
    entry.stops.push(
      await deps.api.watchRoom(roomId, (details) => {
        entry.details = details;
        look();
      }),
      await deps.api.watchTimeline(roomId, (timeline) => {
        entry.timeline = timeline;
        look();
      }),
    );
  }

  function unwatch(roomId: RoomId): void {
    for (const stop of watched.get(roomId)?.stops ?? []) stop();
    watched.delete(roomId);
  }

  async function readCommands(roomId: RoomId, { details, timeline }: Watched): Promise<void> {
    // Without the members nobody's right is known: the next change of the room comes back here.
    if (details === null || timeline === null) return;
    for (const item of timeline.items) await readCommand(roomId, details, item);
  }

  async function readCommand(roomId: RoomId, details: RoomDetails, item: TimelineItem): Promise<void> {
    // In a room that is not encrypted a command is anybody's word, the server's too; and what a hook brings would go out in clear (T1).
    if (!details.encrypted) return;
    if (item.mine || item.eventId === null || item.body.kind !== 'text' || item.edited) return;
    const command = parseCommand(item.body.text);
    if (command === null || (await deps.store.wasDone(item.eventId))) return;
    const author = details.members.find((member) => member.userId === item.sender);
    // Who left keeps her level in the room's list, and no right.
    if (author?.membership !== 'join') return;
    const asked = {
      command,
      eventId: item.eventId,
      roomId,
      sender: item.sender,
      power: author.power,
      outsider: author.outsider || item.outsider,
    };
    const effects = plan(asked, {
      hooks: await deps.store.hooksOf(roomId),
      secret: randomBytes(32).toString('base64url'),
      publicUrl: deps.publicUrl,
      words: deps.words,
    });
    await deps.store.carryOut(item.eventId, roomId, effects);
    deps.logger.info({ room: roomId, command: command.kind, made: effects.make !== null }, 'command carried out');
    deps.wake();
  }

  return {
    rooms: () => list.rooms,
    async stop() {
      stopList();
      await Promise.all([...watched.values()].map(({ busy }) => busy));
      for (const roomId of [...watched.keys()]) unwatch(roomId);
    },
  };
}
