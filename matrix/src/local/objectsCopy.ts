import { isRecord } from '@besace/protocol/core/json';
import * as v from 'valibot';
import type { LocalDb } from './db.ts';

/**
 * One object at rest, as it was last shown: enough to show it again at once, to refuse anything older (T5), and to know without
 * decrypting that the server still holds the same. The names are short because there are thousands.
 */
export type FrozenObject = {
  /** Packed key, `<type>:<object id>`. */
  readonly k: string;
  /** The merged content; null when no version was ever accepted. */
  readonly c: Content | null;
  /** Versions on top, newest first: their event ids, sender, server time, and their content where it is not the merged one. */
  readonly t: readonly {
    readonly i: readonly string[];
    readonly s: string;
    readonly a: number;
    readonly c?: Content;
  }[];
  /** A version that was too new for the code that stored it. */
  readonly n: { readonly i: string; readonly s: string; readonly a: number; readonly c: Content } | null;
  /** The event that the server's state held. */
  readonly e: string | null;
  /** Whether that event said everything. */
  readonly w: boolean;
};

type Content = Record<string, unknown>;

/** The copy of one room. Chunks of many objects: reading ten values is fast where reading two thousand is not. */
export interface ObjectsCopy {
  /** Every object of the room, chunk by chunk; what does not parse is left out, and will be read from the server again. */
  load(): Promise<readonly FrozenObject[]>;
  /** Resolves when these versions are on disk. */
  save(objects: readonly FrozenObject[]): Promise<void>;
}

/** Objects in one stored value: at the usual 400 bytes, 80 KB to encrypt again when one of them changes. */
const CHUNK = 200;

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
          if (!isFrozen(raw) || chunkOf.has(raw.k)) continue;
          chunks[index]?.set(raw.k, raw);
          chunkOf.set(raw.k, index);
        }
      }
      return chunks.flatMap((each) => [...each.values()]);
    },
    async save(objects) {
      const dirty = new Set<number>();
      // Many at once get a value of their own: else each batch of a board that comes in would be sealed twice.
      const fresh = objects.filter(({ k }) => !chunkOf.has(k)).length;
      if (fresh >= CHUNK / 2 && (chunks.at(-1)?.size ?? 0) > 0) chunks.push(new Map());
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

/** By hand: a schema takes longer for thousands of objects than all the rest of opening a board. */
function isFrozen(raw: unknown): raw is FrozenObject {
  if (!isRecord(raw)) return false;
  const { k, c, t, n, e, w } = raw;
  return (
    typeof k === 'string' &&
    (c === null || isRecord(c)) &&
    Array.isArray(t) &&
    t.every((tip) => isVersion(tip) && Array.isArray(tip.i) && tip.i.every(isEventId) && isContent(tip.c, true)) &&
    (n === null || (isVersion(n) && isEventId(n.i) && isContent(n.c, false))) &&
    (e === null || isEventId(e)) &&
    typeof w === 'boolean'
  );
}

function isVersion(raw: unknown): raw is Record<string, unknown> {
  return isRecord(raw) && typeof raw.s === 'string' && typeof raw.a === 'number';
}

function isEventId(raw: unknown): boolean {
  return typeof raw === 'string' && raw.startsWith('$');
}

function isContent(raw: unknown, optional: boolean): boolean {
  return isRecord(raw) || (optional && raw === undefined);
}
