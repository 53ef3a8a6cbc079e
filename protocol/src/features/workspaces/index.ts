export { editRoom, type RoomEdit } from './commands.ts';
export { type InviteRefusal, isOpenToOutsiders, mayCreateRooms, outsidersAmong, whyNotInvite } from './outsiders.ts';
export { type PowerLevels, powerLevelsFor, type Template, withNextEpoch, withPower } from './power-levels.ts';
export { POWER_OF, type Role, roleOf, roleOfPower, rolesToGive } from './roles.ts';
export {
  type Child,
  type ClearState,
  CREATE_TYPE,
  childContent,
  childrenOf,
  parentContent,
  parentsOf,
  type RoomKind,
  roomKindOf,
  roomsOfWorkspace,
} from './rooms.ts';
export { MAX_NAME, MAX_PURPOSE, type RoomObject, roomKind } from './schema.ts';
