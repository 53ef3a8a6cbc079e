import type { EventId, RoomId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import { err, ok } from '@besace/protocol/core/result';
import type { BesaceError } from '../api/types.ts';
import type { HttpPort } from '../session/context.ts';
import { isRecord, parseRawEvent, parseRawEvents, type RawEvent } from '../sync/rawEvent.ts';
import { ENCRYPTED } from './wire.ts';

export type Read<T> = Promise<Result<T, BesaceError>>;
export type HistoryPage = { readonly events: readonly RawEvent[]; readonly next: string | null };

/** The four questions that the object store asks the homeserver about one room. */
export interface ObjectServer {
  /** All current state. */
  state(): Read<readonly RawEvent[]>;
  /** The current state event under one packed key; null when the server says there is none. */
  current(key: string): Read<RawEvent | null>;
  /** One event; null when the server does not have it. */
  event(eventId: EventId): Read<RawEvent | null>;
  /** Events of these types, newest first, from `from` or from now on back. */
  history(types: readonly string[], from: string | null): Read<HistoryPage>;
}

/** Events asked for in one page of history. */
const PAGE = 200;

export function objectServer(http: HttpPort, roomId: RoomId): ObjectServer {
  const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
  return {
    async state() {
      const answer = await http.json({ method: 'GET', path: `${room}/state`, timeoutMs: 60_000 });
      if (!answer.ok) return answer;
      return Array.isArray(answer.value)
        ? ok(parseRawEvents(answer.value, roomId))
        : err({ code: 'server-nonsense', detail: 'state' });
    },
    async current(key) {
      const path = `${room}/state/${ENCRYPTED}/${encodeURIComponent(key)}`;
      return readEvent(await http.json({ method: 'GET', path, query: { format: 'event' } }), roomId);
    },
    async event(eventId) {
      return readEvent(
        await http.json({ method: 'GET', path: `${room}/event/${encodeURIComponent(eventId)}` }),
        roomId,
      );
    },
    async history(types, from) {
      const query = {
        dir: 'b',
        limit: String(PAGE),
        filter: JSON.stringify({ types }),
        ...(from === null ? {} : { from }),
      };
      const answer = await http.json({ method: 'GET', path: `${room}/messages`, query, timeoutMs: 60_000 });
      if (!answer.ok) return answer;
      if (!isRecord(answer.value)) return err({ code: 'server-nonsense', detail: 'messages' });
      const { chunk, end } = answer.value;
      return ok({ events: parseRawEvents(chunk, roomId), next: typeof end === 'string' && end !== from ? end : null });
    },
  };
}

function readEvent(answer: Result<unknown, BesaceError>, roomId: RoomId): Result<RawEvent | null, BesaceError> {
  if (!answer.ok) return answer.error.code === 'not-found' ? ok(null) : answer;
  const event = parseRawEvent(answer.value, roomId);
  return event === null ? err({ code: 'server-nonsense', detail: 'event' }) : ok(event);
}
