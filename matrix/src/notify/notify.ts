import { err, ok } from '@besace/protocol/core/result';
import type { Notice, NotifyApi, Outcome, RoomSummary } from '../api/types.ts';
import { saidLine } from '../rooms/lineOf.ts';
import { localpart } from '../rooms/roomModel.ts';
import type { Call } from '../rooms/unread.ts';
import type { HttpRequest, RoomsPort, SessionContext } from '../session/context.ts';
import { createEmitter } from '../session/emitter.ts';
import { createTurns } from '../session/turns.ts';

import { pushTargets } from './pushTargets.ts';
import type { RuleStore } from './ruleStore.ts';
import { planKeywords, planLevel, type RuleChange, type RulePath, settingsOf } from './settings.ts';

/** What the session gives beside its context. */
export type NotifyDeps = {
  readonly context: Pick<SessionContext, 'account' | 'http' | 'platform' | 'scope'>;
  readonly rules: RuleStore;
  readonly rooms: Pick<RoomsPort, 'get'>;
  summary(roomId: Call['event']['room_id']): RoomSummary | undefined;
};

export type Notify = { readonly api: NotifyApi; onCall(call: Call): void };

/** How the person is told, and what of it she chooses. See SPEC.md. */
export function createNotify({ context, rules, rooms, summary }: NotifyDeps): Notify {
  const { http, platform, scope } = context;
  const me = context.account.userId;
  const notices = createEmitter<Notice>(platform.logger, 'notices');
  const inTurn = createTurns();

  /** One after the other: two changes at once would each be planned without the other. */
  function change(plan: () => readonly RuleChange[]): Outcome<void> {
    return inTurn(async () => {
      const changes = plan();
      for (const one of changes) {
        const answer = await http.json({ ...requestOf(one), signal: scope.signal });
        // What is to be removed and is not there is removed.
        if (!answer.ok && !('remove' in one && answer.error.code === 'not-found')) return answer;
      }
      return changes.length === 0 ? ok(undefined) : refresh();
    });
  }

  /** The sync brings them too, a little later: the next change is planned on what this one made. */
  async function refresh(): Outcome<void> {
    const answer = await http.json({ method: 'GET', path: '/_matrix/client/v3/pushrules/', signal: scope.signal });
    if (answer.ok) rules.take(answer.value as Record<string, unknown>);
    return ok(undefined);
  }

  return {
    onCall({ event, thread, content, highlight }) {
      if (notices.size === 0) return;
      const room = summary(event.room_id);
      const text = saidLine(content);
      if (room === undefined || text === null) return;
      const sender = rooms.get(event.room_id)?.member(event.sender);
      notices.emit({
        roomId: event.room_id,
        eventId: event.event_id,
        threadRoot: thread,
        sender: event.sender,
        senderName: sender?.name ?? localpart(event.sender),
        outsider: sender?.outsider ?? false,
        roomName: room.name,
        direct: room.direct,
        text,
        highlight,
        at: event.origin_server_ts,
      });
    },
    api: {
      async watchNotifySettings(listener) {
        const tell = () => listener(settingsOf(rules.current, me));
        const stop = rules.onChange(tell);
        tell();
        return stop;
      },
      setRoomLevel: (roomId, level) => change(() => planLevel(rules.current, me, roomId, level)),
      setKeywords(keywords) {
        const checked = planKeywords(rules.current, keywords);
        if (!checked.ok) return Promise.resolve(err(checked.error));
        return change(() => {
          const planned = planKeywords(rules.current, keywords);
          return planned.ok ? planned.value : [];
        });
      },
      watchNotices: async (listener) => notices.on(listener),
      ...pushTargets(http, scope.signal, () => rules.current),
    },
  };
}

function requestOf(change: RuleChange): HttpRequest {
  if ('put' in change) return { method: 'PUT', path: pathOf(change.put), body: change.body };
  if ('remove' in change) return { method: 'DELETE', path: pathOf(change.remove) };
  return { method: 'PUT', path: `${pathOf(change.enable)}/enabled`, body: { enabled: true } };
}

function pathOf({ kind, id }: RulePath): string {
  return `/_matrix/client/v3/pushrules/global/${kind}/${encodeURIComponent(id)}`;
}
