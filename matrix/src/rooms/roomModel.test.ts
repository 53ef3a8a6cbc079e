import { parseRoomId, parseUserId, type UserId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import { parseRawEvent } from '../sync/rawEvent.ts';
import { RoomModel } from './roomModel.ts';

const [room, ada, other] = [parseRoomId('!room'), parseUserId('@ada:interieur.test'), parseUserId('@eve:culture.test')];
if (!room.ok || !ada.ok || !other.ok) throw new Error('bad ids');
const [roomId, user, eve] = [room.value, ada.value, other.value];

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
    join(model, user, displayname);
    expect(model.member(user)?.name).toBe(shown);
  });

  it('[ROOM-16] stands beside the id where two bear it, until one does not any more', () => {
    const model = new RoomModel(roomId, user, () => false);
    join(model, user, 'Ada Lovelace');
    join(model, eve, 'ADA  Ｌovelace');
    expect(model.members().map(({ name }) => name)).toEqual([
      'Ada Lovelace (@ada:interieur.test)',
      'ADA  Ｌovelace (@eve:culture.test)',
    ]);
    expect(model.member(user)?.name).toBe('Ada Lovelace (@ada:interieur.test)');
    join(model, eve, 'Ada Lovelace', 'leave');
    expect(model.member(user)?.name).toBe('Ada Lovelace (@ada:interieur.test)');
    join(model, eve, 'Eve');
    expect(model.members().map(({ name }) => name)).toEqual(['Ada Lovelace', 'Eve']);
  });

  it.each([
    'Ada Lovelace (@ada:interieur.test)',
    '＠ada：interieur.test',
    '@ada\u2236interieur.test',
    'Ada @ada \uA789 interieur.test',
  ])('[ROOM-16] %s, which looks like an id, does not hide who bears it', (displayname) => {
    const model = new RoomModel(roomId, user, () => false);
    join(model, user, 'Ada Lovelace');
    join(model, eve, displayname);
    expect(model.member(eve)?.name).toBe(`${displayname} (@eve:culture.test)`);
    expect(model.member(user)?.name).toBe('Ada Lovelace');
  });

  it('[ROOM-16] an own id as a name, and an @ that is no id, stand alone', () => {
    const model = new RoomModel(roomId, user, () => false);
    join(model, user, user);
    join(model, eve, 'Eve @ Culture');
    expect(model.members().map(({ name }) => name)).toEqual([user, 'Eve @ Culture']);
  });
});

function join(model: RoomModel, who: UserId, displayname: unknown, membership = 'join'): void {
  const event = parseRawEvent(
    {
      event_id: '$member',
      sender: who,
      type: 'm.room.member',
      state_key: who,
      origin_server_ts: 0,
      content: { membership, displayname },
    },
    roomId,
  );
  if (event === null) throw new Error('bad event');
  model.applyState([event]);
}
