import { type Register, register, type Stamp } from '../../core/registers.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type RoomObject, roomKind } from './schema.ts';

export type RoomEdit = {
  readonly name?: string;
  readonly openToOutsiders?: boolean;
  readonly purpose?: string;
  readonly archived?: boolean;
};

/** Starts from `roomKind.empty` where the room has no such object yet. Gives `room` itself when there is nothing to change. */
export function editRoom(
  room: RoomObject,
  edit: RoomEdit,
  stamp: Stamp,
): Result<RoomObject, { readonly code: 'invalid'; readonly field: string }> {
  const next: RoomObject = {
    ...room,
    name: written(room.name, edit.name, stamp),
    openToOutsiders: written(room.openToOutsiders, edit.openToOutsiders, stamp),
    purpose: written(room.purpose, edit.purpose, stamp),
    archived: written(room.archived, edit.archived, stamp),
  };
  if (roomKind.merge(room, next) === room) {
    return roomKind.merge(next, room) === next ? ok(room) : err({ code: 'invalid', field: 'at' });
  }
  const parsed = roomKind.parse(roomKind.encode(next));
  return parsed.ok ? ok(next) : err({ code: 'invalid', field: parsed.error.path.split('.')[0] ?? '' });
}

function written<V>(known: Register<V> | null, value: V | undefined, stamp: Stamp): Register<V> | null {
  return value === undefined || known?.value === value ? known : register(value, stamp);
}
