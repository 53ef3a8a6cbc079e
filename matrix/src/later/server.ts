import type { RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { Outcome } from '../api/types.ts';
import type { HttpPort } from '../session/context.ts';
import { delayedIn } from './item.ts';

/** What is asked of a server that sends events later (MSC4140). One try each. */
export interface DelayServer {
  /** The longest delay that it takes, ms: 0 where it takes none. */
  longest(): Outcome<number>;
  /** Gives the id of the delay. */
  hold(input: {
    roomId: RoomId;
    txnId: string;
    content: Readonly<Record<string, unknown>>;
    delayMs: number;
  }): Outcome<string>;
  /** `not-found` when it has let it go already: nobody knows then whether it arrived. */
  cancel(delayId: string): Outcome<void>;
  /** Everything that it holds for me: delay ids by ciphertext. */
  held(): Outcome<ReadonlyMap<string, string>>;
}

const ROOT = '/_matrix/client/unstable/org.matrix.msc4140/delayed_events';

const capabilities = v.object({
  capabilities: v.object({
    'org.matrix.msc4140.delayed_events': v.optional(v.looseObject({ max_delay_ms: v.optional(v.number()) })),
  }),
});
const held = v.object({ delay_id: v.pipe(v.string(), v.minLength(1), v.maxLength(255)) });

export function createDelayServer(http: HttpPort): DelayServer {
  let longest: number | null = null;
  return {
    async longest() {
      if (longest !== null) return ok(longest);
      const answer = await http.json({ method: 'GET', path: '/_matrix/client/v3/capabilities' });
      if (!answer.ok) return answer;
      const parsed = v.safeParse(capabilities, answer.value);
      const said = parsed.success ? parsed.output.capabilities['org.matrix.msc4140.delayed_events'] : undefined;
      longest = Math.max(0, said?.max_delay_ms ?? 0);
      return ok(longest);
    },
    async hold({ roomId, txnId, content, delayMs }) {
      const answer = await http.json({
        method: 'PUT',
        path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.encrypted/${encodeURIComponent(txnId)}`,
        query: { 'org.matrix.msc4140.delay': String(Math.max(1, Math.round(delayMs))) },
        body: content,
      });
      if (!answer.ok) return answer;
      const parsed = v.safeParse(held, answer.value);
      return parsed.success ? ok(parsed.output.delay_id) : err({ code: 'server-nonsense', detail: 'delay_id' });
    },
    async cancel(delayId) {
      const path = `${ROOT}/${encodeURIComponent(delayId)}`;
      const answer = await http.json({ method: 'POST', path, body: { action: 'cancel' } });
      return answer.ok ? ok(undefined) : answer;
    },
    async held() {
      const answer = await http.json({ method: 'GET', path: ROOT, maxBytes: 16 * 1024 * 1024 });
      if (!answer.ok) return answer;
      const all = delayedIn(answer.value);
      return all === null ? err({ code: 'server-nonsense', detail: 'delayed_events' }) : ok(all);
    },
  };
}
