import { randomBytes } from 'node:crypto';
import type {
  BesaceApi,
  Outcome,
  RoomList,
  RoomSummary,
  SessionStatus,
  Timeline,
  VerificationState,
} from '@besace/matrix/api/types';
import { openBesace } from '@besace/matrix/besace';
import { createLogger } from '@besace/matrix/platform/common';
import { createMemoryPlatform } from '@besace/matrix/platform/memory';
import type { RoomId, UserId } from '@besace/protocol/core/ids';
import type { WorldAccount } from '../harness/connect.ts';
import { eventually } from '../harness/http.ts';
import { sharedWorld } from '../harness/shared.ts';

/** A device of a person, with what its screen shows. */
export type Device = {
  readonly api: BesaceApi;
  readonly prefix: string;
  readonly status: SessionStatus;
  readonly list: RoomList;
  readonly verification: VerificationState;
  /** Nothing of it reaches the network any more: as killed. What it wrote to disk stays. */
  kill(): void;
  /** The process ends: the storage is let go. */
  end(): Promise<void>;
};

/** The servers of outside partners in a test world. */
export const OUTSIDERS = ['externes.test'];

export async function newDevice(prefix = `device-${randomBytes(5).toString('hex')}`): Promise<Device> {
  let alive = true;
  const platform = createMemoryPlatform({
    storagePrefix: prefix,
    outsiderServers: OUTSIDERS,
    // What we did not foresee shows in the output of the test.
    logger: createLogger('error', (line) => process.stderr.write(`${JSON.stringify(line)}\n`)),
    fetch: (input, init) => (alive ? globalThis.fetch(input, init) : Promise.reject(new TypeError('fetch failed'))),
  });
  const { api, close } = openBesace(platform);
  const seen = {
    status: {
      account: null,
      identity: { kind: 'unknown' },
      connection: { kind: 'starting' },
      lockedEvents: 0,
      keyRestore: null,
    } as SessionStatus,
    list: { rooms: [], total: 0, complete: false } as RoomList,
    verification: { kind: 'none' } as VerificationState,
  };
  await api.watchStatus((status) => {
    seen.status = status;
  });
  await api.watchRooms((list) => {
    seen.list = list;
  });
  await api.watchVerification((verification) => {
    seen.verification = verification;
  });
  return {
    api,
    prefix,
    get status() {
      return seen.status;
    },
    get list() {
      return seen.list;
    },
    get verification() {
      return seen.verification;
    },
    kill() {
      alive = false;
    },
    async end() {
      alive = false;
      await close();
    },
  };
}

/** The same device after a kill: a new process on the same disk. */
export async function restart(device: Device): Promise<Device> {
  device.kill();
  return newDevice(device.prefix);
}

export function signIn(device: Device, account: WorldAccount, homeserver = account.clientUrl) {
  const { localpart: user, password } = account;
  return device.api.signIn({ homeserver, user, password, deviceName: 'test' });
}

/** A new person, signed in on a first device. */
export async function newPerson(org: string, name: string, homeserver?: (url: string) => string) {
  const account = await sharedWorld().register(org, name, name);
  const device = await newDevice();
  const signedIn = await must(signIn(device, account, homeserver?.(account.clientUrl)));
  return { account, device, userId: signedIn.userId as UserId };
}

/** The same, with the recovery code made and confirmed. */
export async function newKnownPerson(org: string, name: string, homeserver?: (url: string) => string) {
  const person = await newPerson(org, name, homeserver);
  const { code } = await must(person.device.api.setUpRecovery({ password: person.account.password }));
  await must(person.device.api.confirmRecoveryCode(code));
  return { ...person, code };
}

export async function must<T>(outcome: Outcome<T>): Promise<T> {
  const result = await outcome;
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

/** The code of the refusal; null when it was not refused. */
export async function refusal(outcome: Outcome<unknown>): Promise<string | null> {
  const result = await outcome;
  return result.ok ? null : result.error.code;
}

export function room(device: Device, roomId: RoomId): RoomSummary | undefined {
  return device.list.rooms.find((one) => one.roomId === roomId);
}

/** The texts of a conversation as they are shown; those that are locked as `locked:why`. */
export async function watchTexts(device: Device, roomId: RoomId): Promise<() => readonly string[]> {
  let timeline: Timeline | null = null;
  await device.api.watchTimeline(roomId, (next) => {
    timeline = next;
  });
  return () =>
    (timeline?.items ?? []).flatMap(({ body }) => {
      if (body.kind === 'text') return body.text;
      return body.kind === 'locked' ? `locked:${body.why}` : [];
    });
}

/** Waits until it holds, and says what did not. */
export async function until(what: string, holds: () => boolean, ms = 20_000): Promise<void> {
  await eventually(async () => holds(), ms).catch((error: unknown) => {
    throw new Error(`never: ${what}`, { cause: error });
  });
}

/** Pages back until a text is shown. */
export async function findText(
  device: Device,
  roomId: RoomId,
  texts: () => readonly string[],
  text: string,
): Promise<void> {
  await eventually(async () => {
    if (texts().includes(text)) return true;
    await device.api.loadOlder(roomId);
    return texts().includes(text);
  });
}
