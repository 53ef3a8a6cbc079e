import { FIELD_LIMITS } from './core/fields.ts';
import { MAX_CONTENT_BYTES, MAX_DEPTH } from './core/json.ts';
import { MAX_PREV } from './core/prev.ts';
import { lamportCeiling, MAX_EPOCH } from './core/registers.ts';
import { kinds } from './registry.ts';

/** One wire version: what it brought, and the hash over all schemas when it was pinned. */
export type WireVersion = { readonly version: number; readonly hash: string; readonly what: string };

/**
 * Newest last. A change of a schema changes the hash, and a test then asks for a new entry. Additive fields that stay within what
 * `REST_MAX_BYTES` lets older readers keep need no newer `v` of their kind; all else does.
 */
export const WIRE_HISTORY: readonly WireVersion[] = [
  { version: 1, hash: '9fd1fbd5c9255c59', what: 'Boards with columns and cards; what a room says of itself.' },
  { version: 2, hash: '8967d296a2d9bcaa', what: 'A room has its name in what it says of itself, with a stamp.' },
];

/** The wire version that this code writes. */
export const WIRE_VERSION: number = WIRE_HISTORY.at(-1)?.version ?? 0;

/** FNV-1a, 64 bits, over the description of every kind and the bounds they share: no secret, only a fingerprint. */
export function schemaHash(): string {
  const bounds = `content ${MAX_CONTENT_BYTES} depth ${MAX_DEPTH} prev ${MAX_PREV} epochs ${MAX_EPOCH} of ${lamportCeiling(0)}`;
  const text = [bounds, FIELD_LIMITS, ...kinds.map(({ description }) => description).sort()].join('\n');
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}
