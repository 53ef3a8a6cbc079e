import { type IdError, parseEventId, parseObjectId, parseRoomId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import * as v from 'valibot';
import type { QueuedItem } from './outbox.ts';

const clear = v.record(v.string(), v.unknown());
const eventId = branded(parseEventId);
const objectId = branded(parseObjectId);
const roomId = branded(parseRoomId);
const attachment = v.object({
  blobId: v.string(),
  size: v.number(),
  encryption: v.nullable(clear),
  url: v.nullable(v.string()),
});
const work = v.variant('kind', [
  v.object({ kind: v.literal('message'), content: clear }),
  v.object({ kind: v.literal('edit'), target: eventId, content: clear }),
  v.object({ kind: v.literal('reaction'), target: eventId, key: v.string(), content: clear }),
  v.object({ kind: v.literal('removal'), target: eventId }),
  v.object({ kind: v.literal('file'), content: clear, file: attachment, thumbnail: v.nullable(attachment) }),
  v.object({ kind: v.literal('object'), type: v.string(), objectId, content: clear }),
  v.object({
    kind: v.literal('state'),
    type: v.string(),
    stateKey: v.string(),
    content: clear,
    wire: v.picklist(['encrypted', 'clear']),
  }),
]);
const errorCodes = [
  'too-large',
  'forbidden',
  'not-found',
  'invalid',
  'unexpected',
  'storage-lost',
  'unknown-person',
  'outsider-refused',
  'update-needed',
] as const;
const refusal = v.object({
  kind: v.literal('refused'),
  // A code of another version is shown as an unexpected one, and can be tried again all the same.
  error: v.object({ code: v.fallback(v.picklist(errorCodes), 'unexpected'), detail: v.optional(v.string()) }),
});
const schema = v.object({
  id: v.string(),
  roomId,
  seq: v.number(),
  since: v.number(),
  work,
  state: v.union([
    refusal,
    v.pipe(
      v.unknown(),
      v.transform(() => ({ kind: 'waiting' as const })),
    ),
  ]),
});

/** An item as the disk gave it, perhaps by an older version. What was not refused waits. Null when it cannot be read. */
export function parseQueuedItem(value: unknown): QueuedItem | null {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) return null;
  const { state, ...item } = parsed.output;
  if (state.kind === 'waiting') return { ...item, state };
  const { code, detail } = state.error;
  return { ...item, state: { kind: 'refused', error: detail === undefined ? { code } : { code, detail } } };
}

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
