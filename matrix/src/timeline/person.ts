import type { RoomId } from '@besace/protocol/core/ids';
import { EMPTY_TIMELINE } from '../api/emptyTimeline.ts';
import type { Account, BesaceApi, Timeline, TimelineItem } from '../api/types.ts';
import { createBesace } from '../besace.ts';
import { must } from '../outbox/testing.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import type { Platform } from '../platform/platform.ts';
import { eventually, register, type TestAccount } from '../upstream/world.ts';
import { lines } from './testing.ts';

/** A person at a device, for tests on real homeservers. */
export type Person = {
  readonly api: BesaceApi;
  readonly account: Account;
  readonly test: TestAccount;
  readonly platform: Platform;
  /** Her recovery code. */
  readonly code: string;
};

let devices = 0;

/** Signs a new person up and in, with her cross-signing keys made, so that others read what she writes (T2). */
export async function newPerson(
  organisation: string,
  name: string,
  options: { readonly homeserver?: (clientUrl: string) => Promise<string> } = {},
): Promise<Person> {
  const test = await register(organisation, name);
  const platform = createMemoryPlatform({ storagePrefix: `person-${++devices}` });
  const api = createBesace(platform);
  const homeserver = (await options.homeserver?.(test.clientUrl)) ?? test.clientUrl;
  const input = { homeserver, user: test.localpart, password: test.password, deviceName: 'test' };
  const account = must(await api.signIn(input));
  const { code } = must(await api.setUpRecovery({ password: test.password }));
  must(await api.confirmRecoveryCode(code));
  return { api, account, test, platform, code };
}

/** What a person sees of a room, kept current. */
export type Sight = { last(): Timeline; lines(): string[]; find(text: string): Promise<TimelineItem>; stop(): void };

export async function look(person: Pick<Person, 'api'>, roomId: RoomId): Promise<Sight> {
  let last: Timeline = EMPTY_TIMELINE;
  const stop = await person.api.watchTimeline(roomId, (timeline) => {
    last = timeline;
  });
  const said = () =>
    last.items.filter(({ body }) => body.kind !== 'membership' && body.kind !== 'room' && body.kind !== 'device');
  return {
    last: () => last,
    lines: () => lines(said()),
    find: (text) => eventually(() => last.items.find(({ body }) => body.kind === 'text' && body.text === text)),
    stop,
  };
}

/** A conversation that `host` makes and `guest` joins. */
export async function converse(host: Person, guest: Person): Promise<RoomId> {
  const roomId = must(
    await host.api.createConversation({ name: 'Conversation', invite: [guest.account.userId], direct: false }),
  );
  await eventually(async () => (await guest.api.join(roomId)).ok);
  return roomId;
}
