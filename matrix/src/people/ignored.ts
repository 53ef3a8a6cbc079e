import { parseUserId, type UserId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import type { Outcome, Stop } from '../api/types.ts';
import type { LocalDb } from '../local/db.ts';
import type { Logger } from '../platform/platform.ts';
import type { HttpPort } from '../session/context.ts';
import { createEmitter } from '../session/emitter.ts';
import { createTurns } from '../session/turns.ts';
import { isRecord } from '../sync/rawEvent.ts';

/** Whom the person does not want to hear (Matrix spec, 11.28). */
export interface Ignored {
  has(user: UserId): boolean;
  readonly users: readonly UserId[];
  onChange(listener: (users: readonly UserId[]) => void): Stop;
  set(user: UserId, ignored: boolean): Outcome<void>;
  /** What the sync brought. */
  deliver(events: readonly { readonly type: string; readonly content: unknown }[]): void;
  load(): Promise<void>;
}

export type IgnoredDeps = {
  readonly me: UserId;
  readonly http: HttpPort;
  readonly db: LocalDb;
  readonly logger: Logger;
};

const TYPE = 'm.ignored_user_list';
const KEY = 'ignored';
const MOST = 5_000;

export function createIgnored({ me, http, db, logger }: IgnoredDeps): Ignored {
  const changes = createEmitter<readonly UserId[]>(logger, 'ignored');
  const inTurn = createTurns();
  const path = `/_matrix/client/v3/user/${encodeURIComponent(me)}/account_data/${TYPE}`;
  let users: ReadonlySet<UserId> = new Set();

  async function take(content: unknown): Promise<void> {
    const next = new Set(ignoredIn(content).filter((user) => user !== me));
    const heardAgain = [...users].some((user) => !next.has(user));
    if (!heardAgain && next.size === users.size) return;
    users = next;
    await db.write([{ store: 'vault', key: KEY, value: content }]);
    // The server left out what she said: the copies have holes that nothing shows.
    if (heardAgain) await db.clear('timeline', '');
    changes.emit([...users]);
  }

  return {
    has: (user) => users.has(user),
    get users() {
      return [...users];
    },
    onChange: (listener) => changes.on(listener),
    set: (user, ignored) =>
      inTurn(async () => {
        // Another device may have changed it since: read, change, write.
        const answer = await http.json({ method: 'GET', path });
        if (!answer.ok && answer.error.code !== 'not-found') return answer;
        const now = answer.ok && isRecord(answer.value) ? answer.value : {};
        const listed = isRecord(now.ignored_users) ? now.ignored_users : {};
        const { [user]: _, ...others } = listed;
        const body = { ...now, ignored_users: ignored ? { ...others, [user]: {} } : others };
        const put = await http.json({ method: 'PUT', path, body });
        if (!put.ok) return put;
        await take(body);
        return ok(undefined);
      }),
    deliver(events) {
      const last = events.findLast(({ type }) => type === TYPE);
      if (last === undefined) return;
      inTurn(() => take(last.content)).catch((thrown) => logger.warn('ignored-not-kept', { error: String(thrown) }));
    },
    async load() {
      users = new Set(ignoredIn(await db.get('vault', KEY)).filter((user) => user !== me));
    },
  };
}

/** The people of a list, as far as it can be read (T7). */
export function ignoredIn(content: unknown): readonly UserId[] {
  if (!isRecord(content) || !isRecord(content.ignored_users)) return [];
  return Object.keys(content.ignored_users)
    .slice(0, MOST)
    .flatMap((key) => {
      const user = parseUserId(key);
      return user.ok ? user.value : [];
    });
}
