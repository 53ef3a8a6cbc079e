import type { Member, RoomDetails, RoomList, Timeline } from '@besace/matrix/api/types';
import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { ok } from '@besace/protocol/core/result';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { watchCommands } from './rooms.ts';
import type { NotifierStore } from './store.ts';
import { wordsIn } from './words.ts';

const roomId = '!room' as RoomId;
const claire = '@claire:interieur.test' as UserId;

/** What is carried out when Claire, who manages the room, says `!besace hook ci` in a room like this. */
async function carriedOut(room: { encrypted: boolean; membership: Member['membership'] }): Promise<string[]> {
  const { encrypted, membership } = room;
  const done: string[] = [];
  const member = { userId: claire, name: 'Claire', membership, outsider: false, power: 100 };
  const said = { mine: false, eventId: '$said' as EventId, sender: claire, edited: false, outsider: false };
  const item = { ...said, body: { kind: 'text', text: '!besace hook ci' } };
  const list = { rooms: [{ roomId, membership: 'join', kind: 'chat' }], total: 1, complete: true };
  const stop = () => {};
  const commands = await watchCommands({
    api: {
      watchRooms: async (listener) => {
        listener(list as unknown as RoomList);
        return stop;
      },
      watchRoom: async (_, listener) => {
        listener({ encrypted, members: [member] } as unknown as RoomDetails);
        return stop;
      },
      watchTimeline: async (_, listener) => {
        listener({ items: [item] } as unknown as Timeline);
        return stop;
      },
      join: async () => ok(undefined),
      leave: async () => ok(undefined),
    },
    store: {
      wasDone: async () => false,
      hooksOf: async () => [],
      carryOut: async (command: EventId) => void done.push(command),
    } as unknown as NotifierStore,
    logger: pino({ level: 'silent' }),
    words: wordsIn('fr'),
    publicUrl: 'http://localhost/hook',
    outsiderServers: [],
    wake: () => {},
  });
  // Both watches have answered once the microtasks of their promises ran; `stop` waits for what they began.
  await new Promise(setImmediate);
  await commands.stop();
  return done;
}

test('[NOTIFIER-1] carries out what a manager says in an encrypted room', async () => {
  expect(await carriedOut({ encrypted: true, membership: 'join' })).toEqual(['$said']);
});

test('[NOTIFIER-1] [T1] carries nothing out in a room that is not encrypted', async () => {
  expect(await carriedOut({ encrypted: false, membership: 'join' })).toEqual([]);
});

test('[NOTIFIER-1] [T3] carries nothing out for who is not in the room any more', async () => {
  expect(await carriedOut({ encrypted: true, membership: 'leave' })).toEqual([]);
});
