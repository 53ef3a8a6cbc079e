import { boolean, check, type GenericSchema, maxLength, nullable, picklist, pipe, regex, string } from 'valibot';
import { isCalendarDate } from './calendar-date.ts';
import { parseObjectId, parseUserId } from './ids.ts';
import { isOrderKey } from './order.ts';

/*
 * Leaf schemas that slices build their fields from. The message of each check is part of the wire format's description (version.ts), so
 * name the rule there when you change it.
 */

/** Text of at most `max` UTF-16 units. The bytes are bounded apart, by the field. */
export function text(max: number): GenericSchema<string> {
  return pipe(string(), maxLength(max));
}

/** Text on one line, without control characters: a title, a label. */
export function line(max: number): GenericSchema<string> {
  return pipe(string(), maxLength(max), regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'one line without control characters'));
}

export function flag(): GenericSchema<boolean> {
  return boolean();
}

export function oneOf<const T extends string>(...values: readonly T[]): GenericSchema<T> {
  return picklist(values);
}

/** Where null says "none", such as a due date that was taken away. */
export function orNull<T>(schema: GenericSchema<T>): GenericSchema<T | null> {
  return nullable(schema);
}

export function objectIdText(): GenericSchema<string> {
  return pipe(
    string(),
    check((value) => parseObjectId(value).ok, 'an object id'),
  );
}

export function userIdText(): GenericSchema<string> {
  return pipe(
    string(),
    check((value) => parseUserId(value).ok, 'a user id'),
  );
}

/** `YYYY-MM-DD`, a real day from 1970 to 9999. */
export function calendarDate(): GenericSchema<string> {
  return pipe(string(), check(isCalendarDate, 'a date YYYY-MM-DD from 1970 to 9999'));
}

export function orderKey(): GenericSchema<string> {
  return pipe(string(), check(isOrderKey, 'a fractional order key of at most 128 characters'));
}
