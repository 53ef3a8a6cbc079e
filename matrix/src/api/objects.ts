import type { ObjectId, RoomId, UserId } from '@besace/protocol/core/ids';
import type { Outcome, Stop } from './common.ts';
import type { SendState } from './outbox.ts';

export type StoredObject = {
  readonly type: string;
  readonly objectId: ObjectId;
  /** The merged object as the kind's `encode` gives it; parse it with the kind. */
  readonly content: Record<string, unknown>;
  /** Sender of the newest accepted version, and its server time, ms. */
  readonly lastSender: UserId;
  readonly lastAt: number;
  readonly sending: SendState | null;
  /** Written by a newer version of Besace: shown, never overwritten. */
  readonly updateNeeded: boolean;
};

/** `reset` replaces all that was known; otherwise objects are added or replaced. */
export type ObjectsChange = {
  readonly reset: boolean;
  readonly objects: readonly StoredObject[];
  readonly holes: Holes;
  /** True once every current state event was tried. */
  readonly complete: boolean;
  /** The next call goes on with what this one began to tell: nothing is missing only because it is not here. */
  readonly more?: true;
};

/** What could not be shown, by reason (T6). */
export type Holes = {
  readonly locked: number;
  readonly invalid: number;
  readonly forbidden: number;
  /** Versions older than what was already shown, refused (T5). */
  readonly rollbacks: number;
};

export interface ObjectsApi {
  /** Starts with the local copy, in batches of at most 250 objects a call, then what the server has. */
  watchObjects(roomId: RoomId, listener: (change: ObjectsChange) => void): Promise<Stop>;
  /**
   * Writes a new version: merged with the current one, on disk before it resolves, sent in order. `content` is what the kind's
   * `encode` gives. Refused at once when the person lacks the right.
   */
  writeObject(roomId: RoomId, type: string, objectId: ObjectId, content: Record<string, unknown>): Outcome<void>;
}
