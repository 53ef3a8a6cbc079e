import type { EventId, RoomId, ServerName } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import type { RawEvent } from '../sync/rawEvent.ts';
import { RoomPowers } from './powers.ts';
import { ALICE, BOB, EVE } from './testing.ts';

describe('what is known of rights', () => {
  it('[OBJ-2][T4] comes to the same whether earlier power levels are learned before or after', () => {
    const live = new RoomPowers([]);
    live.update(create, levels('one', { [BOB]: 10 }));
    live.update(undefined, levels('two', { [BOB]: 0 }));
    const late = new RoomPowers([]);
    late.update(create, levels('two', { [BOB]: 0 }));
    expect(late.authority.everHeld(BOB)).toBe(0);
    expect(late.remember([levels('one', { [BOB]: 10 })])).toBe(true);
    expect(late.remember([levels('one', { [BOB]: 10 })])).toBe(false);
    for (const powers of [live, late]) {
      expect([powers.authority.powerOf(BOB), powers.authority.everHeld(BOB)]).toEqual([0, 10]);
    }
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
