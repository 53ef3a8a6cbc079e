import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome, TimelineApi } from '../api/types.ts';
import { downloadMedia } from '../media/download.ts';
import { enqueueFile } from '../media/file.ts';
import type { Outbox, OutboxDraft } from '../outbox/outbox.ts';
import type { SessionContext } from '../session/context.ts';
import { answeredIn, editContent, reactionContent, refuseText, textContent } from './content.ts';
import { createReadMarkers } from './readMarkers.ts';
import { openRoomTimeline, type RoomTimeline } from './room.ts';

/** How long others show me as typing if nothing more is said, ms. */
const TYPING_MS = 20_000;
const MAX_REACTION = 64;

export function createTimeline(context: SessionContext, outbox: Outbox): TimelineApi {
  const open = new Map<RoomId, RoomTimeline>();
  const unread = createReadMarkers(context);

  function roomOf(roomId: RoomId): RoomTimeline {
    const known = open.get(roomId);
    if (known !== undefined) return known;
    const room = openRoomTimeline(context, outbox, roomId, () => {
      open.delete(roomId);
      room.close().catch((error: unknown) => {
        context.platform.logger.warn('timeline-close', { room: roomId, error: String(error) });
      });
    });
    open.set(roomId, room);
    unread.load(roomId, (eventId) => room.readUpTo(eventId));
    return room;
  }

  async function send(draft: OutboxDraft): Outcome<string> {
    const item = await outbox.enqueue(draft);
    return item.ok ? ok(item.value.id) : item;
  }

  return {
    async watchTimeline(roomId, listener) {
      return roomOf(roomId).watch(listener);
    },
    async loadOlder(roomId) {
      return open.get(roomId)?.loadOlder() ?? err({ code: 'not-found', detail: 'timeline' });
    },
    async sendText(roomId, input) {
      const refused = refuseText(input);
      if (refused !== null) return err(refused);
      const { replyTo, txnId } = input;
      const answered =
        replyTo === undefined ? null : { eventId: replyTo, sender: open.get(roomId)?.find(replyTo)?.sender ?? null };
      const work = { kind: 'message', content: textContent(input, answered) } as const;
      return send({ roomId, work, ...(txnId === undefined ? {} : { id: txnId }) });
    },
    async edit(roomId, eventId, input) {
      const refused = refuseText(input);
      if (refused !== null) return err(refused);
      const original = open.get(roomId)?.find(eventId);
      if (original !== undefined && original.sender !== context.account.userId) return err({ code: 'forbidden' });
      const reading = original?.reading;
      const before = reading?.kind === 'clear' ? reading.content : null;
      const replied = answeredIn(before);
      const answered = replied === null ? null : (open.get(roomId)?.find(replied)?.sender ?? null);
      const content = editContent(eventId, input, before, answered);
      return send({ roomId, work: { kind: 'edit', target: eventId, content } });
    },
    async react(roomId, eventId, key) {
      if (key === '' || key.length > MAX_REACTION) return err({ code: 'invalid', detail: 'key' });
      const mine = open.get(roomId)?.myReaction(eventId, key) ?? null;
      if (mine !== null && (await outbox.discard(mine))) return ok(undefined);
      const work =
        mine === null
          ? ({ kind: 'reaction', target: eventId, key, content: reactionContent(eventId, key) } as const)
          : ({ kind: 'removal', target: mine as EventId } as const);
      const sent = await send({ roomId, work });
      return sent.ok ? ok(undefined) : sent;
    },
    async remove(roomId, eventId) {
      const sent = await send({ roomId, work: { kind: 'removal', target: eventId } });
      return sent.ok ? ok(undefined) : sent;
    },
    sendFile: (roomId, file, input) => enqueueFile(outbox, context.platform.random, roomId, file, input),
    download: (media) => downloadMedia(context, media),
    markRead: (roomId, eventId) => unread.mark(roomId, eventId),
    async setTyping(roomId, typing) {
      if (typing) context.crypto.prepareToEncrypt(roomId);
      const user = encodeURIComponent(context.account.userId);
      const answer = await context.http.json({
        method: 'PUT',
        path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/typing/${user}`,
        body: typing ? { typing, timeout: TYPING_MS } : { typing },
      });
      return answer.ok ? ok(undefined) : answer;
    },
  };
}
