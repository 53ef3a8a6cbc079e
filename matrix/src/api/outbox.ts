import type { ObjectId, RoomId } from '@besace/protocol/core/ids';
import type { BesaceError, Outcome, Stop } from './common.ts';

/** Where something stands that was accepted and is to be sent. */
export type SendState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'sending'; readonly progress: number | null }
  | { readonly kind: 'refused'; readonly error: BesaceError };

export type OutboxItem = {
  readonly id: string;
  readonly roomId: RoomId;
  readonly what: 'message' | 'edit' | 'reaction' | 'removal' | 'file' | 'object' | 'state';
  /** Of an object: which one, so that it is tried again or thrown away by itself. */
  readonly object: { readonly type: string; readonly objectId: ObjectId } | null;
  readonly since: number;
  readonly state: SendState;
};

export interface OutboxApi {
  watchOutbox(listener: (items: readonly OutboxItem[]) => void): Promise<Stop>;
  retry(id: string): Outcome<void>;
  discard(id: string): Outcome<void>;
  /**
   * Takes back a message, file or edit by its transaction id: `withdrawn` when it never left, `removing` when it may have, and its removal
   * follows by itself. `not-found` for what was sent too long ago to know.
   */
  undo(id: string): Outcome<'withdrawn' | 'removing'>;
}
