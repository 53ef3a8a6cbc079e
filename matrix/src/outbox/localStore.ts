import type { LocalChange, LocalDb } from '../local/db.ts';
import type { QueuedItem } from './outbox.ts';
import { parseQueuedItem } from './parse.ts';
import { blobsOf, type OutboxStore } from './store.ts';

/**
 * The queue in the local copy: an item a key (its `seq`, so that a listing is in order), ciphertext of attachments in `blobs`. `report` hears of an
 * item that this version cannot read: it stays on disk for the version that can.
 */
export function createLocalOutboxStore(db: LocalDb, report: (what: string, error: unknown) => void): OutboxStore {
  return {
    async load() {
      const [keys, entries] = await Promise.all([db.keys('outbox', ''), db.list('outbox', '')]);
      const items = entries.flatMap(({ value }) => {
        const item = parseQueuedItem(value);
        if (item === null) report('outbox item unreadable', null);
        return item ?? [];
      });
      // What cannot be read has its place too: a new item under the same key would destroy it (T8).
      const taken = [...keys.map(Number), ...items.map(({ seq }) => seq)].filter(Number.isSafeInteger);
      return { items, lastSeq: taken.reduce((a, b) => Math.max(a, b), 0) };
    },
    async put(item, blobs) {
      const bytes: LocalChange[] = [...(blobs ?? [])].map(([key, value]) => ({ store: 'blobs', key, value }));
      await db.write([...bytes, { store: 'outbox', key: keyOf(item), value: item }]);
    },
    async remove(item) {
      const bytes: LocalChange[] = blobsOf(item).map((key) => ({ store: 'blobs', key, remove: true }));
      await db.write([{ store: 'outbox', key: keyOf(item), remove: true }, ...bytes]);
    },
    async blob(blobId) {
      const bytes = await db.get('blobs', blobId);
      return bytes instanceof Uint8Array ? bytes : null;
    },
  };
}

function keyOf(item: QueuedItem): string {
  return String(item.seq).padStart(12, '0');
}
