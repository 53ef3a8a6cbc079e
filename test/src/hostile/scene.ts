import type { TimelineItem } from '@besace/matrix/api/types';
import { crossSign, plainClient, stopPlainClient } from '@besace/matrix/upstream/sdk';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { eventually } from '../harness/http.ts';
import { type LyingServer, startLyingServer, type WireEvent } from '../harness/lyingServer.ts';
import { sharedWorld } from '../harness/shared.ts';
import { joinWhenInvited, must, newObjectId, type Person, person, watchTimeline } from './person.ts';

/**
 * A conversation in which the homeserver lies to Alice. Bob is honest; Eve is a member with a client that does whatever she wants: the SDK as it
 * is, on a signed device.
 */
export type Scene = {
  readonly server: LyingServer;
  readonly alice: Person;
  readonly bob: Person;
  readonly eve: Eve;
  readonly room: RoomId;
  /** What Alice sees. */
  readonly seen: { readonly items: readonly TimelineItem[] };
  /** Bob says it, Alice reads it; gives the event as the server carried it. What was delivered before is dealt with then. */
  said(text: string): Promise<WireEvent>;
  /** What Alice sees of an event, once she sees it. */
  shown(eventId: unknown): Promise<TimelineItem>;
  /** What she sees of it now. */
  item(eventId: unknown): TimelineItem;
  /** The last event that was carried to Alice for which this holds. */
  carried(wanted: (event: WireEvent) => boolean): Promise<WireEvent>;
  /** Every text that Alice sees. */
  texts(): string[];
  stop(): Promise<void>;
};

export type Eve = {
  readonly userId: string;
  /** Sends it sealed, whatever it is; gives the event id. */
  send(type: string, content: object): Promise<EventId>;
};

export async function startScene(): Promise<Scene> {
  const server = await startLyingServer(sharedWorld().org('interieur').clientUrl);
  const [alice, bob, account] = await Promise.all([
    person('interieur', 'alice', server.url),
    person('culture', 'bob'),
    sharedWorld().register('culture', 'eve'),
  ]);
  const client = await plainClient(account);
  await client.startClient({});
  await crossSign(client, account);
  const invite = [alice.userId, account.userId as never];
  const room = must(await bob.api.createConversation({ name: 'Essai', invite, direct: false }));
  await joinWhenInvited(alice, room);
  await eventually(async () => client.getRoom(room)?.getMyMembership() === 'invite');
  await client.joinRoom(room);
  await eventually(async () => client.getCrypto()?.isEncryptionEnabledInRoom(room));
  const seen = await watchTimeline(alice.api, room);
  const textOf = ({ body }: TimelineItem) => (body.kind === 'text' ? body.text : null);

  const carried = (wanted: (event: WireEvent) => boolean) =>
    eventually(async () => [...server.carried(room).values()].reverse().find(wanted), 5_000);
  const find = (eventId: unknown) => seen.items.find((one) => one.eventId === eventId);
  return {
    server,
    alice,
    bob,
    room,
    seen,
    carried,
    eve: {
      userId: account.userId,
      send: async (type, content) =>
        (await client.sendEvent(room, type as never, content as never)).event_id as EventId,
    },
    async said(text) {
      must(await bob.api.sendText(room, { text }));
      const { eventId } = await eventually(async () => seen.items.find((one) => textOf(one) === text));
      return carried((event) => event.event_id === eventId);
    },
    shown: (eventId) => eventually(async () => find(eventId), 20_000),
    item(eventId) {
      const found = find(eventId);
      if (found === undefined) throw new Error('not in the timeline');
      return found;
    },
    texts: () => seen.items.flatMap((one) => textOf(one) ?? []),
    async stop() {
      stopPlainClient(client);
      await server.stop();
    },
  };
}

/** The frame of an event that a server makes up. */
export function frame(sender: string) {
  return { event_id: freshId(), sender, origin_server_ts: Date.now(), unsigned: {} };
}

export function freshId(): EventId {
  return `$${newObjectId()}` as EventId;
}

export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
