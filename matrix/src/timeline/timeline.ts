import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { geoUri, parseGeoUri } from '@besace/protocol/features/messaging';
import type { Outcome, TimelineApi, TimelineFocus } from '../api/types.ts';
import type { Later } from '../later/later.ts';
import { downloadMedia } from '../media/download.ts';
import { enqueueFile } from '../media/file.ts';
import type { Outbox, OutboxDraft } from '../outbox/outbox.ts';
import type { SessionContext } from '../session/context.ts';
import { openCollection } from './collection.ts';
import {
  answeredIn,
  answering,
  editContent,
  locationContent,
  reactionContent,
  refuseText,
  type ThreadPlace,
  textContent,
} from './content.ts';
import type { Content, TimelineEvent } from './event.ts';
import { forwardedContent } from './forward.ts';
import { eventAt } from './history.ts';
import { pin, pinnedList } from './pins.ts';
import { createReadMarkers } from './readMarkers.ts';
import { openRoomTimeline, type RoomTimeline } from './room.ts';
import { roomAuthority } from './screen.ts';
import { openThread } from './thread.ts';
import { threadList } from './threadList.ts';

/** How long others show me as typing if nothing more is said, ms. */
const TYPING_MS = 20_000;
const MAX_REACTION = 64;
const MAX_LABEL = 300;
const MAX_REASON = 500;

export function createTimeline(context: SessionContext, outbox: Outbox, later: Pick<Later, 'schedule'>): TimelineApi {
  const open = new Map<RoomId, Map<string, RoomTimeline>>();
  const unread = createReadMarkers(context);

  function openOne(roomId: RoomId, focus: TimelineFocus | undefined): RoomTimeline {
    const key = keyOf(focus);
    const known = open.get(roomId)?.get(key);
    if (known !== undefined) return known;
    const onIdle = () => {
      open.get(roomId)?.delete(key);
      if (open.get(roomId)?.size === 0) open.delete(roomId);
      opened.close().catch((error: unknown) => {
        context.platform.logger.warn('timeline-close', { room: roomId, error: String(error) });
      });
    };
    const opened = openFocus(roomId, focus, onIdle);
    open.set(roomId, (open.get(roomId) ?? new Map<string, RoomTimeline>()).set(key, opened));
    if (focus === undefined) unread.load(roomId, (eventId) => opened.readUpTo(eventId));
    return opened;
  }

  function openFocus(roomId: RoomId, focus: TimelineFocus | undefined, onIdle: () => void): RoomTimeline {
    switch (focus?.kind) {
      case 'thread':
        return openThread(context, outbox, roomId, focus.root, onIdle);
      case 'threads':
        return openCollection(context, outbox, roomId, threadList(context, roomId), onIdle);
      case 'pinned': {
        const source = pinnedList(context, roomId, () => roomAuthority(context, roomId));
        return openCollection(context, outbox, roomId, source, onIdle);
      }
      default:
        return openRoomTimeline(context, outbox, roomId, focus?.eventId ?? null, onIdle);
    }
  }

  /** All that is watched of a room. */
  function watched(roomId: RoomId): readonly RoomTimeline[] {
    return [...(open.get(roomId)?.values() ?? [])];
  }

  function find(roomId: RoomId, eventId: EventId): TimelineEvent | undefined {
    for (const timeline of watched(roomId)) {
      const event = timeline.find(eventId);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  /** The latest valid new content of a message that was edited, as it is shown. */
  function edited(roomId: RoomId, eventId: EventId): Content | null {
    for (const timeline of watched(roomId)) {
      const content = timeline.edited(eventId);
      if (content !== null) return content;
    }
    return null;
  }

  function threadPlace(roomId: RoomId, root: EventId | undefined): ThreadPlace | null {
    if (root === undefined) return null;
    const thread = open.get(roomId)?.get(keyOf({ kind: 'thread', root })) ?? open.get(roomId)?.get(keyOf(undefined));
    return { root, latest: thread?.latestIn(root) ?? root };
  }

  async function send(draft: OutboxDraft): Outcome<string> {
    const item = await outbox.enqueue(draft);
    return item.ok ? ok(item.value.id) : item;
  }

  return {
    async watchTimeline(roomId, listener) {
      return openOne(roomId, undefined).watch(listener);
    },
    async watchPlace(roomId, focus, listener) {
      return openOne(roomId, focus).watch(listener);
    },
    async loadOlder(roomId, focus) {
      return open.get(roomId)?.get(keyOf(focus))?.loadOlder() ?? err({ code: 'not-found', detail: 'timeline' });
    },
    async loadNewer(roomId, focus) {
      return open.get(roomId)?.get(keyOf(focus))?.loadNewer() ?? err({ code: 'not-found', detail: 'timeline' });
    },
    eventAt: (roomId, at) => eventAt(context, roomId, at),
    async sendText(roomId, input) {
      const refused = refuseText(input);
      if (refused !== null) return err(refused);
      const { replyTo, txnId } = input;
      const answered =
        replyTo === undefined ? null : { eventId: replyTo, sender: find(roomId, replyTo)?.sender ?? null };
      const content = textContent(input, answered, threadPlace(roomId, input.threadRoot));
      if (input.due !== undefined) return later.schedule(roomId, content, input.due, txnId);
      const work = { kind: 'message', content } as const;
      return send({ roomId, work, ...(txnId === undefined ? {} : { id: txnId }) });
    },
    async sendLocation(roomId, { latitude, longitude, accuracy = null, label, threadRoot, txnId }) {
      const point = parseGeoUri(geoUri({ latitude, longitude, accuracy }));
      if (point === null) return err({ code: 'invalid', detail: 'place' });
      if (label.length > MAX_LABEL) return err({ code: 'too-large', detail: 'label' });
      const content = locationContent(point, label.trim(), threadPlace(roomId, threadRoot));
      const work = { kind: 'message', content } as const;
      return send({ roomId, work, ...(txnId === undefined ? {} : { id: txnId }) });
    },
    async edit(roomId, eventId, input) {
      const refused = refuseText(input);
      if (refused !== null) return err(refused);
      const original = find(roomId, eventId);
      if (original !== undefined && original.sender !== context.account.userId) return err({ code: 'forbidden' });
      const reading = original?.reading;
      const before = reading?.kind === 'clear' ? reading.content : null;
      const replied = answeredIn(before);
      const answered = replied === null ? null : (find(roomId, replied)?.sender ?? null);
      const content = editContent(eventId, input, before, answered);
      return send({ roomId, work: { kind: 'edit', target: eventId, content } });
    },
    async react(roomId, eventId, key) {
      if (key === '' || key.length > MAX_REACTION) return err({ code: 'invalid', detail: 'key' });
      const mine = watched(roomId).reduce<string | null>(
        (found, timeline) => found ?? timeline.myReaction(eventId, key),
        null,
      );
      if (mine !== null && (await outbox.discard(mine))) return ok(undefined);
      const work =
        mine === null
          ? ({ kind: 'reaction', target: eventId, key, content: reactionContent(eventId, key) } as const)
          : ({ kind: 'removal', target: mine as EventId } as const);
      const sent = await send({ roomId, work });
      return sent.ok ? ok(undefined) : sent;
    },
    async remove(roomId, eventId, reason) {
      if ((reason ?? '').length > MAX_REASON) return err({ code: 'too-large', detail: 'reason' });
      const why = reason === undefined || reason.trim() === '' ? {} : { reason: reason.trim() };
      const sent = await send({ roomId, work: { kind: 'removal', target: eventId, ...why } });
      return sent.ok ? ok(undefined) : sent;
    },
    async report(roomId, eventId, reason) {
      if (reason.length > MAX_REASON) return err({ code: 'too-large', detail: 'reason' });
      const answer = await context.http.json({
        method: 'POST',
        path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/report/${encodeURIComponent(eventId)}`,
        body: { reason: reason.trim() },
      });
      return answer.ok ? ok(undefined) : answer;
    },
    pin: (roomId, eventId, pinned) => pin(context, outbox, roomId, roomAuthority(context, roomId), eventId, pinned),
    async forward(from, eventId, to) {
      const event = find(from, eventId);
      const content = event === undefined ? null : forwardedContent(event, edited(from, eventId));
      if (content === null) return err({ code: 'invalid', detail: 'message' });
      return send({ roomId: to, work: { kind: 'message', content } });
    },
    markUnread: (roomId, marked) => unread.flag(roomId, marked),
    sendFile(roomId, file, { threadRoot, replyTo, ...input }) {
      const relation = answering(replyTo ?? null, threadPlace(roomId, threadRoot));
      return enqueueFile(outbox, context.platform.random, roomId, file, input, relation);
    },
    download: (media) => downloadMedia(context, media),
    markRead: (roomId, eventId, threadRoot) => unread.mark(roomId, eventId, threadRoot ?? 'main'),
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

function keyOf(focus: TimelineFocus | undefined): string {
  if (focus === undefined) return '';
  if (focus.kind === 'event') return `event ${focus.eventId}`;
  return focus.kind === 'thread' ? `thread ${focus.root}` : focus.kind;
}
