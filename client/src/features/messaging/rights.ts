import type { RoomDetails, TimelineItem } from '@besace/matrix/api/types';
import type { UserId } from '@besace/protocol/core/ids';

type Rights = Pick<RoomDetails, 'myPower' | 'powerLevels' | 'creators'>;

/** Whether I may write messages: the level of what goes over the wire (Matrix spec, m.room.power_levels). */
export function canSpeak(room: Rights & Pick<RoomDetails, 'encrypted'>, me: UserId | null): boolean {
  const type = room.encrypted ? 'm.room.encrypted' : 'm.room.message';
  const level = numberIn(room.powerLevels.events, type) ?? numberIn(room.powerLevels, 'events_default') ?? 0;
  return powerOf(room, me) >= level;
}

/** Whether I may call the whole room (`notifications.room`, Matrix spec, m.room.power_levels). */
export function canCallRoom(room: Rights, me: UserId | null): boolean {
  return powerOf(room, me) >= (numberIn(room.powerLevels.notifications, 'room') ?? 50);
}

/** Whether I may remove this: my own, or anyone's from the room's `redact` level on. */
export function canRemove(item: TimelineItem, room: Rights | null, me: UserId | null): boolean {
  if (item.eventId === null || item.body.kind === 'removed' || item.sending !== null) {
    return false;
  }
  return item.mine || (room !== null && powerOf(room, me) >= (numberIn(room.powerLevels, 'redact') ?? 50));
}

/** Whether I may change what is pinned: a manager's right, and that of what goes over the wire. */
export function canPin(room: Rights & Pick<RoomDetails, 'encrypted'>, me: UserId | null): boolean {
  const events = room.powerLevels.events;
  const state = numberIn(room.powerLevels, 'state_default') ?? 50;
  const wire = room.encrypted ? (numberIn(events, 'm.room.encrypted') ?? state) : 0;
  return powerOf(room, me) >= Math.max(wire, numberIn(events, 'm.room.pinned_events') ?? Math.max(state, 50));
}

function powerOf(room: Rights, me: UserId | null): number {
  return me !== null && room.creators.includes(me) ? Number.POSITIVE_INFINITY : room.myPower;
}

function numberIn(levels: unknown, key: string): number | null {
  if (typeof levels !== 'object' || levels === null || !Object.hasOwn(levels, key)) {
    return null;
  }
  const value: unknown = Reflect.get(levels, key);
  return typeof value === 'number' ? value : null;
}
