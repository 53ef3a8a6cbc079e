import type { RoomId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import type { BesaceError, ConnectionState } from '../api/types.ts';
import type { Platform } from '../platform/platform.ts';
import type { HttpPort, OpenRoomOptions } from '../session/context.ts';
import type { Scope } from '../session/scope.ts';
import { backoffMs } from './backoff.ts';
import { parseSyncAnswer, type SyncAnswer } from './response.ts';
import { growList, INITIAL_WINDOWS, requestBody, type Windows } from './windows.ts';

/**
 * The sync loop: simplified sliding sync (MSC4186) on one connection. It asks, hands each answer on, grows the list until it holds the
 * account, and survives what a network and a server can do to it.
 */
export interface SyncEngine {
  start(): void;
  /** Rooms on screen, each with its own subscription; a request under way is asked again with them. */
  setOpenRooms(open: ReadonlyMap<RoomId, Required<OpenRoomOptions>>): void;
  /** The network is said to be back: tries again at once, on a new connection; but no sooner than a server asked to. */
  retryNow(): void;
  /** The network is said to be gone: shown at once, and the server is asked whether it is so. */
  networkLost(): void;
}

export type SyncHandlers = {
  /** The server forgot the connection (or this is the first): everything comes again, and device changes may have been missed. */
  onFresh(): Promise<void>;
  /**
   * Takes the answer. The position moves only when it resolves, so what throws is asked for again; after three times it is passed
   * over, since one bad answer must not end the session (T7).
   */
  onAnswer(answer: SyncAnswer, fresh: boolean): Promise<void>;
  /** How many rooms the account has, and whether the list holds them all by now. */
  onTotal(total: number, complete: boolean): void;
  onConnection(connection: ConnectionState): void;
};

export type SyncEngineDeps = {
  readonly platform: Platform;
  readonly http: HttpPort;
  readonly scope: Scope;
  readonly handlers: SyncHandlers;
  /** Packed state keys of encrypted singletons that a summary shows. */
  readonly summaryState: readonly string[];
};

const PATH = '/_matrix/client/unstable/org.matrix.simplified_msc3575/sync';
const POLL_MS = 30_000;
/** How much longer than the poll an answer may take before the connection counts as dead. */
const GRACE_MS = 15_000;
const MOST_TRIES = 3;

export function createSyncEngine(deps: SyncEngineDeps): SyncEngine {
  const { platform, http, scope, handlers } = deps;
  const { clock, logger, random } = platform;
  let windows: Windows = INITIAL_WINDOWS;
  let pos: string | null = null;
  let toDevice: string | null = null;
  let total = 0;
  let complete = false;
  let failures = 0;
  let started = false;
  let polling: AbortController | null = null;
  let wake: (() => void) | null = null;
  /** What is waited for is a time that the server named. */
  let told = false;
  let connection: ConnectionState = { kind: 'starting' };

  async function run(): Promise<void> {
    while (!scope.signal.aborted) {
      const answer = await ask();
      if (scope.signal.aborted) return;
      const error = answer.ok ? await take(answer.value) : answer.error;
      if (error === null) {
        failures = 0;
        setConnection({ kind: 'online' });
      } else if (error.code === 'signed-out') {
        setConnection({ kind: 'offline', since: clock.now(), error });
        return;
      } else if (error.code !== 'cancelled') {
        await afterFailure(error);
      }
    }
  }

  async function ask(): Promise<Result<{ readonly answer: SyncAnswer; readonly fresh: boolean }, BesaceError>> {
    const fresh = pos === null;
    if (fresh) await handlers.onFresh();
    // While the list grows, and right after a failure, the server is asked not to wait.
    const timeout = fresh || !complete || failures > 0 ? 0 : POLL_MS;
    const controller = new AbortController();
    polling = controller;
    const answer = await http.json({
      method: 'POST',
      path: PATH,
      query: { timeout: String(timeout), ...(pos === null ? {} : { pos }) },
      body: requestBody(windows, { toDevice }, deps.summaryState),
      signal: controller.signal,
      timeoutMs: timeout + GRACE_MS,
    });
    polling = null;
    if (!answer.ok) return answer;
    const parsed = parseSyncAnswer(answer.value);
    return parsed === null ? err({ code: 'server-nonsense', detail: 'sync' }) : ok({ answer: parsed, fresh });
  }

  let tries = 0;
  /** @returns the error after which the same is asked again, or null when the answer was taken. */
  async function take({ answer, fresh }: { answer: SyncAnswer; fresh: boolean }): Promise<BesaceError | null> {
    try {
      await handlers.onAnswer(answer, fresh);
      tries = 0;
    } catch (thrown) {
      tries += 1;
      logger.error('sync-answer-failed', { tries, error: String(thrown) });
      if (tries < MOST_TRIES) return { code: 'unexpected', detail: 'sync' };
      tries = 0;
    }
    pos = answer.pos;
    toDevice = answer.toDevice?.nextBatch ?? toDevice;
    total = answer.total ?? total;
    complete = windows.listSize >= total;
    handlers.onTotal(total, complete);
    windows = growList(windows, total);
    return null;
  }

  async function afterFailure(error: BesaceError): Promise<void> {
    failures += 1;
    if (error.detail === 'M_UNKNOWN_POS') {
      // The server wiped the connection: all begins again, with small windows.
      pos = null;
      complete = false;
      windows = { ...INITIAL_WINDOWS, open: windows.open };
      logger.info('sync-position-lost');
      if (failures === 1) return;
    } else {
      const since = connection.kind === 'offline' ? connection.since : clock.now();
      setConnection({ kind: 'offline', since, error });
    }
    told = error.retryAfterMs !== undefined;
    await pause(backoffMs(failures, error, random));
    told = false;
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        wake = null;
        resolve();
      };
      const cancel = clock.after(ms, end);
      wake = end;
    });
  }

  function setConnection(next: ConnectionState): void {
    if (next.kind === connection.kind && next.kind !== 'offline') return;
    connection = next;
    handlers.onConnection(next);
  }

  scope.add(() => {
    polling?.abort();
    wake?.();
  });

  return {
    start() {
      if (started) return;
      started = true;
      run().catch((thrown) => logger.error('sync-ended', { error: String(thrown) }));
    },
    setOpenRooms(open) {
      windows = { ...windows, open };
      polling?.abort();
    },
    retryNow() {
      // A request that was under way may hang on a connection that is no more.
      if (connection.kind !== 'starting') polling?.abort();
      if (!told) wake?.();
    },
    networkLost() {
      if (scope.signal.aborted || connection.kind !== 'online') return;
      // Counted as a failure, so that the server is asked not to wait: where the machine is wrong, its answer comes at once.
      failures = Math.max(failures, 1);
      setConnection({ kind: 'offline', since: clock.now(), error: { code: 'offline', detail: 'network' } });
      polling?.abort();
    },
  };
}
