import type { UserId } from '@besace/protocol/core/ids';
import { EMPTY_OR_MAP } from '@besace/protocol/core/or-map';
import { err, ok } from '@besace/protocol/core/result';
import type { Outcome, Stop } from '../api/types.ts';
import { BesaceFailure, storageError } from '../errors.ts';
import type { LocalDb } from '../local/db.ts';
import type { Cancel, Platform } from '../platform/platform.ts';
import type { HttpPort } from '../session/context.ts';
import { createKeyedEmitter } from '../session/emitter.ts';
import type { Scope } from '../session/scope.ts';
import { createTurns } from '../session/turns.ts';
import { deriveVaultKey, openVault, sealVault, type VaultKey } from './seal.ts';
import {
  changed,
  type Drawer,
  drawerOf,
  merged,
  type Place,
  parseDrawer,
  placeOf,
  toJson,
  typeOf,
  valuesIn,
} from './shelf.ts';

/**
 * Private lists of an account (what is kept, what is to be sent later), the same on all of its devices, in account data that the server cannot
 * read. What is put is on this device's disk first, and reaches the others when there is a network and this device is verified.
 */
export interface Vault {
  /** What a list holds now, by key. */
  values(name: string): ReadonlyMap<string, unknown>;
  /** On disk when it resolves. `too-large` where the list is full. Null takes away. */
  put(name: string, key: string, value: unknown): Outcome<void>;
  /** Asks the server anew for what the other devices did to an entry: it is merged when this resolves. Fails where nobody can say. */
  refresh(name: string, key: string): Outcome<void>;
  /** Starts with what is known. */
  watch(name: string, listener: (values: ReadonlyMap<string, unknown>) => void): Stop;
}

/** What the session does with it. */
export type VaultKeeper = Vault & {
  /** Puts back what is kept of an earlier life. */
  load(): Promise<void>;
  /** What the sync brought. */
  deliver(events: readonly { readonly type: string; readonly content: unknown }[]): void;
  /** There is a network, or a key: goes on with what waits. */
  wake(): void;
};

export type VaultDeps = {
  readonly me: UserId;
  readonly platform: Pick<Platform, 'clock' | 'random' | 'logger'>;
  readonly db: LocalDb;
  readonly http: HttpPort;
  readonly scope: Scope;
  /** The private key of the account's backup, as far as this device holds it. */
  backupKey(): Promise<Uint8Array | null>;
  /** Whether that key is the one of the backup that the account has now. Asks the server. */
  isCurrent(): Promise<boolean>;
};

/** A pause after a failure, ms: doubled each time, up to the longest. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

export function createVault(deps: VaultDeps): VaultKeeper {
  const { me, db, http, scope } = deps;
  const { clock, random, logger } = deps.platform;
  const drawers = new Map<string, Drawer>();
  /** Types that may differ from what the server has: looked at when there is a key and a network. */
  const waiting = new Set<string>();
  /** Types that this device has no key for: they wait until it may have one. */
  const parked = new Set<string>();
  /** What the server had when it last said so. */
  const delivered = new Map<string, unknown>();
  const changes = createKeyedEmitter<string, ReadonlyMap<string, unknown>>(logger, 'vault');
  const inTurn = createTurns();
  let held: { readonly bytes: string; readonly key: VaultKey } | null = null;
  let pause = FIRST_PAUSE_MS;
  let again: Cancel | null = null;
  let running = false;
  /** The sync has told what the server has, so that hardly anything need be asked for. */
  let synced = false;
  scope.add(() => again?.());

  function values(name: string): ReadonlyMap<string, unknown> {
    const mine = [...drawers].flatMap(([type, drawer]) => (placeOf(type)?.name === name ? [drawer] : []));
    return valuesIn(mine);
  }

  async function keep(place: Place, drawer: Drawer): Promise<void> {
    const type = typeOf(place);
    await db.write([{ store: 'vault', key: type, value: toJson(drawer) }]);
    drawers.set(type, drawer);
    changes.emit(place.name, values(place.name));
  }

  function put(name: string, key: string, value: unknown): Outcome<void> {
    return inTurn(async () => {
      const place = { name, drawer: drawerOf(key) };
      const before = drawers.get(typeOf(place)) ?? EMPTY_OR_MAP;
      const next = changed(before, key, value, me);
      if (!next.ok) return err({ code: 'too-large' as const, detail: name });
      if (next.value === before) return ok(undefined);
      try {
        await keep(place, next.value);
      } catch (thrown) {
        const lost = storageError(thrown);
        if (lost === null) throw thrown;
        return err(lost);
      }
      waiting.add(typeOf(place));
      run();
      return ok(undefined);
    });
  }

  async function keyNow(): Promise<VaultKey | null> {
    const secret = await deps.backupKey();
    if (secret === null) return null;
    const bytes = secret.join();
    if (held?.bytes !== bytes) held = { bytes, key: await deriveVaultKey(new Uint8Array(secret), me) };
    return held.key;
  }

  function run(): void {
    if (running || !synced || scope.signal.aborted || waiting.size === 0) return;
    running = true;
    again?.();
    again = null;
    settleAll()
      .then((settled) => {
        if (settled) pause = FIRST_PAUSE_MS;
      })
      .catch((thrown) => {
        if (scope.signal.aborted) return;
        logger.info('vault-waits', { error: thrown instanceof BesaceFailure ? thrown.error.code : String(thrown) });
        again = clock.after(pause, run);
        pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
      })
      .finally(() => {
        running = false;
        if (again === null && held !== null) run();
      });
  }

  /** False while this device has no key: it then waits to be verified. */
  async function settleAll(): Promise<boolean> {
    const key = await keyNow();
    if (key === null) {
      held = null;
      return false;
    }
    for (const type of waiting) {
      const place = placeOf(type);
      waiting.delete(type);
      if (place === null) continue;
      try {
        await settle(key, place);
      } catch (thrown) {
        waiting.add(type);
        throw thrown;
      }
    }
    return true;
  }

  /**
   * Makes this device and the server say the same of a drawer. The server's version is read again before a write, so that nothing of another
   * device is written over unseen; who lost a race sees it in the next sync, and writes the merge.
   */
  async function settle(key: VaultKey, place: Place): Promise<void> {
    const type = typeOf(place);
    const heard = delivered.get(type);
    if (heard !== undefined && !lacksSomething(await takeIn(key, place, heard))) return;
    const wanted = await takeIn(key, place, await read(type));
    if (!lacksSomething(wanted)) return;
    const body = await sealVault(key, random, boundTo(type), toJson(wanted));
    const answer = await http.json({ method: 'PUT', path: pathOf(type), body, signal: scope.signal });
    if (!answer.ok) throw new BesaceFailure(answer.error);
    delivered.set(type, body);
  }

  async function refresh(name: string, entry: string): Outcome<void> {
    const place = { name, drawer: drawerOf(entry) };
    const type = typeOf(place);
    try {
      const key = await keyNow();
      // Without a key, nothing that was put here has left this device, so that nobody else could change it.
      if (key === null) return ok(undefined);
      const taken = await takeIn(key, place, await read(type));
      if (taken === 'unreadable') return err({ code: 'forbidden', detail: 'vault' });
      if (taken !== null) waiting.add(type);
    } catch (thrown) {
      const lost = thrown instanceof BesaceFailure ? thrown.error : storageError(thrown);
      if (lost === null) throw thrown;
      return err(lost);
    }
    run();
    return ok(undefined);
  }

  /**
   * Merges what the server has into what is here. Gives what the server should have, null where it needs nothing from us, `unreadable` where
   * it has something that is not ours to change.
   */
  async function takeIn(key: VaultKey, place: Place, content: unknown): Promise<Drawer | 'unreadable' | null> {
    const type = typeOf(place);
    const opened = content === null ? null : await openVault(key, boundTo(type), content);
    if (opened?.ok === false) {
      if (opened.error === 'newer') return 'unreadable'; // for a newer version of us to change
      // Under a key that we do not hold: ours is older than the account's, or that key is gone for good and what is here takes its place.
      if (opened.error === 'other-key' && !(await deps.isCurrent())) {
        parked.add(type);
        return 'unreadable';
      }
      logger.warn('vault-not-opened', { type, why: opened.error });
    }
    const theirs = opened?.ok === true ? parseDrawer(opened.value) : EMPTY_OR_MAP;
    // Sealed by a device of ours and yet not to be read: whatever it holds is not written over.
    if (theirs === null) {
      logger.warn('vault-not-read', { type });
      return 'unreadable';
    }
    const wanted = await inTurn(async () => {
      const mine = drawers.get(type) ?? EMPTY_OR_MAP;
      const all = merged(mine, theirs);
      if (all !== mine) await keep(place, all);
      return all;
    });
    return merged(theirs, wanted) === theirs ? null : wanted;
  }

  async function read(type: string): Promise<unknown> {
    const answer = await http.json({
      method: 'GET',
      path: pathOf(type),
      signal: scope.signal,
      maxBytes: 3 * 1024 * 1024,
    });
    if (answer.ok) return answer.value;
    if (answer.error.code === 'not-found') return null;
    throw new BesaceFailure(answer.error);
  }

  function pathOf(type: string): string {
    return `/_matrix/client/v3/user/${encodeURIComponent(me)}/account_data/${type}`;
  }

  function lacksSomething(taken: Drawer | 'unreadable' | null): taken is Drawer {
    return taken !== null && taken !== 'unreadable';
  }

  /** What a sealed drawer is bound to. */
  function boundTo(type: string): string {
    return `${me} ${type}`;
  }

  return {
    values,
    put,
    refresh,
    watch(name, listener) {
      const stop = changes.on(name, listener);
      listener(values(name));
      return stop;
    },
    async load() {
      for (const { key, value } of await db.list('vault', '')) {
        const drawer = placeOf(key) === null ? null : parseDrawer(value);
        if (drawer === null) continue;
        drawers.set(key, drawer);
        waiting.add(key);
      }
    },
    deliver(events) {
      for (const { type, content } of events) {
        if (placeOf(type) === null) continue;
        delivered.set(type, content);
        waiting.add(type);
      }
      synced = true;
      run();
    },
    wake() {
      for (const type of parked) waiting.add(type);
      parked.clear();
      run();
    },
  };
}
