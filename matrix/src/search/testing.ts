import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import type { LocalDb } from '../local/db.ts';
import { openLocalDb } from '../local/db.ts';
import { createMemoryPlatform } from '../platform/memory.ts';
import type { Platform } from '../platform/platform.ts';
import { find } from './find.ts';
import type { Message } from './indexState.ts';
import { type MessageIndex, openIndex } from './messageIndex.ts';
import { queryWords } from './words.ts';

/** A device with an index, which can be killed and opened again. */
export type TestDevice = {
  readonly platform: Platform;
  readonly db: LocalDb;
  index: MessageIndex;
  /** What was not on disk is lost. */
  restart(): Promise<MessageIndex>;
};

let devices = 0;

export async function openDevice(): Promise<TestDevice> {
  devices += 1;
  const platform = createMemoryPlatform({ storagePrefix: `search-${devices}` });
  const db = await openLocalDb(platform);
  const open = () => openIndex({ db, clock: platform.clock, random: platform.random });
  const device: TestDevice = {
    platform,
    db,
    index: await open(),
    async restart() {
      device.index = await open();
      return device.index;
    },
  };
  return device;
}

export function message(name: string, text: string, over: Partial<Message> = {}): Message {
  return {
    eventId: `$${name}` as EventId,
    roomId: '!room' as RoomId,
    sender: '@alice:interieur.test' as UserId,
    at: 1_000,
    kind: 'text',
    encrypted: true,
    text,
    ...over,
  };
}

/** Event ids of what is found, sorted. */
export async function idsOf(index: MessageIndex, query: string): Promise<string[]> {
  const { places } = await find(index, {
    words: queryWords(query),
    sender: null,
    roomId: null,
    from: null,
    before: null,
    hasFile: false,
    limit: 100_000,
    after: null,
  });
  const found = await Promise.all(places.map(({ doc }) => index.read(doc)));
  return found.map((one) => one?.eventId ?? '?').sort();
}

export function only(...put: Message[]) {
  return { put, drop: [], with: [] };
}
