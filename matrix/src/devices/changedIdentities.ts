import { parseUserId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { MatrixClient } from 'matrix-js-sdk/lib/client.js';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import { CryptoEvent, type UserVerificationStatus } from 'matrix-js-sdk/lib/crypto-api/index.js';
import * as v from 'valibot';
import type { ChangedIdentity, Outcome, Stop } from '../api/types.ts';
import type { LocalDb } from '../local/db.ts';
import type { Clock, Logger } from '../platform/platform.ts';
import { createEmitter } from '../session/emitter.ts';
import type { Scope } from '../session/scope.ts';
import { createTurns } from '../session/turns.ts';

/**
 * People whose identity is another than the one that this device knew first (T9): they have set everything up again, or somebody writes in their
 * name. The machine pins the first identity and says when it changed; it goes on encrypting for the new one, so the person must be told.
 */
export interface ChangedIdentities {
  watch(listener: (people: readonly ChangedIdentity[]) => void): Stop;
  accept(user: UserId): Outcome<void>;
}

export type ChangedIdentitiesDeps = {
  readonly client: Pick<MatrixClient, 'on' | 'off'>;
  readonly crypto: Pick<CryptoBackend, 'pinCurrentUserIdentity' | 'getUserVerificationStatus'>;
  readonly db: LocalDb;
  readonly me: UserId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
  /** The people whose identities the machine knows. */
  followed(): Promise<readonly string[]>;
  /** It has just been noticed. */
  onChanged(person: ChangedIdentity): void;
};

/** How long after the start what was missed is looked for: the list and the open room come first, ms. */
const FIRST_LOOK_MS = 10_000;
/** So many people are looked at, then comes a pause, ms. */
const AT_ONCE = 100;
const PAUSE_MS = 1_000;

const KEY = 'changed-identities';
const schema = v.array(v.object({ userId: v.string(), at: v.number() }));

export function watchChangedIdentities(deps: ChangedIdentitiesDeps): ChangedIdentities {
  const { client, crypto, db, clock, logger, scope } = deps;
  const changes = createEmitter<readonly ChangedIdentity[]>(logger, 'changed-identities');
  const inTurn = createTurns();
  let people: readonly ChangedIdentity[] = [];
  const log = (thrown: unknown) => logger.warn('identities-not-read', { error: String(thrown) });

  inTurn(async () => {
    const kept = v.safeParse(schema, await db.get('account', KEY));
    people = (kept.success ? kept.output : []).flatMap(({ userId, at }) => {
      const user = parseUserId(userId);
      return user.ok ? [{ userId: user.value, at }] : [];
    });
    if (people.length > 0) changes.emit(people);
  }).catch(log);

  async function set(next: readonly ChangedIdentity[]): Promise<void> {
    await db.write([{ store: 'account', key: KEY, value: next }]);
    people = next;
    changes.emit(people);
  }

  async function take(user: UserId, { needsUserApproval }: UserVerificationStatus): Promise<void> {
    const known = people.some(({ userId }) => userId === user);
    if (scope.signal.aborted || needsUserApproval === known) return;
    if (!needsUserApproval) return set(people.filter(({ userId }) => userId !== user));
    const changed = { userId: user, at: clock.now() };
    await set([...people, changed]);
    deps.onChanged(changed);
  }

  const onTrust = (name: string, status: UserVerificationStatus) => {
    const user = parseUserId(name);
    if (user.ok && user.value !== deps.me) inTurn(() => take(user.value, status)).catch(log);
  };
  client.on(CryptoEvent.UserTrustStatusChanged, onTrust);
  scope.add(() => client.off(CryptoEvent.UserTrustStatusChanged, onTrust));

  const wait = (ms: number, next: () => Promise<void>) => scope.add(clock.after(ms, () => void next().catch(log)));
  // The machine tells a change once: killed before it was written here, it would never be heard of again.
  wait(FIRST_LOOK_MS, async () => lookAt(await deps.followed()));

  async function lookAt(names: readonly string[]): Promise<void> {
    for (const name of names.slice(0, AT_ONCE)) {
      const user = parseUserId(name);
      if (scope.signal.aborted) return;
      if (!user.ok || user.value === deps.me) continue;
      await inTurn(async () => take(user.value, await crypto.getUserVerificationStatus(user.value)));
    }
    if (names.length > AT_ONCE) wait(PAUSE_MS, () => lookAt(names.slice(AT_ONCE)));
  }

  return {
    watch(listener) {
      const stop = changes.on(listener);
      listener(people);
      return stop;
    },
    accept: (user) =>
      inTurn(async () => {
        if (!people.some(({ userId }) => userId === user))
          return err({ code: 'not-found', detail: 'changed identity' });
        await crypto.pinCurrentUserIdentity(user);
        await set(people.filter(({ userId }) => userId !== user));
        return ok(undefined);
      }),
  };
}
