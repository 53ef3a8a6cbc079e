import { type DefinedKind, defineKind, type ObjectOf } from '../../core/define-kind.ts';
import { registerField } from '../../core/fields.ts';
import { flag, line, text } from '../../core/schemas.ts';

/** UTF-16 units of a room's name. */
export const MAX_NAME = 200;
/** UTF-16 units of what a room is for. */
export const MAX_PURPOSE = 1_000;

const roomFields = {
  /**
   * What the room is called. `m.room.name` says it to other clients; it has no stamp, so a server may serve an older one, where this one cannot
   * be taken back (T5).
   */
  name: registerField(line(MAX_NAME), 640),
  /** Whether outside partners may be invited. Closed until someone with the right opens it. */
  openToOutsiders: registerField(flag(), 5),
  /** What the room is for, in words: the stamped `m.room.topic`. */
  purpose: registerField(text(MAX_PURPOSE), 4 * 1024),
  archived: registerField(flag(), 5),
};

export type RoomObject = ObjectOf<typeof roomFields>;

/** What a room says of itself beyond what Matrix has words for: one in a room, written by managers, encrypted. */
export const roomKind: DefinedKind<RoomObject> = defineKind({
  type: 'fr.besace.room',
  version: 1,
  singleton: true,
  level: 50,
  fields: roomFields,
  empty: { name: null, openToOutsiders: null, purpose: null, archived: null },
});
