import * as v from 'valibot';
import type { LocalDb } from './db.ts';

/**
 * One object at rest, as it was last shown: enough to show it again at once, to refuse anything older (T5), and to know without
 * decrypting that the server still holds the same. The names are short because there are thousands.
 */
export type FrozenObject = v.InferOutput<typeof frozenObject>;

/** The copy of one room. Chunks of many objects: reading ten values is fast where reading two thousand is not. */
export interface ObjectsCopy {
  /** Every object of the room, chunk by chunk; what does not parse is left out, and will be read from the server again. */
  load(): Promise<readonly FrozenObject[]>;
  /** Resolves when these versions are on disk. */
  save(objects: readonly FrozenObject[]): Promise<void>;
}

/** Objects in one stored value: at the usual 400 bytes, 80 KB to encrypt again when one of them changes. */
const CHUNK = 200;

const eventId = v.pipe(v.string(), v.startsWith('$'));
const content = v.record(v.string(), v.unknown());
const frozenObject = v.object({
  /** Packed key, `<type>:<object id>`. */
  k: v.string(),
  /** The merged content; null when no version was ever accepted. */
  c: v.nullable(content),
  /** Versions on top, newest first: their event ids, sender, server time, and their content where it is not the merged one. */
  t: v.array(v.object({ i: v.array(eventId), s: v.string(), a: v.number(), c: v.optional(content) })),
  /** A version that was too new for the code that stored it. */
  n: v.nullable(v.object({ i: eventId, s: v.string(), a: v.number(), c: content })),
  /** The event that the server's state held. */
  e: v.nullable(eventId),
  /** Whether that event said everything. */
  w: v.boolean(),
});
const chunk = v.object({ v: v.literal(1), objects: v.array(v.unknown()) });

/** The copy of the objects of `roomId` in the local database. One writer a room. */
export function openObjectsCopy(db: LocalDb, roomId: string): ObjectsCopy {
  const chunks: Map<string, FrozenObject>[] = [];
  const chunkOf = new Map<string, number>();
  const name = (index: number) => `${roomId}/${String(index).padStart(5, '0')}`;
  return {
    async load() {
      chunks.length = 0;
      chunkOf.clear();
      for (const entry of await db.list('objects', `${roomId}/`)) {
        const index = Number(entry.key.slice(roomId.length + 1));
        const parsed = v.safeParse(chunk, entry.value);
        if (!Number.isSafeInteger(index) || !parsed.success) continue;
        while (chunks.length <= index) chunks.push(new Map());
        for (const raw of parsed.output.objects) {
          const object = v.safeParse(frozenObject, raw);
          if (!object.success || chunkOf.has(object.output.k)) continue;
          chunks[index]?.set(object.output.k, object.output);
          chunkOf.set(object.output.k, index);
        }
      }
      return chunks.flatMap((each) => [...each.values()]);
    },
    async save(objects) {
      const dirty = new Set<number>();
      for (const object of objects) {
        let index = chunkOf.get(object.k);
        if (index === undefined) {
          index = Math.max(0, chunks.length - 1);
          if ((chunks[index]?.size ?? 0) >= CHUNK) index += 1;
          while (chunks.length <= index) chunks.push(new Map());
          chunkOf.set(object.k, index);
        }
        chunks[index]?.set(object.k, object);
        dirty.add(index);
      }
      await db.write(
        [...dirty].map((index) => ({
          store: 'objects' as const,
          key: name(index),
          value: { v: 1, objects: [...(chunks[index]?.values() ?? [])] },
        })),
      );
    },
  };
}
