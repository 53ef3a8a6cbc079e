import { EventEmitter } from 'node:events';
import { parseDeviceId, parseUserId } from '@besace/protocol/core/ids';
import type { MatrixClient } from 'matrix-js-sdk/lib/client.js';
import { CryptoEvent, VerificationPhase, VerificationRequestEvent } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { describe, expect, it } from 'vitest';
import type { VerificationState } from '../api/types.ts';
import { createTestClock } from '../platform/testClock.ts';
import { createScope } from '../session/scope.ts';
import { createVerification } from './verification.ts';

const me = parseUserId('@ada:interieur.test');
const late = parseDeviceId('LATE');
if (!me.ok || !late.ok) throw new Error('ids');
const [userId, deviceId] = [me.value, late.value];

describe('asking a device that has no keys yet', () => {
  it('[VERIFY-4] asks the unsigned one when it gives its keys, and tells no cancellation', async () => {
    const world = createWorld();
    expect(await world.verification.request()).toMatchObject({ ok: true });
    world.appears('LATE');
    await expect.poll(() => world.requests.length).toBe(2);
    expect(world.requests.map(({ phase, to }) => [phase, to])).toEqual([
      [VerificationPhase.Cancelled, ['OLD']],
      [VerificationPhase.Requested, ['LATE']],
    ]);
    expect(world.states.filter((kind) => kind === 'cancelled')).toEqual([]);
    await world.verification.cancel();
    expect(world.states.at(-1)).toBe('cancelled');
    world.appears('NEXT');
    await Promise.resolve();
    expect(world.requests).toHaveLength(2);
  });

  it('[VERIFY-4] leaves the request alone once somebody has answered it', async () => {
    const world = createWorld();
    await world.verification.request();
    world.requests[0]?.move(VerificationPhase.Ready);
    world.appears('LATE');
    await new Promise(setImmediate);
    expect(world.requests).toHaveLength(1);
    expect(world.states.at(-1)).toBe('waiting');
  });

  it('[VERIFY-4] waits for the keys of the one that is asked, and gives up in words', async () => {
    const world = createWorld();
    const asking = world.verification.request(deviceId);
    await new Promise(setImmediate);
    world.appears('LATE');
    expect(await asking).toMatchObject({ ok: true });
    expect(world.requests.map(({ to }) => to)).toEqual([['LATE']]);

    const other = createWorld();
    const never = other.verification.request(deviceId);
    await new Promise(setImmediate);
    other.clock.advance(10_000);
    expect(await never).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });
});

class FakeRequest extends EventEmitter {
  phase: VerificationPhase = VerificationPhase.Requested;
  readonly initiatedByMe = true;
  readonly otherUserId = userId;
  readonly otherDeviceId = undefined;
  readonly to: readonly string[];
  constructor(to: readonly string[]) {
    super();
    this.to = to;
  }
  get pending(): boolean {
    return this.phase !== VerificationPhase.Cancelled && this.phase !== VerificationPhase.Done;
  }
  move(phase: VerificationPhase): void {
    this.phase = phase;
    this.emit(VerificationRequestEvent.Change);
  }
  async cancel(): Promise<void> {
    this.move(VerificationPhase.Cancelled);
  }
  startVerification(): Promise<never> {
    return new Promise(() => {});
  }
}

function createWorld() {
  const devices = new Set(['OLD']);
  const requests: FakeRequest[] = [];
  const clock = createTestClock();
  const ask = async (to: readonly string[]) => {
    const request = new FakeRequest(to);
    requests.push(request);
    return request;
  };
  const crypto = {
    getDeviceVerificationStatus: async (_user: string, id: string) => ({
      signedByOwner: id === 'MINE' || id === 'OLD',
    }),
    userHasCrossSigningKeys: async () => true,
    getUserDeviceInfo: async () =>
      new Map([[userId, new Map([...devices].map((id) => [id, { deviceId: id, dehydrated: false }]))]]),
    requestOwnUserVerification: () => ask([...devices]),
    requestDeviceVerification: (_user: string, id: string) => ask([id]),
  };
  const client = Object.assign(new EventEmitter(), { getCrypto: () => crypto, getDeviceId: () => 'MINE' });
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const verification = createVerification({
    client: client as unknown as MatrixClient,
    userId,
    logger,
    clock,
    scope: createScope(),
    announce: async () => undefined,
    onDone() {},
  });
  const states: VerificationState['kind'][] = [];
  verification.watch(({ kind }) => states.push(kind));
  return {
    verification,
    requests,
    states,
    clock,
    appears(id: string) {
      devices.add(id);
      client.emit(CryptoEvent.DevicesUpdated, [userId]);
    },
  };
}
