import { type DeviceId, parseDeviceId, parseUserId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { MatrixClient } from 'matrix-js-sdk/lib/client.js';
import {
  type CryptoApi,
  CryptoEvent,
  type ShowSasCallbacks,
  VerificationPhase,
  type VerificationRequest,
  VerificationRequestEvent,
  type Verifier,
  VerifierEvent,
} from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { Outcome, Stop, VerificationState } from '../api/types.ts';
import type { Clock, Logger } from '../platform/platform.ts';
import { createEmitter } from '../session/emitter.ts';
import type { Scope } from '../session/scope.ts';

/** The emoji verification of one's own devices (Matrix spec, 11.12.2.2), one at a time, either side first. */
export interface Verification {
  watch(listener: (state: VerificationState) => void): Stop;
  /**
   * A device that is not signed asks the signed ones; a signed one asks the unsigned one that came last, also when its keys come only while nobody has
   * answered. With `device`, that one alone, whose keys are waited for.
   */
  request(device?: DeviceId): Outcome<void>;
  accept(): Outcome<void>;
  confirm(same: boolean): Outcome<void>;
  cancel(): Outcome<void>;
}

export type VerificationDeps = {
  readonly client: MatrixClient;
  readonly userId: UserId;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'after'>;
  readonly scope: Scope;
  /** Gives the server the keys of this device, where it has not got them yet: others ignore the request of a device that they do not know. */
  announce(): Promise<void>;
  /** A verification ended well: the identity of this device may have changed. */
  onDone(): void;
};

const SAS = 'm.sas.v1';
/** A device gives the server its keys within its first moments, ms. */
const KEYS_PATIENCE_MS = 10_000;

export function createVerification(deps: VerificationDeps): Verification {
  const { client, clock, logger, scope } = deps;
  const states = createEmitter<VerificationState>(logger, 'verification');
  let state: VerificationState = { kind: 'none' };
  let request: VerificationRequest | null = null;
  let verifier: Verifier | null = null;
  let sas: ShowSasCallbacks | null = null;
  let confirmed = false;
  // Both devices are one person's, so the protocol does not say which of them cancelled.
  let cancelledHere = false;
  /** No device was named, and these were known: one that appears before there is an answer is asked as well. */
  let everyone: { readonly known: ReadonlySet<string> } | null = null;
  let asking = false;
  /** How often this person's devices changed. */
  let news = 0;

  function set(next: VerificationState): void {
    state = next;
    states.emit(next);
  }

  function follow(next: VerificationRequest): void {
    request?.off(VerificationRequestEvent.Change, onChange);
    request = next;
    verifier = null;
    sas = null;
    confirmed = false;
    cancelledHere = false;
    next.on(VerificationRequestEvent.Change, onChange);
    onChange();
  }

  function onChange(): void {
    const current = request;
    if (current === null) return;
    switch (current.phase) {
      case VerificationPhase.Requested:
        set(requestedState(current));
        break;
      case VerificationPhase.Ready:
        set({ kind: 'waiting' });
        // One side begins: the one who asked.
        if (current.initiatedByMe) current.startVerification(SAS).then(run, failed);
        break;
      case VerificationPhase.Started:
        if (current.verifier !== undefined) run(current.verifier);
        break;
      case VerificationPhase.Done:
        set({ kind: 'done' });
        deps.onDone();
        break;
      case VerificationPhase.Cancelled:
        set({ kind: 'cancelled', byMe: cancelledHere, reason: current.cancellationCode ?? 'm.unknown' });
        break;
      default:
    }
  }

  function run(next: Verifier): void {
    if (verifier === next) return;
    verifier = next;
    next.on(VerifierEvent.ShowSas, show);
    const known = next.getShowSasCallbacks();
    if (known !== null) show(known);
    next.verify().catch(failed);
  }

  function show(callbacks: ShowSasCallbacks): void {
    sas = callbacks;
    const emoji = (callbacks.sas.emoji ?? []).map(([symbol, name]) => ({ symbol, name }));
    if (!confirmed) set({ kind: 'compare', emoji });
  }

  /** A cancellation shows in the request's phase as well: that one says who and why. */
  function failed(thrown: unknown): void {
    logger.info('verification-ended', { error: String(thrown) });
    if (request?.phase !== VerificationPhase.Cancelled && request?.phase !== VerificationPhase.Done) {
      set({ kind: 'cancelled', byMe: false, reason: 'm.unknown' });
    }
  }

  function requestedState(current: VerificationRequest): VerificationState {
    const device = parseDeviceId(current.otherDeviceId ?? null);
    const user = parseUserId(current.otherUserId);
    return {
      kind: 'requested',
      byMe: current.initiatedByMe,
      otherDevice: device.ok ? device.value : null,
      user: user.ok ? user.value : deps.userId,
    };
  }

  /** What the machine knows of this person's devices. */
  async function ownDevices(crypto: CryptoApi): Promise<ReadonlySet<string>> {
    const devices = (await crypto.getUserDeviceInfo([deps.userId])).get(deps.userId);
    return new Set([...(devices?.values() ?? [])].filter((one) => !one.dehydrated).map((one) => one.deviceId));
  }

  /** Whether the machine has the keys of a device, or gets them soon: one that has just signed in may not have uploaded them yet. */
  async function knows(crypto: CryptoApi, device: DeviceId): Promise<boolean> {
    const changed = Promise.withResolvers<boolean>();
    const look = () => {
      ownDevices(crypto).then((known) => known.has(device) && changed.resolve(true), changed.reject);
    };
    const onDevices = (users: readonly string[]) => {
      if (users.includes(deps.userId)) look();
    };
    client.on(CryptoEvent.DevicesUpdated, onDevices);
    const stopWaiting = clock.after(KEYS_PATIENCE_MS, () => changed.resolve(false));
    const giveUp = () => changed.resolve(false);
    scope.signal.addEventListener('abort', giveUp);
    look();
    try {
      return await changed.promise;
    } finally {
      stopWaiting();
      scope.signal.removeEventListener('abort', giveUp);
      client.off(CryptoEvent.DevicesUpdated, onDevices);
    }
  }

  /**
   * The machine asks only the signed devices as soon as there is one, and the dehydrated device, which never answers, is signed. So a signed device, which can only
   * have an unsigned one to verify, asks that one: the one that has just appeared, or else the last that is known.
   */
  async function unsignedOne(crypto: CryptoApi, known: ReadonlySet<string>): Promise<string | null> {
    const isSigned = async (id: string) =>
      (await crypto.getDeviceVerificationStatus(deps.userId, id))?.signedByOwner === true;
    const mine = client.getDeviceId();
    if (mine === null || !(await isSigned(mine))) return null;
    const unsigned: string[] = [];
    for (const id of known) if (id !== mine && !(await isSigned(id))) unsigned.push(id);
    return unsigned.findLast((id) => everyone?.known.has(id) === false) ?? unsigned.at(-1) ?? null;
  }

  async function askEveryone(crypto: CryptoApi): Promise<void> {
    const known = await ownDevices(crypto);
    const one = await unsignedOne(crypto, known);
    const asked = { known };
    everyone = asked;
    if (request?.pending) return; // another device was quicker
    const next =
      one === null
        ? await crypto.requestOwnUserVerification()
        : await crypto.requestDeviceVerification(deps.userId, one);
    if (everyone === asked) follow(next);
    else await next.cancel(); // cancelled meanwhile
  }

  /** A request goes to the devices that are known when it is made, so it is made again for one that appears. */
  async function askNewDevices(): Promise<void> {
    const crypto = client.getCrypto();
    const before = request;
    if (crypto === undefined || before === null || everyone === null || asking || !isUnanswered(before)) return;
    asking = true;
    const heard = news;
    try {
      const { known } = everyone;
      const fresh = [...(await ownDevices(crypto))].some((device) => !known.has(device));
      if (fresh && everyone !== null && !scope.signal.aborted && before === request && isUnanswered(before)) {
        // Nobody cancelled: it goes on.
        before.off(VerificationRequestEvent.Change, onChange);
        // The machine keeps one request a person: with two, it cancels both.
        await before.cancel();
        if (everyone !== null) await askEveryone(crypto);
      }
    } catch (thrown) {
      everyone = null;
      logger.info('new-devices-not-asked', { error: String(thrown) });
      if (request === before) {
        before.on(VerificationRequestEvent.Change, onChange);
        onChange();
      }
    } finally {
      asking = false;
    }
    if (news !== heard) await askNewDevices();
  }

  const onDevices = (users: readonly string[]) => {
    if (!users.includes(deps.userId)) return;
    news += 1;
    void askNewDevices();
  };
  const onReceived = (received: VerificationRequest) => {
    if (!received.isSelfVerification || received.initiatedByMe) return;
    const busy = request?.pending === true;
    if (busy) received.cancel().catch(failed);
    else {
      everyone = null;
      follow(received);
    }
  };
  client.on(CryptoEvent.VerificationRequestReceived, onReceived);
  client.on(CryptoEvent.DevicesUpdated, onDevices);
  scope.add(() => {
    client.off(CryptoEvent.DevicesUpdated, onDevices);
    client.off(CryptoEvent.VerificationRequestReceived, onReceived);
    request?.off(VerificationRequestEvent.Change, onChange);
  });

  return {
    watch(listener) {
      const stop = states.on(listener);
      listener(state);
      return stop;
    },
    async request(device) {
      const crypto = client.getCrypto();
      if (crypto === undefined) return err({ code: 'signed-out' });
      if (asking || request?.pending) return err({ code: 'invalid', detail: 'already verifying' });
      asking = true;
      try {
        await deps.announce();
        // The server is asked: a device that has just signed in may have given it its keys since the machine last looked.
        await crypto.userHasCrossSigningKeys(deps.userId);
        if (device === undefined) {
          await askEveryone(crypto);
        } else {
          everyone = null;
          if (!(await knows(crypto, device))) return err({ code: 'not-found', detail: 'keys of the device' });
          if (request?.pending) return err({ code: 'invalid', detail: 'already verifying' });
          follow(await crypto.requestDeviceVerification(deps.userId, device));
        }
      } finally {
        asking = false;
      }
      void askNewDevices();
      return ok(undefined);
    },
    async accept() {
      if (state.kind !== 'requested' || state.byMe || request === null)
        return err({ code: 'invalid', detail: 'nothing to accept' });
      await request.accept();
      return ok(undefined);
    },
    async confirm(same) {
      if (sas === null) return err({ code: 'invalid', detail: 'nothing to compare' });
      if (!same) {
        cancelledHere = true;
        sas.mismatch();
        return ok(undefined);
      }
      confirmed = true;
      set({ kind: 'waiting' });
      await sas.confirm();
      return ok(undefined);
    },
    async cancel() {
      everyone = null;
      if (request?.pending) {
        cancelledHere = true;
        await request.cancel();
      } else {
        set({ kind: 'none' });
      }
      return ok(undefined);
    },
  };
}

function isUnanswered(request: VerificationRequest): boolean {
  return request.initiatedByMe && request.phase === VerificationPhase.Requested;
}
