import type { RoomId } from '@besace/protocol/core/ids';
import { BesaceFailure } from '../errors.ts';
import type { SessionContext } from '../session/context.ts';
import { isRecord, parseRawEvents } from '../sync/rawEvent.ts';

/** How far before its time an event is looked for (clocks differ), ms; pages of 100 at most. */
const BEFORE_MS = 10 * 60_000;
const PAGES = 20;

/**
 * Whether what I had sealed is in its room: from its newest end back to some time before it was due.
 * @throws BesaceFailure when the server does not say.
 */
export async function arrivedSince(
  { http, account }: Pick<SessionContext, 'http' | 'account'>,
  { roomId, due }: { readonly roomId: RoomId; readonly due: number },
  sealed: string,
): Promise<boolean> {
  let from: string | null = null;
  for (let page = 0; page < PAGES; page++) {
    const answer = await http.json({
      method: 'GET',
      path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages`,
      query: { dir: 'b', limit: '100', ...(from === null ? {} : { from }) },
    });
    // Out of the room: whatever it says, nothing of ours gets in there.
    if (!answer.ok && (answer.error.code === 'forbidden' || answer.error.code === 'not-found')) return false;
    if (!answer.ok) throw new BesaceFailure(answer.error);
    if (!isRecord(answer.value) || !Array.isArray(answer.value.chunk))
      throw new BesaceFailure({ code: 'server-nonsense', detail: 'messages' });
    const { chunk, end }: { chunk?: unknown; end?: unknown } = answer.value;
    const events = parseRawEvents(chunk, roomId);
    if (events.some(({ sender, content }) => sender === account.userId && content.ciphertext === sealed)) return true;
    const oldest = events.at(-1);
    if (oldest === undefined || oldest.origin_server_ts < due - BEFORE_MS) return false;
    if (typeof end !== 'string' || end === from) return false;
    from = end;
  }
  return false;
}
