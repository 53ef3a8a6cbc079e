import * as v from 'valibot';
import { eventIdSchema, objectIdSchema, roomIdSchema } from '../local/ids.ts';
import type { QueuedItem } from './outbox.ts';

const clear = v.record(v.string(), v.unknown());
const attachment = v.object({
  blobId: v.string(),
  size: v.number(),
  encryption: v.nullable(clear),
  url: v.nullable(v.string()),
});
const work = v.variant('kind', [
  v.object({ kind: v.literal('message'), content: clear }),
  v.object({ kind: v.literal('edit'), target: eventIdSchema, content: clear }),
  v.object({ kind: v.literal('reaction'), target: eventIdSchema, key: v.string(), content: clear }),
  v.object({ kind: v.literal('removal'), target: eventIdSchema, reason: v.exactOptional(v.string()) }),
  v.object({ kind: v.literal('event'), type: v.string(), content: clear }),
  v.object({ kind: v.literal('file'), content: clear, file: attachment, thumbnail: v.nullable(attachment) }),
  v.object({ kind: v.literal('object'), type: v.string(), objectId: objectIdSchema, content: clear }),
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
  roomId: roomIdSchema,
  seq: v.number(),
  since: v.number(),
  work,
  retracted: v.exactOptional(v.literal(true)),
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
