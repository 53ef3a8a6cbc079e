import type { QueuedItem } from './outbox.ts';

/** The disk of the queue. Each method is one transaction: done when it resolves, and it survives a kill from then on. */
export interface OutboxStore {
  /** Everything that waits, in `seq` order, and the highest `seq` taken on disk, be it by an item that cannot be read: 0 when there is none. */
  load(): Promise<{ readonly items: readonly QueuedItem[]; readonly lastSeq: number }>;
  /** Writes or overwrites an item, with the ciphertext of its attachments. */
  put(item: QueuedItem, blobs?: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** Forgets an item and the blobs that it names. */
  remove(item: QueuedItem): Promise<void>;
  /** Null when it is not there. */
  blob(blobId: string): Promise<Uint8Array | null>;
}

/** The blobs that an item names. */
export function blobsOf(item: QueuedItem): readonly string[] {
  if (item.work.kind !== 'file') return [];
  return item.work.thumbnail === null ? [item.work.file.blobId] : [item.work.file.blobId, item.work.thumbnail.blobId];
}
