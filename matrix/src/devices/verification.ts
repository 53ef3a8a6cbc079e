import { type DeviceId, parseDeviceId, parseUserId, type UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { MatrixClient } from 'matrix-js-sdk/lib/client.js';
import {
  CryptoEvent,
  type ShowSasCallbacks,
  VerificationPhase,
  type VerificationRequest,
  VerificationRequestEvent,
  type Verifier,
  VerifierEvent,
} from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { Outcome, Stop, VerificationState } from '../api/types.ts';
import type { Logger } from '../platform/platform.ts';
import { createEmitter } from '../session/emitter.ts';
import type { Scope } from '../session/scope.ts';

/** The emoji verification of one's own devices (Matrix spec, 11.12.2.2), one at a time, either side first. */
export interface Verification {
  watch(listener: (state: VerificationState) => void): Stop;
  /** Asks all of one's other devices, or only `device`. */
  request(device?: DeviceId): Outcome<void>;
  accept(): Outcome<void>;
  confirm(same: boolean): Outcome<void>;
  cancel(): Outcome<void>;
}

export type VerificationDeps = {
  readonly client: MatrixClient;
  readonly userId: UserId;
  readonly logger: Logger;
  readonly scope: Scope;
  /** Gives the server the keys of this device, where it has not got them yet: others ignore the request of a device that they do not know. */
  announce(): Promise<void>;
  /** A verification ended well: the identity of this device may have changed. */
  onDone(): void;
};

const SAS = 'm.sas.v1';

export function createVerification(deps: VerificationDeps): Verification {
  const { client, logger, scope } = deps;
  const states = createEmitter<VerificationState>(logger, 'verification');
  let state: VerificationState = { kind: 'none' };
  let request: VerificationRequest | null = null;
  let verifier: Verifier | null = null;
  let sas: ShowSasCallbacks | null = null;
  let confirmed = false;
  // Both devices are one person's, so the protocol does not say which of them cancelled.
  let cancelledHere = false;

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

  const onReceived = (received: VerificationRequest) => {
    if (!received.isSelfVerification || received.initiatedByMe) return;
    const busy = request?.pending === true;
    if (busy) received.cancel().catch(failed);
    else follow(received);
  };
  client.on(CryptoEvent.VerificationRequestReceived, onReceived);
  scope.add(() => {
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
      if (request?.pending) return err({ code: 'invalid', detail: 'already verifying' });
      await deps.announce();
      // A device that has just signed in may have given the server its keys since the machine asked for them.
      const own = (await crypto.getUserDeviceInfo([deps.userId], true)).get(deps.userId);
      if (device !== undefined && !own?.has(device)) return err({ code: 'not-found', detail: 'keys of the device' });
      follow(
        device === undefined
          ? await crypto.requestOwnUserVerification()
          : await crypto.requestDeviceVerification(deps.userId, device),
      );
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
