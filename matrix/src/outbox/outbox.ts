import type { EventId, ObjectId, RoomId } from '@besace/protocol/core/ids';
import type { BesaceError, OutboxItem, Outcome, SendState, Stop } from '../api/types.ts';

/** Clear content, as the reader of the room will see it. */
export type Clear = Record<string, unknown>;

/** An encrypted attachment that waits: its ciphertext is in the blob store under the item's id. */
export type FileWork = {
  readonly kind: 'file';
  /** `m.room.message` content, without `file`, `url` and `info.thumbnail_file`, which are added once the bytes are uploaded. */
  readonly content: Clear;
  readonly file: StoredAttachment;
  readonly thumbnail: StoredAttachment | null;
};

/** Ciphertext on disk, and what is needed to read it once it is uploaded (EncryptedFile v2 without its `url`). */
export type StoredAttachment = {
  readonly blobId: string;
  /** Bytes of ciphertext. */
  readonly size: number;
  /** Null in a room that is not encrypted. */
  readonly encryption: Clear | null;
  /** `mxc://` once uploaded, so that a kill between the upload and the event does not upload again. */
  readonly url: string | null;
};

/** What is to be sent. Everything but removals, and states with `wire: 'clear'`, is encrypted in an encrypted room. */
export type OutboxWork =
  | { readonly kind: 'message'; readonly content: Clear }
  | { readonly kind: 'edit'; readonly target: EventId; readonly content: Clear }
  | { readonly kind: 'reaction'; readonly target: EventId; readonly key: string; readonly content: Clear }
  | { readonly kind: 'removal'; readonly target: EventId; readonly reason?: string }
  | FileWork
  /** Any other event of the timeline, such as a poll. */
  | { readonly kind: 'event'; readonly type: string; readonly content: Clear }
  /** An encrypted state event of an object. A version that is not on its way yet is replaced by a newer one of the same object. */
  | { readonly kind: 'object'; readonly type: string; readonly objectId: ObjectId; readonly content: Clear }
  | {
      readonly kind: 'state';
      readonly type: string;
      readonly stateKey: string;
      readonly content: Clear;
      /** `clear` goes past the encryption of state: for what the server must read, such as `m.space.child`. */
      readonly wire: 'encrypted' | 'clear';
    };

export type OutboxDraft = {
  readonly roomId: RoomId;
  readonly work: OutboxWork;
  /** A transaction id of the caller's, unguessable: what was enqueued or sent under it already is not sent twice. */
  readonly id?: string;
};

/** What is on disk. `id` is the transaction id, the same at every try and after every restart (T8). */
export type QueuedItem = {
  readonly id: string;
  readonly roomId: RoomId;
  /** Grows by one an item: the order within a room. */
  readonly seq: number;
  /** When it was accepted, ms, for display. */
  readonly since: number;
  readonly work: OutboxWork;
  readonly state: SendState;
  /** The person took it back when it may have left already: once the server says which event it is, that is removed. */
  readonly retracted?: true;
};

/** `sent` and `discarded` are the last words on an item; it is off the disk when they are said. */
export type OutboxEvent =
  | { readonly kind: 'queued'; readonly item: QueuedItem }
  | { readonly kind: 'progress'; readonly item: QueuedItem }
  | { readonly kind: 'sent'; readonly item: QueuedItem; readonly eventId: EventId }
  | { readonly kind: 'refused'; readonly item: QueuedItem; readonly error: BesaceError }
  | { readonly kind: 'discarded'; readonly item: QueuedItem };

/**
 * The durable send queue (T8): in order within a room, rooms side by side. A refused item steps aside and blocks nobody;
 * a server that does not answer holds up its room, and the queue goes on by itself when it answers again.
 *
 * Messages, edits, reactions, removals and files arrive once: the server knows their transaction id. A state event has none
 * in the Matrix API, so after an answer that was lost it may be written twice with the same content, which merges to the same.
 */
export interface Outbox {
  /**
   * Resolves when the item, and the ciphertext of its attachments by blob id, are on disk; `storage-lost` when the disk refuses.
   * For an object of which a version still waits, gives that item with the newer content. Before `start` it only stores.
   */
  enqueue(draft: OutboxDraft, blobs?: ReadonlyMap<string, Uint8Array>): Outcome<QueuedItem>;
  /** What waits, in order: of one room, or of all. */
  items(roomId?: RoomId): readonly QueuedItem[];
  /** Every change, in order, in the same turn as it happens. */
  on(listener: (event: OutboxEvent) => void): Stop;
  /** Puts a refused item back, at its own place. */
  retry(id: string): Promise<boolean>;
  /** Removes a waiting or refused item. False when it is being sent or is not there. */
  discard(id: string): Promise<boolean>;
  /**
   * Takes a message, file or edit back: `withdrawn` when no try was made yet; `removing` when one was, so that it is sent under its
   * transaction id, and removed. Null for what is neither here nor was sent a short while ago.
   */
  undo(id: string): Promise<'withdrawn' | 'removing' | null>;
  /** Reads the disk and starts sending. Nothing is sent before. */
  start(): Promise<void>;
  /** Stops sending and waits until nothing is on the way. What waits stays on disk. */
  stop(): Promise<void>;
  /** A hint that the server answers again: waits for nothing any longer. */
  wake(): void;
}

/** What a screen shows of an item. */
export function toOutboxItem(item: QueuedItem): OutboxItem {
  const { id, roomId, work, since, state } = item;
  const object = work.kind === 'object' ? { type: work.type, objectId: work.objectId } : null;
  return { id, roomId, what: work.kind === 'event' ? 'message' : work.kind, object, since, state };
}
