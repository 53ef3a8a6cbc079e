import { parseEventId, type RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import {
  MAX_ANSWERS,
  MAX_POLL_TEXT,
  type PollEvent,
  pollEndEvent,
  pollResponseEvent,
  pollStartEvent,
} from '@besace/protocol/features/polls';
import type { Outcome, Poll, PollsApi } from '../api/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { SessionContext } from '../session/context.ts';
import { createKept } from '../session/kept.ts';
import { answering } from '../timeline/content.ts';
import { openPoll } from './openPoll.ts';

/** Bytes of randomness in the id of an answer: nobody can aim a vote at another poll by it. */
const ID_BYTES = 12;

export function createPolls(context: SessionContext, outbox: Outbox): PollsApi {
  const kept = createKept<Poll>(context.platform.clock);

  async function send(roomId: RoomId, { type, content }: PollEvent, txnId?: string): Outcome<string> {
    const work = { kind: 'event', type, content } as const;
    const item = await outbox.enqueue({ roomId, work, ...(txnId === undefined ? {} : { id: txnId }) });
    return item.ok ? ok(item.value.id) : item;
  }

  function newId(): string {
    return [...context.platform.random.bytes(ID_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  return {
    async watchPoll(roomId, poll, listener) {
      const opened = kept(`${roomId} ${poll}`, (onIdle) => openPoll(context, outbox, roomId, poll, onIdle));
      return opened.watch(listener);
    },
    async startPoll(roomId, { answers, threadRoot, txnId, ...poll }) {
      const made = pollStartEvent({ ...poll, answers: answers.map((text) => ({ id: newId(), text })) });
      if (!made.ok) return err({ code: 'invalid', detail: made.error });
      const { type, content } = made.value;
      const thread = threadRoot === undefined ? null : { root: threadRoot, latest: threadRoot };
      return send(roomId, { type, content: { ...content, ...answering(null, thread) } }, txnId);
    },
    async votePoll(roomId, poll, answers) {
      if (!parseEventId(poll).ok || answers.length > MAX_ANSWERS) return err({ code: 'invalid', detail: 'answers' });
      return send(roomId, pollResponseEvent(poll, answers));
    },
    async endPoll(roomId, poll, text) {
      if (text.trim() === '' || text.length > 4 * MAX_POLL_TEXT) return err({ code: 'invalid', detail: 'text' });
      return send(roomId, pollEndEvent(poll, text));
    },
  };
}
