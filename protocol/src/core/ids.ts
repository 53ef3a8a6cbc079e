import { err, ok, type Result } from './result.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `@localpart:server` (Matrix spec, appendices, 3.2.1), at most 255 bytes. */
export type UserId = Branded<'UserId'>;
/** `!opaque` (room version 12, no server part) or `!opaque:server`, at most 255 bytes. */
export type RoomId = Branded<'RoomId'>;
/** `$opaque`, at most 255 bytes. */
export type EventId = Branded<'EventId'>;
/** Opaque, at most 255 characters. */
export type DeviceId = Branded<'DeviceId'>;
/** 128 random bits in base64url without padding: 22 characters. The state key of an object, which travels in clear. */
export type ObjectId = Branded<'ObjectId'>;
/** A host name with an optional port (Matrix spec, appendices, 3.1). */
export type ServerName = Branded<'ServerName'>;

export type IdError = { readonly code: 'bad-id'; readonly expected: string };

export const parseUserId = parser<UserId>('a user id', /^@[\x21-\x39\x3b-\x7e]*:[A-Za-z0-9.:[\]-]+$/);
export const parseRoomId = parser<RoomId>('a room id', /^![\x21-\x7e]+$/);
export const parseEventId = parser<EventId>('an event id', /^\$[\x21-\x7e]+$/);
export const parseDeviceId = parser<DeviceId>('a device id', /^[\x21-\x7e]+$/);
export const parseObjectId = parser<ObjectId>('an object id', /^[A-Za-z0-9_-]{22}$/);
export const parseServerName = parser<ServerName>('a server name', /^[A-Za-z0-9.:[\]-]+$/);

/** The server of a user id: what follows the first colon. */
export function serverOf(user: UserId): ServerName {
  return user.slice(user.indexOf(':') + 1) as ServerName;
}

function parser<Id extends string>(expected: string, pattern: RegExp): (input: unknown) => Result<Id, IdError> {
  return (input) =>
    typeof input === 'string' && input.length <= 255 && pattern.test(input)
      ? ok(input as Id)
      : err({ code: 'bad-id', expected });
}
