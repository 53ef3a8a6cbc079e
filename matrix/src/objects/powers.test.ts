import type { EventId, RoomId, ServerName } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import type { RawEvent } from '../sync/rawEvent.ts';
import { RoomPowers } from './powers.ts';
import { ALICE, BOB, EVE } from './testing.ts';

describe('what is known of rights', () => {
  it('[OBJ-2][T3][T4] judges a version by the powers of now or of then, in whatever order they are learned', () => {
    const may = (powers: RoomPowers, id: string) =>
      powers.judging(id as EventId).everAllowed(BOB, 'fr.besace.column', 50);
    const [one, two] = [levels('one', { [BOB]: 50 }), levels('two', { [BOB]: 10 })];
    const live = new RoomPowers([]);
    live.update(create, one);
    expect(may(live, '$while')).toBe(true);
    live.update(undefined, two);
    const late = new RoomPowers([]);
    late.update(create, two);
    for (const powers of [live, late]) {
      expect([may(powers, '$while'), may(powers, '$since')]).toEqual([false, false]);
      const placed = new Map([
        ['$while' as EventId, [one.content]],
        ['$since' as EventId, [two.content]],
      ]);
      expect(powers.place(placed)).toBe(true);
      expect([may(powers, '$while'), may(powers, '$since')]).toEqual([true, false]);
    }
  });

  it('[OBJ-2] keeps the highest counter that a room ever allowed, whoever wrote when', () => {
    const powers = new RoomPowers([]);
    powers.update(create, event('one', { 'fr.besace.epoch': 3 }));
    const highest = powers.authority.lamportCeiling();
    powers.update(undefined, levels('two', {}));
    powers.place(new Map([['$e' as EventId, []]]));
    expect(powers.judging('$e' as EventId).lamportCeiling()).toBe(highest);
  });

  it('[OBJ-2] lets nobody do anything before the room is known, and puts the creator above all after', () => {
    const powers = new RoomPowers(['externes.test' as ServerName]);
    expect([powers.known, powers.authority.powerOf(ALICE)]).toEqual([false, 0]);
    powers.update(create, levels('one', {}));
    expect([powers.known, powers.authority.powerOf(ALICE)]).toEqual([true, Number.POSITIVE_INFINITY]);
    expect([powers.authority.isOutsider(EVE), powers.authority.powerOf(EVE)]).toEqual([true, 0]);
    expect(powers.update(create, levels('one', {}))).toBe(false);
  });
});

const create: RawEvent = {
  ...event('create', { room_version: '12' }),
  type: 'm.room.create',
};

function levels(id: string, users: Record<string, number>): RawEvent {
  return event(id, { users, state_default: 10 });
}

function event(id: string, content: Record<string, unknown>): RawEvent {
  return {
    event_id: `$${id}` as EventId,
    room_id: '!room' as RoomId,
    type: 'm.room.power_levels',
    sender: ALICE,
    origin_server_ts: 0,
    state_key: '',
    content,
    unsigned: {},
  };
}
