import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { serverOf } from '@besace/protocol/core/ids';
import type { LocalDb } from '../local/db.ts';
import { readRoomListSnapshot } from '../local/roomListSnapshot.ts';
import { judge, parseRules } from '../notify/rules.ts';
import type { Platform } from '../platform/platform.ts';
import { isReplacement, threadOf } from '../rooms/callingEvent.ts';
import { circumstancesOf } from '../rooms/circumstances.ts';
import { saidLine } from '../rooms/lineOf.ts';
import { localpart, RoomModel } from '../rooms/roomModel.ts';
import { shownName } from '../rooms/shownName.ts';
import type { HttpPort } from '../session/context.ts';
import type { StoredAccount } from '../session/storedAccount.ts';
import { isRecord, parseRawEvent, parseRawEvents, type RawEvent } from '../sync/rawEvent.ts';
import type { Woken } from './wake.ts';

export type Judging = {
  readonly platform: Pick<Platform, 'outsiderServers'>;
  readonly db: LocalDb;
  readonly account: Pick<StoredAccount, 'userId' | 'displayName'>;
  readonly http: Pick<HttpPort, 'json'>;
  readonly roomId: RoomId;
  readonly eventId: EventId;
};

/** Members are read to tell namesakes apart: of rooms with so many that this is too short for them, nobody's name is taken for her own. */
const MEMBERS_BYTES = 1_000_000;

/** Whether what an event says calls the person, and what there is to show of it. */
export async function judgeClear(
  judging: Judging,
  event: RawEvent,
  content: Readonly<Record<string, unknown>>,
): Promise<Woken> {
  const { platform, http, account, db, roomId, eventId } = judging;
  const { sender } = event;
  const [rules, snapshot, { room, members }] = await Promise.all([
    http.json({ method: 'GET', path: '/_matrix/client/v3/pushrules/' }),
    readRoomListSnapshot(db),
    readRoom(judging),
  ]);
  const known = snapshot?.list.rooms.find((one) => one.roomId === roomId);
  room.joinedCount = known?.joinedCount ?? 3;
  const circumstances = circumstancesOf(room, sender, {
    outsiders: platform.outsiderServers,
    displayName: () => account.displayName,
  });
  const text = saidLine(content);
  if (!rules.ok || text === null) return { kind: 'unread' };
  const verdict = judge(parseRules(isRecord(rules.value) ? rules.value : {}, account.userId), {
    roomId,
    sender,
    type: 'm.room.message',
    content,
    ...circumstances,
  });
  if (verdict === 'quiet' || (isReplacement(content) && verdict !== 'highlight')) return { kind: 'nothing' };
  const member = members ? room.member(sender) : undefined;
  return {
    kind: 'call',
    notice: {
      roomId,
      eventId,
      threadRoot: threadOf(content),
      sender,
      senderName: member?.name ?? (await nameWithId(judging, sender)),
      outsider: platform.outsiderServers.includes(serverOf(sender)),
      roomName: known?.name ?? '',
      direct: known?.direct ?? true,
      text,
      highlight: verdict === 'highlight',
      at: event.origin_server_ts,
    },
  };
}

/** What rights people have in the room and, where they could be read, who they are. */
async function readRoom({ platform, http, account, roomId }: Judging) {
  const room = new RoomModel(roomId, account.userId, (user) => platform.outsiderServers.includes(serverOf(user)));
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
  const state = (type: string) =>
    http.json({ method: 'GET', path: `${path}/state/${type}/`, query: { format: 'event' } });
  const [create, levels, members] = await Promise.all([
    state('m.room.create'),
    state('m.room.power_levels'),
    http.json({
      method: 'GET',
      path: `${path}/members`,
      query: { not_membership: 'leave' },
      maxBytes: MEMBERS_BYTES,
    }),
  ]);
  // Without them nobody has any right.
  for (const answer of [create, levels]) {
    const event = answer.ok ? parseRawEvent(answer.value, roomId) : null;
    if (event !== null) room.applyState([event]);
  }
  const chunk = members.ok && isRecord(members.value) ? members.value.chunk : null;
  if (Array.isArray(chunk)) room.applyState(parseRawEvents(chunk, roomId));
  return { room, members: Array.isArray(chunk) };
}

/** Where others of the room could bear the same name, the id stands beside it. */
async function nameWithId({ http, roomId }: Judging, sender: UserId): Promise<string> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(sender)}`;
  const answer = await http.json({ method: 'GET', path });
  const name = answer.ok && isRecord(answer.value) ? shownName(answer.value.displayname) : '';
  return `${name || localpart(sender)} (${sender})`;
}
