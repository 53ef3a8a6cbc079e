import { parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import { parseRawEvent } from '../sync/rawEvent.ts';
import { RoomModel } from './roomModel.ts';

const [room, ada] = [parseRoomId('!room'), parseUserId('@ada:interieur.test')];
if (!room.ok || !ada.ok) throw new Error('bad ids');
const [roomId, user] = [room.value, ada.value];

describe('the name of a member', () => {
  it.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['Ada\u202Eecalevol\u202C', 'Adaecalevol'],
    ['A\u200Bd\u2060a\uFEFF\u00AD', 'Ada'],
    ['\u2066Ada\u2069\u0000\n', 'Ada'],
    ['A\u200Dda', 'Ada'],
    ['Élodie 李', 'Élodie 李'],
    ['Ada 👩‍💻', 'Ada 👩‍💻'],
    ['Ada 👩🏽‍⚕️', 'Ada 👩🏽‍⚕️'],
    ['Ada 🏳️‍🌈', 'Ada 🏳️‍🌈'],
    ['\u202E\u200B ', 'ada'],
    ['\u200D', 'ada'],
    ['', 'ada'],
    [7, 'ada'],
    [undefined, 'ada'],
  ])('[ROOM-10] %j is shown as %j: nothing unseen makes it look like another', (displayname, shown) => {
    const model = new RoomModel(roomId, user, () => false);
    const event = parseRawEvent(
      {
        event_id: '$member',
        sender: user,
        type: 'm.room.member',
        state_key: user,
        origin_server_ts: 0,
        content: { membership: 'join', displayname },
      },
      roomId,
    );
    if (event === null) throw new Error('bad event');
    model.applyState([event]);
    expect(model.member(user)?.name).toBe(shown);
  });
});
