import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import type { Outcome, Stop } from './common.ts';

/** A message that I keep for myself: which one, and when I kept it (this machine's time, ms). */
export type SavedMessage = { readonly roomId: RoomId; readonly eventId: EventId; readonly savedAt: number };

/** What a kept message says now. */
export type SavedLine = {
  readonly sender: UserId;
  readonly senderName: string;
  /** Server time, ms, for display. */
  readonly at: number;
  /** The text, or the caption or name of a file; null where it is locked or was removed. */
  readonly text: string | null;
  readonly kind: 'text' | 'image' | 'file' | 'audio' | 'video' | 'locked' | 'removed';
};

/** Messages that one keeps: on all of one's devices, unknown to the server and to everybody else. */
export interface SavedApi {
  /** Latest first, kept current; told again when keys came, so that what was locked is read again. */
  watchSaved(listener: (saved: readonly SavedMessage[]) => void): Promise<Stop>;
  /** `too-large` when no more can be kept (about a thousand). */
  save(roomId: RoomId, eventId: EventId): Outcome<void>;
  unsave(roomId: RoomId, eventId: EventId): Outcome<void>;
  /** What it says now; without a network, what it said when it was last read here. `not-found` where one may not read it any longer. */
  savedLine(roomId: RoomId, eventId: EventId): Outcome<SavedLine>;
}
