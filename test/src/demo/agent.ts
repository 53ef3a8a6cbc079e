import type { BesaceApi, OutboxItem, Outcome, RoomList } from '@besace/matrix/api/types';
import { createBesace } from '@besace/matrix/besace';
import { createMemoryPlatform } from '@besace/matrix/platform/memory';
import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { eventually } from '../harness/http.ts';
import { type Front, type NewPerson, signUp } from './signUp.ts';

/** Somebody of the demo at her device, which exists as long as this process. */
export type Agent = NewPerson & {
  readonly userId: UserId;
  readonly api: BesaceApi;
  readonly recoveryCode: string;
  /** Joins a room that she is invited to, as soon as she is. */
  join(roomId: RoomId): Promise<void>;
  /** Resolves when nothing waits to be sent; rejects when something was refused, or waits after `ms` (two minutes). */
  sent(ms?: number): Promise<void>;
};

/** Signs a person up and in, and makes her recovery code. */
export async function newAgent(front: Front, person: NewPerson, outsiderServers: readonly string[]): Promise<Agent> {
  const { userId, homeserver } = await signUp(front, person);
  const api = createBesace(createMemoryPlatform({ storagePrefix: `demo-${userId}`, outsiderServers }));
  const { password } = person;
  const account = must(await api.signIn({ homeserver, user: userId, password, deviceName: 'Démonstration' }));
  const { code: recoveryCode } = must(await api.setUpRecovery({ password }));
  must(await api.confirmRecoveryCode(recoveryCode));
  let rooms: RoomList = { rooms: [], total: 0, complete: false };
  let outbox: readonly OutboxItem[] = [];
  await api.watchRooms((list) => {
    rooms = list;
  });
  await api.watchOutbox((items) => {
    outbox = items;
  });
  return {
    ...person,
    userId: account.userId,
    api,
    recoveryCode,
    async join(roomId) {
      await eventually(async () => rooms.rooms.some((room) => room.roomId === roomId && room.membership === 'invite'));
      must(await api.join(roomId));
    },
    async sent(ms = 120_000) {
      await eventually(async () => outbox.every(({ state }) => state.kind === 'refused'), ms);
      const refused = outbox.find(({ state }) => state.kind === 'refused');
      if (refused !== undefined) throw new Error(`refused: ${JSON.stringify(refused.state)}`);
    },
  };
}

/** The value of an outcome; throws its error, for scripts that have nobody to tell. */
export function must<T>(result: Awaited<Outcome<T>>): T {
  if (!result.ok) throw new Error(`${result.error.code} ${result.error.detail ?? ''}`.trim());
  return result.value;
}
