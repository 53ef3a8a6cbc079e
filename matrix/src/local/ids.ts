import { type IdError, parseEventId, parseObjectId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import * as v from 'valibot';

/** Schemas of Matrix identifiers, for what is read back from the local copy. */
export const eventIdSchema = branded(parseEventId);
export const objectIdSchema = branded(parseObjectId);
export const roomIdSchema = branded(parseRoomId);
export const userIdSchema = branded(parseUserId);

function branded<Id>(parse: (input: unknown) => Result<Id, IdError>) {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, Id>(({ dataset, addIssue, NEVER }) => {
      const id = parse(dataset.value);
      if (id.ok) return id.value;
      addIssue({ message: `not ${id.error.expected}` });
      return NEVER;
    }),
  );
}
